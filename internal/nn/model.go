package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Model is a model with weights, on a device.
type Model struct {
	Config
	Device  compute.Backend
	Weights []*tensors.Tensor // in the order of Config.Weights, all of one type
}

// NewModel puts a model together. The weights have to be those of the shape.
func NewModel(c Config, device compute.Backend, weights []*tensors.Tensor) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	want := c.Weights()
	if len(weights) != len(want) {
		return nil, fmt.Errorf("a model of this shape has %d tensors, not %d", len(want), len(weights))
	}
	for i, w := range want {
		t := weights[i]
		if !slices.Equal(t.Shape().Dimensions, w.Shape) || t.DType() != weights[0].DType() {
			return nil, fmt.Errorf("%s is %s, want %v of %s", w.Name, t.Shape(), w.Shape, weights[0].DType())
		}
	}
	return &Model{c, device, weights}, nil
}

// RandomWeights are those that transformers begins with: normal with a standard deviation of 0.02, norms 1, biases 0.
func (c Config) RandomWeights(seed uint64) []*tensors.Tensor {
	random := rand.New(rand.NewPCG(seed, 0))
	var all []*tensors.Tensor
	for _, w := range c.Weights() {
		t := tensors.FromShape(shapes.Make(dtypes.Float32, w.Shape...))
		tensors.MustMutableFlatData(t, func(flat []float32) {
			for i := range flat {
				switch {
				case len(w.Shape) == 2:
					flat[i] = float32(0.02 * random.NormFloat64())
				case strings.HasSuffix(w.Name, "norm.weight"):
					flat[i] = 1
				}
			}
		})
		all = append(all, t)
	}
	return all
}

// ids makes a tensor of sequences, filled with 0 at their end: [rows, length]. Rows beyond the sequences are all 0.
func ids(sequences [][]int32, rows, length int) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Int32, rows, length))
	tensors.MustMutableFlatData(t, func(flat []int32) {
		for i, s := range sequences {
			copy(flat[i*length:(i+1)*length], s)
		}
	})
	return t
}

// vector makes a tensor of n numbers, of which the first are given and the rest 0.
func vector(values []int32, n int) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Int32, n))
	tensors.MustMutableFlatData(t, func(flat []int32) { copy(flat, values) })
	return t
}

// RandomLow are LoRA's matrices at the beginning: b zeros, and a as PEFT draws it, uniform within ±1/√in (the He
// initialisation for a slope of √5).
func (c Config) RandomLow(l LoRA, seed uint64) []*tensors.Tensor {
	random := rand.New(rand.NewPCG(seed, 1))
	var all []*tensors.Tensor
	for i, w := range c.LowWeights(l) {
		t := tensors.FromShape(shapes.Make(dtypes.Float32, w.Shape...))
		if i%2 == 0 {
			bound := 1 / math.Sqrt(float64(w.Shape[1]))
			tensors.MustMutableFlatData(t, func(flat []float32) {
				for k := range flat {
					flat[k] = float32(bound * (2*random.Float64() - 1))
				}
			})
		}
		all = append(all, t)
	}
	return all
}
