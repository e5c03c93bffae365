package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// Gradients, with rules of our own in them, are the slopes that finite differences find, in float64.
func TestGradientsAreSlopes(t *testing.T) {
	for name, c := range map[string]struct {
		nn.Config
		nn.LoRA
		checkpoint bool
	}{
		"untied":     {Config: small},
		"tied":       {Config: golden},
		"checkpoint": {Config: small, checkpoint: true},
		"LoRA":       {Config: small, LoRA: nn.LoRA{Rank: 2, Alpha: 4, Targets: []string{"q_proj", "k_proj", "up_proj", "o_proj"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 5))
			all := append(c.Weights(), c.LowWeights(c.LoRA)...)
			n := len(c.Weights())
			var weights []*tensors.Tensor
			for _, w := range all {
				weights = append(weights, tensors.FromShape(shapes.Make(dtypes.Float64, w.Shape...)))
				tensors.MustMutableFlatData(weights[len(weights)-1], func(flat []float64) {
					for i := range flat {
						flat[i] = 0.3 * r.NormFloat64()
					}
				})
			}
			ids := idsOf([][]int32{randomSequence(r, c.Vocab, 7), randomSequence(r, c.Vocab, 7), randomSequence(r, c.Vocab, 7)})
			targets := tensors.FromFlatDataAndDimensions(randomSequence(r, c.Vocab, 21), 21)
			loss := func(in []*graph.Node) *graph.Node {
				p := nn.Parameters{Weights: in[:n], LoRA: c.LoRA, Low: in[n:len(all)], Checkpoint: c.checkpoint}
				return graph.ReduceAllSum(c.LogProbs(p, c.Trunk(p, in[len(all)]), in[len(all)+1]))
			}
			value := graph.MustNewExec(backend(), func(in []*graph.Node) *graph.Node { return loss(in) })
			gradient := graph.MustNewExec(backend(), func(in []*graph.Node) []*graph.Node { return graph.Gradient(loss(in), in[:len(all)]...) })
			in := anys(weights, ids, targets)
			got := gradient.MustCall(in...)
			at := func(i, k int, by float64) float64 {
				tensors.MustMutableFlatData(weights[i], func(flat []float64) { flat[k] += by })
				v := tensors.ToScalar[float64](value.MustCall(in...)[0])
				tensors.MustMutableFlatData(weights[i], func(flat []float64) { flat[k] -= by })
				return v
			}
			for i, w := range all {
				k := r.IntN(weights[i].Size())
				const by = 1e-5
				want := (at(i, k, by) - at(i, k, -by)) / (2 * by)
				if g := floats(got[i])[k]; math.Abs(g-want) > 1e-6*(1+math.Abs(want)) {
					t.Errorf("the gradient of %s at %d is %v, want %v", w.Name, k, g, want)
				}
			}
		})
	}
}

// What fills a sequence at its end, and what else is in the batch, changes nothing of it.
func TestCompanyChangesNothing(t *testing.T) {
	m := newModel(t, small, 2)
	r := rand.New(rand.NewPCG(3, 3))
	sequence := randomSequence(r, small.Vocab, 9)
	want := fullLogits(t, m, sequence)
	n := len(m.Weights)
	exec := graph.MustNewExec(m.Device, func(in []*graph.Node) *graph.Node {
		p := nn.Parameters{Weights: in[:n]}
		return m.Logits(p, m.Trunk(p, in[n]))
	})
	for _, batch := range []int{1, 2, 5} {
		for _, length := range []int{9, 10, 33} {
			t.Run(fmt.Sprintf("%d of %d", batch, length), func(t *testing.T) {
				var rows [][]int32
				for range batch {
					rows = append(rows, randomSequence(r, small.Vocab, length))
				}
				copy(rows[batch-1], sequence)
				flat := floats(exec.MustCall(anys(m.Weights, idsOf(rows))...)[0])
				for i, logits := range want {
					for k, x := range logits {
						if got := flat[((batch-1)*length+i)*small.Vocab+k]; math.Abs(got-float64(x)) > 1e-5 {
							t.Fatalf("logit %d after token %d is %v, want %v", k, i, got, x)
						}
					}
				}
			})
		}
	}
}

func TestRepeatsAreEqual(t *testing.T) {
	m := newModel(t, small, 2)
	ids := idsOf([][]int32{randomSequence(rand.New(rand.NewPCG(3, 3)), small.Vocab, 40)})
	n := len(m.Weights)
	exec := graph.MustNewExec(m.Device, func(in []*graph.Node) []*graph.Node {
		p := nn.Parameters{Weights: in[:n]}
		return graph.Gradient(graph.ReduceAllSum(m.Trunk(p, in[n])), in[:n]...)
	})
	first := exec.MustCall(anys(m.Weights, ids)...)
	for range 5 {
		for i, again := range exec.MustCall(anys(m.Weights, ids)...) {
			if !again.Equal(first[i]) {
				t.Fatalf("gradient %d differs between two runs", i)
			}
		}
	}
}
