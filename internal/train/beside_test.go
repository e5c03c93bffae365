package train_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

// besideTrainer trains a vector of two beside a model, down the sum of its products with what a micro-batch has.
func besideTrainer(t *testing.T, o train.Options) *train.Trainer {
	t.Helper()
	m, err := nn.NewModel(tiny, device(t), tiny.RandomWeights(3))
	if err != nil {
		t.Fatal(err)
	}
	o.AdamW, o.Shapes = train.DefaultAdamW(), 1
	o.Beside = []train.Beside{{Weight: nn.Weight{Name: "head", Shape: []int{2}}, Start: tensors.FromFlatDataAndDimensions([]float32{1, 2}, 2)}}
	tr, err := train.NewTrainer(m, o, func(p nn.Parameters, in []*graph.Node) *graph.Node {
		if in[0].DType() != dtypes.Float32 {
			t.Errorf("what is beside is of %s in the objective, want float32", in[0].DType())
		}
		trunk := graph.ConvertDType(graph.ReduceAllSum(p.Weights[0]), dtypes.Float32)
		return graph.Add(graph.ReduceAllSum(graph.Mul(in[0], in[1])), graph.MulScalar(trunk, 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// What is beside a model is stepped with it, kept in the state, and no part of the merged model.
func TestBeside(t *testing.T) {
	for name, o := range map[string]train.Options{
		"all weights": {Compute: dtypes.Float32},
		"LoRA":        {Compute: dtypes.BFloat16, LoRA: nn.LoRA{Rank: 4, Alpha: 8, Targets: []string{"q_proj"}}},
	} {
		tr := besideTrainer(t, o)
		micro := []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]float32{1, -1}, 2)}
		if _, err := tr.Step([][]*tensors.Tensor{micro}, 1, 0.5); err != nil {
			t.Fatal(err)
		}
		// Adam's first step has the rate's size, against the slope.
		for i, want := range []float64{0.5, 2.5} {
			if got := float64(tensors.MustCopyFlatData[float32](tr.Beside()[0])[i]); math.Abs(got-want) > 1e-4 {
				t.Errorf("%s: number %d is %v after a step, want %v", name, i, got, want)
			}
		}
		merged, err := tr.Merged(device(t))
		if err != nil || len(merged) != len(tiny.Weights()) {
			t.Errorf("%s: merged are %d tensors, %v; want %d", name, len(merged), err, len(tiny.Weights()))
		}
		state, data, err := tr.State()
		if err != nil || state["weight.head"] == nil || state["first.head"] == nil || state["second.head"] == nil {
			t.Fatalf("%s: the state has nothing of what is beside: %v", name, err)
		}
		delete(state, "first.head")
		state["first.other"] = state["weight.head"]
		if err := besideTrainer(t, o).Restore(state, data); err == nil || !strings.Contains(err.Error(), `no "first.head"`) {
			t.Errorf("%s: a state of another head: error %v", name, err)
		}
	}
}

// Two sequences of an example count both, are in one micro-batch, and take room for two.
func TestExamplesOfTwoSequences(t *testing.T) {
	var sizes []train.Size
	tokens := int64(0)
	for i := range 40 {
		s := train.Size{Length: 20 + i, Second: 10 + i/2, Targets: 1}
		sizes = append(sizes, s)
		tokens += int64(s.Length + s.Second)
	}
	const most = 500
	b, err := train.NewBatcher(sizes, most)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int, len(sizes))
	for i := range rows {
		rows[i] = i
	}
	batch := b.Step(rows)
	seen, padded := 0, int64(0)
	for _, m := range batch.Micros {
		n := 2 * len(m.Rows) * m.Length
		if n > most {
			t.Errorf("a micro-batch of %d pairs of %d tokens: %d, at most %d", len(m.Rows), m.Length, n, most)
		}
		seen += len(m.Rows)
		padded += int64(n)
	}
	if seen != 40 || batch.Tokens != tokens || batch.Padded != padded || batch.Targets != 40 {
		t.Errorf("%d examples, %d tokens, %d padded, %d targets; want 40, %d, %d, 40", seen, batch.Tokens, batch.Padded, batch.Targets, tokens, padded)
	}
	if b.Shapes() < 1 {
		t.Errorf("%d shapes", b.Shapes())
	}
	for name, c := range map[string]struct {
		size train.Size
		want string
	}{
		"the longer one second": {train.Size{Length: 3, Second: 4}, "4 in its second sequence"},
		"both are too long":     {train.Size{Length: 60, Second: 1}, "example 0 has 120 tokens, and a micro-batch at most 100"},
	} {
		if _, err := train.NewBatcher([]train.Size{c.size}, 100); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
