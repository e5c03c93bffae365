// Package nn computes Qwen2 models: forward passes, log-probabilities and gradients as graphs, and decoding with a cache.
//
// In: a Config, weights as tensors in the order of Config.Weights, and token ids as int32. Out: tensors. Sequences begin at
// position 0 and are filled at their end only; lengths are always said, never read from padding. Its one invariant: what is
// computed of a sequence does not hang on what else is in its batch, beyond rounding.
package nn

import (
	"fmt"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/cpu"
)

// Devices are the names that Open knows: our own, GoMLX's in plain Go, and XLA's plugins for the processor and for NVIDIA's.
var Devices = []string{"cpu", "go", "xla:cpu", "xla:cuda"}

// openXLA opens one of XLA's plugins; nil in a binary that was built without.
var openXLA func(plugin string) (compute.Backend, error)

var (
	opened     = map[string]compute.Backend{}
	openedLock sync.Mutex
)

// Open returns a device by its name. Devices are opened once and shared.
func Open(name string) (compute.Backend, error) {
	openedLock.Lock()
	defer openedLock.Unlock()
	if b, ok := opened[name]; ok {
		return b, nil
	}
	b, err := open(name)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", name, err)
	}
	opened[name] = b
	return b, nil
}

func open(name string) (compute.Backend, error) {
	plugin, xla := strings.CutPrefix(name, "xla:")
	switch {
	case name == "cpu":
		return cpu.New(), nil
	case name == "go":
		// One operation after the other, each on all cores. At the same time they deadlock: as many products as there are
		// workers each hold one and wait for more.
		return gobackend.New("ops_sequential")
	case !xla:
		return nil, fmt.Errorf("it is not known; known are %s", strings.Join(Devices, ", "))
	case openXLA == nil:
		return nil, fmt.Errorf("this binary is without XLA; `make build-xla` makes one with it")
	}
	return openXLA(plugin)
}

// Exec is a compiled function, for one or several shapes of its arguments. It may be called from several goroutines.
type Exec struct {
	exec *graph.Exec
	name string
}

// NewExec compiles f at its first call with arguments of new shapes. At most the given number of shapes are kept.
func NewExec(device compute.Backend, name string, shapes int, f func(in []*graph.Node) []*graph.Node) (*Exec, error) {
	e, err := graph.NewExec(device, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Exec{e.SetMaxCache(shapes).WithName(name), name}, nil
}

// Call computes f of the arguments. The results belong to the caller. What goes wrong while the graph is built is an
// error here, and not a panic as within.
func (e *Exec) Call(in ...[]*tensors.Tensor) ([]*tensors.Tensor, error) {
	var all []any
	for _, ts := range in {
		for _, t := range ts {
			all = append(all, t)
		}
	}
	out, err := e.exec.Call(all...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.name, err)
	}
	return out, nil
}

// free gives back the memory of tensors that are not needed any more, before the collector would.
func free(ts ...*tensors.Tensor) {
	for _, t := range ts {
		if t != nil {
			_ = t.FinalizeAll()
		}
	}
}
