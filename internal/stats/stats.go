// Package stats holds the figures of the method and how they are counted: pass rates, percentiles and moments
// by numpy's definitions, exact binomial intervals, and the funnel that becomes a table like the paper's
// Table 1. Numbers and records in, numbers and text out; no figure depends on the order of its inputs, except
// for the order of the table's columns.
package stats

import (
	"math"
	"math/big"
	"slices"
)

// Percentile returns the q-th percentile of xs, q in 0 to 100, as numpy.percentile does by default: linear
// interpolation between the two nearest of the sorted values, bit for bit. It is NaN for an empty xs, for a q
// outside its range, and where xs holds a NaN. It does not change xs.
func Percentile(xs []float64, q float64) float64 {
	if len(xs) == 0 || !(q >= 0 && q <= 100) || slices.ContainsFunc(xs, math.IsNaN) {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(xs))
	at := float64(len(sorted)-1) * (q / 100)
	below := min(int(at), len(sorted)-1)
	above := min(below+1, len(sorted)-1)
	a, b, t := sorted[below], sorted[above], at-float64(below)
	// The conversions forbid a fused multiply-add, which would round otherwise than numpy. From the middle on
	// numpy measures from the upper value, so that t = 1 would give exactly b.
	if t >= 0.5 {
		return b - float64((b-a)*(1-t))
	}
	return a + float64((b-a)*t)
}

// Mean returns the arithmetic mean, the nearest float64 to the exact one; NaN for an empty xs or where a
// value is not finite.
func Mean(xs []float64) float64 {
	mean, _ := floatMoments(xs)
	return mean
}

// Std returns the population standard deviation (numpy.std, ddof 0); NaN as Mean is.
func Std(xs []float64) float64 {
	_, std := floatMoments(xs)
	return std
}

func floatMoments(xs []float64) (mean, std float64) {
	exact := make([]*big.Rat, len(xs))
	for i, x := range xs {
		exact[i] = new(big.Rat).SetFloat64(x)
		if exact[i] == nil {
			return math.NaN(), math.NaN()
		}
	}
	return Moments(exact)
}

// Moments returns the mean and the population standard deviation of exact values, rounded once at the end.
// Equal means are therefore equal as float64 too, whatever the values that they come from: a threshold taken
// from such a mean keeps exactly the ties. NaN for no values.
//
//	mean = 1/n Σ x        std = sqrt(1/n Σ x² - mean²)
func Moments(xs []*big.Rat) (mean, std float64) {
	if len(xs) == 0 {
		return math.NaN(), math.NaN()
	}
	var sum, squares, square big.Rat
	for _, x := range xs {
		sum.Add(&sum, x)
		squares.Add(&squares, square.Mul(x, x))
	}
	n := new(big.Rat).SetInt64(int64(len(xs)))
	m := sum.Quo(&sum, n)
	mean, _ = m.Float64()
	variance := squares.Quo(&squares, n)
	variance.Sub(variance, square.Mul(m, m))
	v, _ := variance.Float64()
	return mean, math.Sqrt(v)
}
