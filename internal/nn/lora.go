package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
)

// LoRA adds to chosen matrices of every block a product of two thin ones, which alone are trained (arXiv 2106.09685):
//
//	y = x·wᵀ + (alpha/rank) · (x·aᵀ)·bᵀ,  a [rank, in],  b [out, rank]
//
// b begins as zeros. The zero value of LoRA is none.
type LoRA struct {
	Rank    int
	Alpha   float64
	Targets []string // of LoRATargets
}

// LoRATargets are the matrices that LoRA can be added to, as their tensors are called.
var LoRATargets = []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}

// Check reports what makes no sense.
func (l LoRA) Check() error {
	if l.Rank == 0 {
		return nil
	}
	switch {
	case l.Rank < 0:
		return fmt.Errorf("LoRA: the rank is %d, want at least 1", l.Rank)
	case !(l.Alpha > 0):
		return fmt.Errorf("LoRA: alpha is %v, want more than 0", l.Alpha)
	case len(l.Targets) == 0:
		return fmt.Errorf("LoRA: no targets; known are %s", strings.Join(LoRATargets, ", "))
	}
	for i, t := range l.Targets {
		if !slices.Contains(LoRATargets, t) {
			return fmt.Errorf("LoRA: the target %q is not known; known are %s", t, strings.Join(LoRATargets, ", "))
		}
		if slices.Contains(l.Targets[:i], t) {
			return fmt.Errorf("LoRA: the target %q is there twice", t)
		}
	}
	return nil
}

func (l LoRA) scale() float64 { return l.Alpha / float64(l.Rank) }

// LowWeights lists the tensors of LoRA, a before b for each matrix, with the names that PEFT gives them.
func (c Config) LowWeights(l LoRA) []Weight {
	if l.Rank == 0 {
		return nil
	}
	var all []Weight
	for _, w := range c.Weights() {
		module := strings.TrimSuffix(w.Name, ".weight")
		if !l.targets(module) || len(w.Shape) != 2 {
			continue
		}
		all = append(all,
			Weight{"base_model.model." + module + ".lora_A.weight", []int{l.Rank, w.Shape[1]}},
			Weight{"base_model.model." + module + ".lora_B.weight", []int{w.Shape[0], l.Rank}})
	}
	return all
}

// targets reports whether a module, model.layers.0.mlp.up_proj for example, is one of the targets.
func (l LoRA) targets(module string) bool {
	return slices.Contains(l.Targets, module[strings.LastIndexByte(module, '.')+1:])
}

// Merge adds the products to the weights, for a model without LoRA that computes the same. It returns all weights.
func (c Config) Merge(p Parameters) []*graph.Node {
	out := slices.Clone(p.Weights)
	low := p.Low
	for i, w := range c.Weights() {
		if p.Rank == 0 || len(w.Shape) != 2 || !p.targets(strings.TrimSuffix(w.Name, ".weight")) {
			continue
		}
		a, b := asFloat32(low[0]), asFloat32(low[1])
		low = low[2:]
		delta := graph.MulScalar(graph.DotGeneral(b, []int{1}, nil, a, []int{0}, nil), p.scale())
		out[i] = graph.ConvertDType(graph.Add(asFloat32(out[i]), delta), out[i].DType())
	}
	return out
}

// adapters are the matrices of LoRA by their module.
type adapters struct {
	c Config
	m map[string]adapter
}

// adapter is what LoRA adds to one matrix; a is nil where it adds nothing.
type adapter struct {
	a, b  *graph.Node
	scale float64
	out   int
}

func (c Config) adapters(p Parameters) adapters {
	all := adapters{c, map[string]adapter{}}
	for i, w := range c.LowWeights(p.LoRA) {
		if i%2 == 0 {
			module := strings.TrimSuffix(strings.TrimPrefix(w.Name, "base_model.model."), ".lora_A.weight")
			all.m[module] = adapter{a: p.Low[i], b: p.Low[i+1], scale: p.scale(), out: p.Low[i+1].Shape().Dimensions[0]}
		}
	}
	return all
}

// of are the adapters of matrices of block l that are packed into one, or none if LoRA has nothing of them.
func (a adapters) of(l int, names ...string) []adapter {
	var all []adapter
	found := false
	for _, name := range names {
		part := "self_attn."
		width := map[string]int{"q_proj": a.c.Heads * a.c.HeadDim, "k_proj": a.c.KVHeads * a.c.HeadDim, "v_proj": a.c.KVHeads * a.c.HeadDim}[name]
		if strings.HasPrefix(name, "gate") || strings.HasPrefix(name, "up") || strings.HasPrefix(name, "down") {
			part, width = "mlp.", a.c.Intermediate
		}
		one, ok := a.m[blockName(l, part+name)]
		if !ok {
			one.out = width
		}
		found = found || ok
		all = append(all, one)
	}
	if !found {
		return nil
	}
	return all
}

// linear is a linear layer, perhaps with LoRA.
type linear struct {
	w, bias *graph.Node // bias may be nil
	turned  bool        // w is [inputs, outputs]
	low     []adapter   // of the parts of w's rows, in their order
}

func (l linear) do(x *graph.Node) *graph.Node {
	inputs := 1
	if l.turned {
		inputs = 0
	}
	y := graph.DotGeneral(x, []int{1}, nil, l.w, []int{inputs}, nil)
	if l.bias != nil {
		y = graph.Add(y, graph.Reshape(l.bias, 1, -1))
	}
	if l.low == nil {
		return y
	}
	var added []*graph.Node
	for _, a := range l.low {
		if a.a == nil {
			added = append(added, graph.BroadcastToDims(graph.ScalarZero(x.Graph(), x.DType()), x.Shape().Dimensions[0], a.out))
			continue
		}
		added = append(added, graph.MulScalar(dense(dense(x, a.a), a.b), a.scale))
	}
	if len(added) == 1 {
		return graph.Add(y, added[0])
	}
	return graph.Add(y, graph.Concatenate(added, 1))
}
