package bestof

import (
	"cmp"
	"math"
	"slices"
)

// M is the number of a problem's programs. N of them are drawn, every set of N alike likely, so a figure is a mean over
// C(M, N) sets. For pass@N and for the highest reward it has a closed form.

// missed returns the probability that none of a certain programs is among the N drawn:
//
//	C(M-a, N) / C(M, N) = Π (M-N-i) / (M-i)   over i = 0 … a-1
//
// As a product it neither overflows nor cancels.
func missed(m, n, a int) float64 {
	p := 1.0
	for i := range a {
		p *= float64(max(m-n-i, 0)) / float64(m-i)
	}
	return p
}

// passAt returns pass@N, the probability that a right one of c is among the N drawn (Chen et al. 2021, eq. 1):
//
//	1 - C(M-c, N) / C(M, N)
func passAt(m, n, c int) float64 { return 1 - missed(m, n, c) }

// highest returns the probability that the program with the highest reward of the N drawn passes. Programs of equal
// reward are chosen alike often; g of them, of which c pass, below a better ones, are the highest with probability
//
//	missed(a) - missed(a+g), and then the chosen one passes with probability c / g
func highest(entries []entry, n int) float64 {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return cmp.Compare(b.reward, a.reward) })
	sum := 0.0
	for above := 0; above < len(sorted); {
		g, c := 0, 0
		for _, e := range sorted[above:] {
			if e.reward != sorted[above].reward {
				break
			}
			g++
			if e.passes {
				c++
			}
		}
		if c > 0 {
			sum += (missed(len(sorted), n, above) - missed(len(sorted), n, above+g)) * float64(c) / float64(g)
		}
		above += g
	}
	return sum
}

// mean returns the share of entries that pass.
func mean(entries []entry) float64 { return float64(passing(entries)) / float64(len(entries)) }

func passing(entries []entry) int {
	c := 0
	for _, e := range entries {
		if e.passes {
			c++
		}
	}
	return c
}

// sigmoid is σ(x) = 1 / (1 + e^-x).
func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
