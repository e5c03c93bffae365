package reward_test

import (
	"math"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/reward"
)

func TestSplit(t *testing.T) {
	all := pairs(200)
	learn, held, err := reward.Split(all, 0.1, 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(learn)+len(held) != 200 {
		t.Errorf("%d and %d pairs of 200", len(learn), len(held))
	}
	in := func(pairs []reward.Pair) map[string]bool {
		names := map[string]bool{}
		for _, p := range pairs {
			names[p.Question] = true
		}
		return names
	}
	if n := len(in(held)); n != 2 { // a tenth of 20
		t.Errorf("%d questions are held out, want 2", n)
	}
	for q := range in(held) {
		if in(learn)[q] {
			t.Errorf("question %s is on both sides", q)
		}
	}
	_, again, _ := reward.Split(all, 0.1, 4)
	backwards := append([]reward.Pair{}, all...)
	for i := range all {
		backwards[len(all)-1-i] = all[i]
	}
	_, turned, _ := reward.Split(backwards, 0.1, 4)
	for q := range in(held) {
		if !in(again)[q] || !in(turned)[q] {
			t.Errorf("question %s is held out once and not again", q)
		}
	}
	moved := false
	for seed := range uint64(5) {
		_, other, _ := reward.Split(all, 0.1, seed)
		for q := range in(other) {
			moved = moved || !in(held)[q]
		}
	}
	if !moved {
		t.Error("the seed changes nothing")
	}
	if learn, held, err := reward.Split(all, 0, 1); err != nil || len(learn) != 200 || held != nil {
		t.Errorf("nothing held out: %d, %d, %v", len(learn), len(held), err)
	}
	for _, share := range []float64{-0.1, 1, math.NaN()} {
		if _, _, err := reward.Split(all, share, 1); err == nil {
			t.Errorf("Split with %v: no error", share)
		}
	}
}

func TestFigures(t *testing.T) {
	f := reward.FiguresOf([]reward.Scored{
		{Chosen: 1, Rejected: 0, Margin: 0.6, ChosenLength: 100, RejectedLength: 95, Subset: "a"},
		{Chosen: 0, Rejected: 2, Margin: 0.5, ChosenLength: 300, RejectedLength: 100, Subset: "a"},
		{Chosen: 3, Rejected: 3, Margin: 1, ChosenLength: 100, RejectedLength: 200, Subset: "b"},
		{Chosen: 4, Rejected: -4, ChosenLength: 50, RejectedLength: 50},
	})
	logistic := func(d float64) float64 { return math.Log1p(math.Exp(-d)) }
	for name, c := range map[string]struct{ got, want float64 }{
		"accuracy":        {f.Accuracy, 0.5},
		"loss":            {f.Loss, (logistic(1) + logistic(-2) + logistic(0) + logistic(8)) / 4},
		"longer":          {f.Longer, 0.5},
		"shorter":         {f.Shorter, 0.25},
		"matched":         {f.Matched.Accuracy, 1},
		"chosen's mean":   {f.Chosen.Mean, 2},
		"rejected's mean": {f.Rejected.Mean, 0.25},
		// σ(1) is right, σ(2) is wrong, σ(8) is right, and a tie is half right as σ(0) says.
		"calibration": {f.Calibration, (1 - 1/(1+math.Exp(-1)) + 1/(1+math.Exp(-2)) + 1 - 1/(1+math.Exp(-8))) / 4},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
	if f.Pairs != 4 || f.Ties != 1 || f.Matched.Pairs != 2 {
		t.Errorf("%d pairs, %d ties, %d matched; want 4, 1, 2", f.Pairs, f.Ties, f.Matched.Pairs)
	}
	text := f.String()
	for _, want := range []string{
		"margin 0.4 to 0.6               0.5000 of 2", "margin 0.8 to 1.0               0.0000 of 1",
		"tokens below 128                1.0000 of 2", "tokens 128 to 255               0.0000 of 1", "tokens 256 to 511", "subset a                        0.5000 of 2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
}

// A model that is as sure as it is right has no calibration error; one that is always sure has what it is wrong.
func TestCalibration(t *testing.T) {
	var sure, honest []reward.Scored
	for i := range 1000 {
		d := 30.0
		if i%10 < 3 {
			d = -30
		}
		sure = append(sure, reward.Scored{Chosen: d})
		honest = append(honest, reward.Scored{Chosen: d / 30 * math.Log(7./3)})
	}
	if got := reward.FiguresOf(sure).Calibration; math.Abs(got-0.3) > 1e-9 {
		t.Errorf("always sure and right in 7 of 10: %v, want 0.3", got)
	}
	if got := reward.FiguresOf(honest).Calibration; got > 1e-9 {
		t.Errorf("as sure as right: %v, want 0", got)
	}
}
