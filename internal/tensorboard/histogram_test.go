package tensorboard_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/acecoder/acecoder/internal/tensorboard"
)

func TestHistogram(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, row := range []struct {
		name             string
		values           []float32
		count            int64
		low, high        float64
		sum, squares     float64
		bins             int
		firstBin, endBin int64
	}{
		{"nothing", nil, 0, 0, 0, 0, 0, 0, 0, 0},
		{"nothing finite", []float32{nan, inf, -inf}, 0, 0, 0, 0, 0, 0, 0, 0},
		{"zero stands between 0 and 1e-12", []float32{0, 0}, 2, 0, 0, 0, 0, 2, 0, 2},
		{"one and what does not count", []float32{nan, 2, inf}, 1, 2, 2, 2, 4, 2, 0, 1},
		{"both sides of zero", []float32{-1e-13, 1e-13}, 2, float64(float32(-1e-13)), float64(float32(1e-13)), 0, 2e-26, 3, 0, 1},
		{"the largest", []float32{math.MaxFloat32}, 1, math.MaxFloat32, math.MaxFloat32, math.MaxFloat32, math.Pow(math.MaxFloat32, 2), 2, 0, 1},
		{"the lowest", []float32{-math.MaxFloat32}, 1, -math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32, math.Pow(math.MaxFloat32, 2), 2, 0, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := tensorboard.NewHistogram(row.values)
			if h.Count != row.count || h.Min != row.low || h.Max != row.high || h.Sum != row.sum ||
				math.Abs(h.Squares-row.squares) > 1e-6*row.squares || len(h.Bins) != row.bins {
				t.Fatalf("NewHistogram(%v) = %+v, want %+v", row.values, h, row)
			}
			if row.bins > 0 && (h.Bins[0].Count != row.firstBin || h.Bins[row.bins-1].Count != row.endBin) {
				t.Errorf("NewHistogram(%v) has the bins %v", row.values, h.Bins)
			}
		})
	}
}

func TestEveryValueIsInItsBin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 2000)
	for i := range values {
		values[i] = float32(random.NormFloat64() * math.Pow(10, random.Float64()*40-20))
	}
	h := tensorboard.NewHistogram(values)
	for i, bin := range h.Bins {
		want := int64(0)
		for _, v := range values {
			if float64(v) < bin.Limit && (i == 0 || float64(v) >= h.Bins[i-1].Limit) {
				want++
			}
		}
		if bin.Count != want {
			t.Errorf("bin %d up to %g counts %d, want %d", i, bin.Limit, bin.Count, want)
		}
	}
	if h.Bins[0].Count != 0 || h.Bins[1].Count == 0 || h.Bins[len(h.Bins)-1].Count == 0 {
		t.Errorf("the outer bins are %v, %v and %v, want 0, more and more", h.Bins[0], h.Bins[1], h.Bins[len(h.Bins)-1])
	}
}
