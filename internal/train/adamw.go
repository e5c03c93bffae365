package train

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// AdamW is the optimizer (arXiv 1711.05101): Adam with weight decay apart from the gradient, as torch.optim.AdamW
// computes it. The gradient is clipped to a norm first, as torch.nn.utils.clip_grad_norm_ does.
//
//	g ← g · min(1, clip/(‖g‖ + 1e-6))
//	m ← β₁·m + (1−β₁)·g,  v ← β₂·v + (1−β₂)·g²
//	w ← w·(1 − lr·decay) − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)
type AdamW struct {
	Beta1, Beta2 float64
	Epsilon      float64
	Decay        float64 // of matrices; biases and norms have none, as transformers' trainer has it
	Clip         float64 // the largest norm of all gradients together; 0 clips nothing
}

// DefaultAdamW has the values of transformers' trainer and of OpenRLHF, except for the decay, which the paper's runs have as 0.
func DefaultAdamW() AdamW { return AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Clip: 1} }

// Check reports what makes no sense.
func (a AdamW) Check() error {
	for _, f := range []struct {
		name         string
		value        float64
		least, below float64
	}{
		{"beta1", a.Beta1, 0, 1},
		{"beta2", a.Beta2, 0, 1},
		{"epsilon", a.Epsilon, math.SmallestNonzeroFloat64, 1},
		{"decay", a.Decay, 0, math.Inf(1)},
		{"clip", a.Clip, 0, math.Inf(1)},
	} {
		if !(f.value >= f.least && f.value < f.below) {
			return fmt.Errorf("AdamW: %s is %v, want at least %v and less than %v", f.name, f.value, f.least, f.below)
		}
	}
	return nil
}

// Optimizer holds weights in float32 and steps them. It is for one goroutine.
type Optimizer struct {
	a       AdamW
	weights []*tensors.Tensor
	first   []*tensors.Tensor // the moments, in float32
	second  []*tensors.Tensor
	steps   int
	update  *nn.Exec
}

// NewOptimizer makes an optimizer of weights in float32, which it takes over.
func NewOptimizer(device compute.Backend, a AdamW, weights []*tensors.Tensor) (*Optimizer, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	o := &Optimizer{a: a, weights: weights}
	for _, w := range weights {
		o.first, o.second = append(o.first, zeros(w)), append(o.second, zeros(w))
	}
	var err error
	o.update, err = a.stepper(device, len(weights))
	return o, err
}

// Weights are those after the last step. They are the optimizer's own, and gone after the next.
func (o *Optimizer) Weights() []*tensors.Tensor { return o.weights }

// Step goes one step down the gradients at a learning rate, and returns the gradients' norm before clipping. If that is no
// number, nothing is changed, and the norm is returned all the same.
func (o *Optimizer) Step(gradients []*tensors.Tensor, rate float64) (norm float64, err error) {
	made, err := o.update.Call(o.weights, o.first, o.second, gradients, []*tensors.Tensor{o.a.rates(rate, o.steps+1)})
	if err != nil {
		return 0, err
	}
	n := len(o.weights)
	norm = tensors.ToScalar[float64](made[3*n])
	if !isFinite(norm) {
		finalize(made)
		return norm, nil
	}
	finalize(o.weights, o.first, o.second, made[3*n:])
	o.weights, o.first, o.second = made[:n:n], made[n:2*n:2*n], made[2*n:3*n:3*n]
	o.steps++
	return norm, nil
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// stepper compiles AdamW for weights of a form: of weights, moments and gradients [each n], and the vector of lr, lr/(1−β₁ᵗ)
// and 1/√(1−β₂ᵗ), it makes new weights, moments and the norm of the gradients before clipping.
func (a AdamW) stepper(device compute.Backend, n int) (*nn.Exec, error) {
	return nn.NewExec(device, "AdamW", 1, func(in []*graph.Node) []*graph.Node {
		weights, first, second, gradients, rates := in[:n], in[n:2*n], in[2*n:3*n], in[3*n:4*n], in[4*n]
		rate := func(i int) *graph.Node { return graph.Reshape(graph.Slice(rates, graph.AxisElem(i))) }
		norm := globalNorm(gradients)
		by := graph.ScalarOne(norm.Graph(), dtypes.Float32)
		if a.Clip > 0 {
			by = graph.ConvertDType(graph.Min(
				graph.ScalarOne(norm.Graph(), dtypes.Float64),
				graph.Div(graph.Scalar(norm.Graph(), dtypes.Float64, a.Clip), graph.AddScalar(norm, 1e-6))), dtypes.Float32)
		}
		w, m, v := make([]*graph.Node, n), make([]*graph.Node, n), make([]*graph.Node, n)
		for i, g := range gradients {
			g = graph.Mul(g, by)
			m[i] = graph.Add(graph.MulScalar(first[i], a.Beta1), graph.MulScalar(g, 1-a.Beta1))
			v[i] = graph.Add(graph.MulScalar(second[i], a.Beta2), graph.Mul(graph.MulScalar(g, 1-a.Beta2), g))
			w[i] = weights[i]
			if a.Decay > 0 && w[i].Rank() > 1 {
				w[i] = graph.Mul(w[i], graph.OneMinus(graph.MulScalar(rate(0), a.Decay)))
			}
			below := graph.AddScalar(graph.Mul(graph.Sqrt(v[i]), rate(2)), a.Epsilon)
			w[i] = graph.Sub(w[i], graph.Mul(rate(1), graph.Div(m[i], below)))
		}
		return append(append(append(w, m...), v...), norm)
	})
}

// rates are those of update t, from 1.
func (a AdamW) rates(lr float64, t int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions([]float32{
		float32(lr),
		float32(lr / (1 - math.Pow(a.Beta1, float64(t)))),
		float32(1 / math.Sqrt(1-math.Pow(a.Beta2, float64(t)))),
	}, 3)
}

// globalNorm is the root of the sum of all squares, in float64. Within a row the sum is in float32.
func globalNorm(gradients []*graph.Node) *graph.Node {
	var sum *graph.Node
	for _, g := range gradients {
		rows := graph.ReduceSum(graph.Mul(g, g), -1)
		one := graph.ReduceAllSum(graph.ConvertDType(rows, dtypes.Float64))
		if sum == nil {
			sum = one
		} else {
			sum = graph.Add(sum, one)
		}
	}
	return graph.Sqrt(sum)
}
