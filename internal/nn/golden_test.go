package nn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// reference are numbers that PyTorch computed in float64; shared/mini.md says what each is.
type reference map[string]struct {
	Shape []int
	Data  []float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("../../../shared/golden/golden.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the references are not there: shared/golden/golden.json beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// golden is the shape of the model that the references were computed with.
var golden = nn.Config{
	Vocab: 23, Hidden: 16, Intermediate: 24, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 4, MaxPositions: 64,
	RopeTheta: 1e6, Epsilon: 1e-6, Tied: true,
}

// nameOf is what the references call a tensor.
func nameOf(w string) string {
	r := strings.NewReplacer("model.embed_tokens.weight", "emb.weight", "model.norm.weight", "ln.w", "model.", "",
		"input_layernorm.weight", "ln1.w", "post_attention_layernorm.weight", "ln2.w", "self_attn.", "", "mlp.gate_proj", "g",
		"mlp.up_proj", "u", "mlp.down_proj", "dn", "_proj", "")
	return r.Replace(w)
}

// tensor is one of the references in a type.
func (r reference) tensor(t *testing.T, name string, dtype dtypes.DType, shape ...int) *tensors.Tensor {
	t.Helper()
	v, ok := r[name]
	if !ok {
		t.Fatalf("there is no reference %s", name)
	}
	if len(shape) == 0 {
		shape = v.Shape
	}
	out := tensors.FromShape(shapes.Make(dtype, shape...))
	switch dtype {
	case dtypes.Float64:
		tensors.MustMutableFlatData(out, func(flat []float64) { copy(flat, v.Data) })
	case dtypes.Float32:
		tensors.MustMutableFlatData(out, func(flat []float32) {
			for i, x := range v.Data {
				flat[i] = float32(x)
			}
		})
	case dtypes.Int32:
		tensors.MustMutableFlatData(out, func(flat []int32) {
			for i, x := range v.Data {
				flat[i] = int32(x)
			}
		})
	}
	return out
}

func (r reference) weights(t *testing.T, dtype dtypes.DType) []*tensors.Tensor {
	t.Helper()
	var all []*tensors.Tensor
	for _, w := range golden.Weights() {
		all = append(all, r.tensor(t, "param."+nameOf(w.Name), dtype))
	}
	return all
}

// near compares a result with a reference, where the mask is not 0; nil is everywhere.
func (r reference) near(t *testing.T, name string, got *tensors.Tensor, mask []float64, relative, absolute float64) {
	t.Helper()
	want := r[name].Data
	values := floats(got)
	if len(values) != len(want) {
		t.Errorf("%s has %d numbers, want %d", name, len(values), len(want))
		return
	}
	width := 1
	if mask != nil {
		width = len(want) / len(mask)
	}
	for i, w := range want {
		if mask != nil && mask[i/width] == 0 {
			continue
		}
		if diff := math.Abs(values[i] - w); !(diff <= absolute+relative*math.Abs(w)) {
			t.Errorf("%s[%d] = %v, want %v", name, i, values[i], w)
			return
		}
	}
}

func floats(t *tensors.Tensor) []float64 {
	var out []float64
	t.MustConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float64:
			out = append(out, flat...)
		case []float32:
			for _, x := range flat {
				out = append(out, float64(x))
			}
		default:
			panic(fmt.Sprintf("numbers of type %T", flat))
		}
	})
	return out
}

// backend is the device that is tested.
func backend() compute.Backend { return open(tested) }

// anys makes arguments of tensors.
func anys(ts []*tensors.Tensor, more ...*tensors.Tensor) []any {
	var out []any
	for _, t := range append(append([]*tensors.Tensor{}, ts...), more...) {
		out = append(out, t)
	}
	return out
}

// The model's forward pass, its log-probabilities, and the gradients of its mean loss, against PyTorch.
func TestReference(t *testing.T) {
	r := readReference(t)
	for _, c := range []struct {
		dtype              dtypes.DType
		relative, absolute float64
	}{
		{dtypes.Float64, 1e-6, 1e-7},
		{dtypes.Float32, 1e-4, 1e-5},
	} {
		t.Run(c.dtype.String(), func(t *testing.T) {
			weights := r.weights(t, c.dtype)
			ids := r.tensor(t, "ids", dtypes.Int32)
			mask := r["attn_mask"].Data
			n := len(weights)
			forward := graph.MustNewExec(backend(), func(in []*graph.Node) []*graph.Node {
				states := golden.Trunk(nn.Parameters{Weights: in[:n]}, in[n])
				return []*graph.Node{states, golden.Logits(nn.Parameters{Weights: in[:n]}, states)}
			})
			out := forward.MustCall(anys(weights, ids)...)
			r.near(t, "hidden", out[0], mask, c.relative, c.absolute)
			r.near(t, "logits", out[1], mask, c.relative, c.absolute)

			batch, length := 2, 8
			targets, used := tensors.FromShape(shapes.Make(dtypes.Int32, batch*length)), tensors.FromShape(shapes.Make(c.dtype, batch*length))
			tensors.MustMutableFlatData(targets, func(flat []int32) {
				for i := range flat {
					if (i+1)%length != 0 {
						flat[i] = int32(r["ids"].Data[i+1])
					}
				}
			})
			shown := make([]float64, batch*length)
			count := 0.0
			for i := range shown {
				if (i+1)%length != 0 && mask[i+1] != 0 {
					shown[i], count = 1, count+1
				}
			}
			setFloats(used, shown)
			loss := graph.MustNewExec(backend(), func(in []*graph.Node) []*graph.Node {
				logp := golden.LogProbs(nn.Parameters{Weights: in[:n]}, golden.Trunk(nn.Parameters{Weights: in[:n]}, in[n]), in[n+1])
				loss := graph.DivScalar(graph.Neg(graph.ReduceAllSum(graph.Mul(logp, in[n+2]))), count)
				return append([]*graph.Node{logp, loss}, graph.Gradient(loss, in[:n]...)...)
			})
			out = loss.MustCall(anys(weights, ids, targets, used)...)
			var logp []float64
			for i, x := range floats(out[0]) {
				if (i+1)%length != 0 {
					logp = append(logp, x)
				}
			}
			for i, w := range r["logp"].Data {
				if mask[i/(length-1)*length+i%(length-1)+1] != 0 && math.Abs(logp[i]-w) > 1e-5 {
					t.Errorf("logp[%d] = %v, want %v", i, logp[i], w)
				}
			}
			r.near(t, "sft.loss", out[1], nil, c.relative, c.absolute)
			for i, w := range golden.Weights() {
				r.near(t, "sft.grad."+nameOf(w.Name), out[2+i], nil, c.relative*10, c.absolute)
			}
		})
	}
}

func setFloats(t *tensors.Tensor, values []float64) {
	if t.DType() == dtypes.Float64 {
		tensors.MustMutableFlatData(t, func(flat []float64) { copy(flat, values) })
		return
	}
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for i, x := range values {
			flat[i] = float32(x)
		}
	})
}

// scale multiplies all numbers of a tensor.
func scale(t *tensors.Tensor, by float32) {
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for i := range flat {
			flat[i] *= by
		}
	})
}

// idsOf makes a tensor of sequences of one length.
func idsOf(sequences [][]int32) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Int32, len(sequences), len(sequences[0])))
	tensors.MustMutableFlatData(t, func(flat []int32) {
		for i, s := range sequences {
			copy(flat[i*len(s):], s)
		}
	})
	return t
}
