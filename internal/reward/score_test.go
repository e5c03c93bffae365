package reward_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/reward"
)

// A text's score hangs neither on what is scored with it, nor on the order, nor on how many are computed at once.
func TestScoresHangOnTheTextAlone(t *testing.T) {
	m := model(t, tiny)
	all := texts(50, 32, 4)
	want := score(t, m, 1024, all)
	for _, tokens := range []int{32, 100} {
		for i, got := range score(t, m, tokens, all) {
			if math.Abs(got-want[i]) > 1e-5 {
				t.Errorf("with %d tokens at once text %d has %v, want %v", tokens, i, got, want[i])
			}
		}
	}
	var backwards [][]int32
	for i := range all {
		backwards = append(backwards, all[len(all)-1-i])
	}
	for i, got := range score(t, m, 1024, backwards) {
		if math.Abs(got-want[len(all)-1-i]) > 1e-5 {
			t.Errorf("in the other order text %d has %v, want %v", len(all)-1-i, got, want[len(all)-1-i])
		}
	}
	if got := score(t, m, 32, all[7:8])[0]; math.Abs(got-want[7]) > 1e-5 {
		t.Errorf("alone text 7 has %v, want %v", got, want[7])
	}
}

// A text that ends with the token that fills rows is scored at its own last token.
func TestScoreAtTheLastTokenAndNotAtThePadding(t *testing.T) {
	m := model(t, tiny)
	got := score(t, m, 1024, [][]int32{{5, 6}, {5, 6, 0}, {5, 6, 0, 0}})
	if got[0] == got[1] || got[1] == got[2] {
		t.Errorf("scores %v of texts that end with 0: want three different ones", got)
	}
	alone := score(t, m, 32, [][]int32{{5, 6, 0}})[0]
	if math.Abs(alone-got[1]) > 1e-5 {
		t.Errorf("score %v beside others, %v alone", got[1], alone)
	}
}

// In bfloat16 scores are numbers, near those of float32, and large heads do not break the loss.
func TestBrainFloats(t *testing.T) {
	m := model(t, tiny)
	all := texts(20, 32, 4)
	want := score(t, m, 256, all)
	brain := *m
	trunk := *m.Model
	trunk.Weights = nil
	for _, w := range m.Weights {
		trunk.Weights = append(trunk.Weights, toBrain(t, w))
	}
	brain.Model = &trunk
	for i, got := range score(t, &brain, 256, all) {
		if !(math.Abs(got-want[i]) < 0.2) {
			t.Errorf("text %d has %v in bfloat16 and %v in float32", i, got, want[i])
		}
	}
}

func toBrain(t *testing.T, w *tensors.Tensor) *tensors.Tensor {
	t.Helper()
	exec, err := nn.NewExec(device(t), "convert", 1, convertTo(dtypes.BFloat16))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Call([]*tensors.Tensor{w})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func TestScoreRefuses(t *testing.T) {
	m := model(t, tiny)
	if _, err := m.NewScorer(65, 1024); err == nil || !strings.Contains(err.Error(), "was made for 64") {
		t.Errorf("a scorer of more positions than the model's: error %v", err)
	}
	if _, err := m.NewScorer(32, 16); err == nil {
		t.Error("a scorer whose longest text is more than fits: no error")
	}
	s, err := m.NewScorer(4, 16)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Score(context.Background(), m, [][]int32{{1, 2, 3, 4, 5}}); err == nil || !strings.Contains(err.Error(), "has 5 tokens, at most 4") {
		t.Errorf("a text that is too long: error %v", err)
	}
	if _, err := s.Score(context.Background(), m, [][]int32{{}}); err == nil {
		t.Error("an empty text: no error")
	}
	ctx, end := context.WithCancel(context.Background())
	end()
	if _, err := s.Score(ctx, m, [][]int32{{1}}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: error %v", err)
	}
	tensors.MustMutableFlatData(m.Head.Weight, func(flat []float32) { flat[0] = float32(math.NaN()) })
	if _, err := s.Score(context.Background(), m, [][]int32{{1}}); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("a head that is no number: error %v", err)
	}
}

func TestNormalise(t *testing.T) {
	info := reward.Info{Scores: reward.ScoresOf([]float64{1, 3, 5, 11})}
	if s := info.Scores; s.Mean != 5 || math.Abs(s.Std-math.Sqrt(56./3)) > 1e-12 || s.Clipped != 0.25 || s.Texts != 4 {
		t.Errorf("ScoresOf = %+v", s)
	}
	got, err := info.Normalise([]float64{5, 5 + math.Sqrt(56./3)})
	if err != nil || got[0] != 0 || math.Abs(got[1]-1) > 1e-12 {
		t.Errorf("Normalise = %v, %v", got, err)
	}
	for name, none := range map[string]reward.Info{"nothing": {}, "no deviation": {Scores: &reward.Scores{}}} {
		if _, err := none.Normalise([]float64{1}); err == nil || !strings.Contains(err.Error(), "no mean and deviation") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
