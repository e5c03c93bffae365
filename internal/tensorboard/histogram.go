package tensorboard

import (
	"math"
	"slices"
	"sort"
	"sync"
)

// Histogram is how often values of some sizes occur.
type Histogram struct {
	Min, Max, Sum, Squares float64 // Squares is the sum of the squares
	Count                  int64
	Bins                   []Bin // by rising limit
}

// Bin counts the values from the limit of the bin before, included, up to its own, which belongs to the next one.
type Bin struct {
	Limit float64
	Count int64
}

// limits are the bins that TensorFlow and PyTorch have, so that histograms of all three stand on one axis:
// 0, ±1e-12, and on from there by a tenth up to 1e20.
var limits = sync.OnceValue(func() []float64 {
	var positive []float64
	for v := 1e-12; v < 1e20; v *= 1.1 {
		positive = append(positive, v)
	}
	all := make([]float64, 0, 2*len(positive)+3)
	all = append(all, -math.MaxFloat64)
	for _, v := range slices.Backward(positive) {
		all = append(all, -v)
	}
	all = append(all, 0)
	all = append(all, positive...)
	return append(all, math.MaxFloat64)
})

// NewHistogram counts values. NaN and infinities are not counted: they have no place on an axis. The sums are made in
// float64, in the order of the values. Of the empty bins only the ones between others, and one at the left, are kept.
func NewHistogram(values []float32) Histogram {
	edges := limits()
	counts := make([]int64, len(edges))
	h := Histogram{Min: math.Inf(1), Max: math.Inf(-1)}
	for _, value := range values {
		v := float64(value)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		h.Min, h.Max = min(h.Min, v), max(h.Max, v)
		h.Sum += v
		h.Squares += v * v
		h.Count++
		counts[sort.Search(len(edges), func(i int) bool { return edges[i] > v })]++
	}
	if h.Count == 0 {
		return Histogram{}
	}
	first := slices.IndexFunc(counts, func(n int64) bool { return n > 0 })
	// A bin's lower limit is that of the bin before, so one stands there. No float32 is below the lowest limit.
	for i, left := first-1, h.Count; i < first || left > 0; i++ {
		h.Bins = append(h.Bins, Bin{edges[i], counts[i]})
		left -= counts[i]
	}
	return h
}
