package stats

import (
	"fmt"

	"gonum.org/v1/gonum/mathext"
)

// Interval returns the exact (Clopper-Pearson) two-sided interval of a proportion of which k of n trials were
// hits, at a confidence such as 0.95. With k = 0 it begins at 0, with k = n it ends at 1; with n = 0 it is 0
// to 1. It panics where k is not in 0 to n or the confidence not between 0 and 1.
//
// lo is the α/2 quantile of Beta(k, n-k+1), hi the 1-α/2 quantile of Beta(k+1, n-k): the rates at which k or
// more, and k or fewer, hits have probability α/2.
func Interval(k, n int, confidence float64) (lo, hi float64) {
	if k < 0 || k > n || !(confidence > 0 && confidence < 1) {
		panic(fmt.Sprintf("stats: interval of %d of %d at confidence %g", k, n, confidence))
	}
	tail := (1 - confidence) / 2
	lo, hi = 0, 1
	if k > 0 {
		lo = mathext.InvRegIncBeta(float64(k), float64(n-k+1), tail)
	}
	if k < n {
		// By symmetry the upper quantile of Beta(k+1, n-k) is 1 minus the lower one of Beta(n-k, k+1).
		hi = 1 - mathext.InvRegIncBeta(float64(n-k), float64(k+1), tail)
	}
	return lo, hi
}
