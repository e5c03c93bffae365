package reward_test

import (
	"bytes"
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/reward"
	"github.com/acecoder/acecoder/internal/train"
)

// However a step is divided, it is the same step beyond rounding; with dropout too.
func TestStepsDoNotHangOnTheirDivision(t *testing.T) {
	for name, l := range map[string]reward.Loss{
		"published":    {Dropout: 0.1},
		"per question": {Center: 0.01, PerQuestion: true},
	} {
		m := model(t, tiny)
		b := reward.NewBatch(l, tiny.Hidden, 1, pairs(40))
		want := walk(t, trainer(t, m, l, train.Options{}), b, 6, 8)
		for _, rows := range []int{1, 4} {
			for i, got := range walk(t, trainer(t, m, l, train.Options{}), b, 6, rows) {
				if math.Abs(got.Loss-want[i].Loss) > 2e-5 || math.Abs(got.GradNorm-want[i].GradNorm) > 2e-4*want[i].GradNorm {
					t.Errorf("%s, %d by %d: step %d is %v, want %v", name, rows, rows, i+1, got, want[i])
				}
			}
		}
	}
}

// bits are all numbers of a trainer's state.
func bits(t *testing.T, tr *train.Trainer) []byte {
	t.Helper()
	state, data, err := tr.State()
	if err != nil {
		t.Fatal(err)
	}
	out := append([]byte(nil), data...)
	names, _ := tr.Trained()
	for _, kind := range []string{"weight.", "first.", "second."} {
		for _, w := range names {
			if err := state[kind+w.Name].ConstBytes(func(b []byte) { out = append(out, b...) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// A training that goes on from a state is the straight one, bit for bit, the head and the dropout too.
func TestRestoreIsStraight(t *testing.T) {
	for name, o := range map[string]train.Options{
		"all weights": {},
		"LoRA":        {LoRA: nn.LoRA{Rank: 4, Alpha: 8, Targets: []string{"q_proj", "down_proj"}}},
	} {
		l := reward.Loss{Dropout: 0.2, Center: 0.01}
		m := model(t, tiny)
		b := reward.NewBatch(l, tiny.Hidden, 1, pairs(40))
		straight := trainer(t, m, l, o)
		walk(t, straight, b, 7, 4)
		before := trainer(t, m, l, o)
		walk(t, before, b, 3, 4)
		state, data, err := before.State()
		if err != nil {
			t.Fatal(err)
		}
		if state["weight.head.weight"] == nil || state["second.head.bias"] == nil {
			t.Fatalf("%s: the state has no head", name)
		}
		after := trainer(t, m, l, o)
		if err := after.Restore(state, data); err != nil {
			t.Fatal(err)
		}
		walk(t, after, b, 4, 4)
		if !bytes.Equal(bits(t, straight), bits(t, after)) {
			t.Errorf("%s: the state after 3 and 4 steps is not that after 7", name)
		}
	}
}

// A model learns which token is good, and knows it on pairs that it has not seen; LoRA beside random weights learns a part.
func TestTrainingLearns(t *testing.T) {
	for name, c := range map[string]struct {
		o     train.Options
		least float64
	}{
		"all weights": {train.Options{}, 0.9},
		"LoRA":        {train.Options{LoRA: nn.LoRA{Rank: 8, Alpha: 32, Targets: nn.LoRATargets}}, 0.6},
		"bfloat16":    {train.Options{Compute: dtypes.BFloat16}, 0.9},
	} {
		t.Run(name, func(t *testing.T) {
			m := model(t, tiny)
			learn, held, err := reward.Split(pairs(400), 0.2, 1)
			if err != nil {
				t.Fatal(err)
			}
			l := reward.Loss{Dropout: 0.1}
			tr := trainer(t, m, l, c.o)
			bias := tensors.MustCopyFlatData[float32](m.Head.Bias)[0]
			walk(t, tr, reward.NewBatch(l, tiny.Hidden, 1, learn), 60, 8)
			now, err := m.Trained(tr)
			if err != nil {
				t.Fatal(err)
			}
			s, err := now.NewScorer(32, 2048)
			if err != nil {
				t.Fatal(err)
			}
			scored, err := s.Pairs(context.Background(), now, held)
			if err != nil {
				t.Fatal(err)
			}
			if f := reward.FiguresOf(scored); f.Accuracy < c.least {
				t.Errorf("after 60 steps: %v", f)
			}
			if got := tensors.MustCopyFlatData[float32](now.Head.Bias)[0]; got != bias {
				t.Errorf("the bias went from %v to %v, and it cancels in every pair", bias, got)
			}
			if err := now.Measure(context.Background(), s, learn); err != nil || now.Info.Scores.Texts != 2*len(learn) {
				t.Errorf("Measure = %v, %+v", err, now.Info.Scores)
			}
		})
	}
}
