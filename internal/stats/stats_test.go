package stats_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/stats"
)

func TestPercentile(t *testing.T) {
	for _, row := range []struct {
		name string
		xs   []float64
		q    float64
		want float64
	}{
		{"odd number: the middle one", []float64{3, 1, 2}, 50, 2},
		{"even number: halfway", []float64{4, 1, 2, 3}, 50, 2.5},
		{"lowest", []float64{3, 1, 2}, 0, 1},
		{"highest", []float64{3, 1, 2}, 100, 3},
		{"a quarter of the way", []float64{0, 1}, 25, 0.25},
		{"one value", []float64{7}, 50, 7},
		{"all equal stays exactly that", []float64{0.1, 0.1, 0.1, 0.1}, 37, 0.1},
		{"none", nil, 50, math.NaN()},
		{"not a number among them", []float64{1, math.NaN()}, 50, math.NaN()},
		{"below the range", []float64{1}, -1, math.NaN()},
		{"above the range", []float64{1}, 101, math.NaN()},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := slices.Clone(row.xs)
			got := stats.Percentile(row.xs, row.q)
			if !same(got, row.want) {
				t.Errorf("Percentile(%v, %v) = %v, want %v", row.xs, row.q, got, row.want)
			}
			for i := range before {
				if !same(before[i], row.xs[i]) {
					t.Errorf("Percentile changed its argument to %v", row.xs)
				}
			}
		})
	}
}

func TestMoments(t *testing.T) {
	for _, row := range []struct {
		name      string
		xs        []float64
		mean, std float64
	}{
		{"population, not sample", []float64{1, 3}, 2, 1},
		{"one value has no spread", []float64{0.3}, 0.3, 0},
		{"equal values have none", []float64{0.1, 0.1, 0.1}, 0.1, 0},
		{"none", nil, math.NaN(), math.NaN()},
		{"infinite", []float64{1, math.Inf(1)}, math.NaN(), math.NaN()},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := stats.Mean(row.xs); !same(got, row.mean) {
				t.Errorf("Mean(%v) = %v, want %v", row.xs, got, row.mean)
			}
			if got := stats.Std(row.xs); !same(got, row.std) {
				t.Errorf("Std(%v) = %v, want %v", row.xs, got, row.std)
			}
		})
	}
}

func TestMomentsOfEqualMeansAreEqual(t *testing.T) {
	// 1/3 + 2/3 + 7/20 + 13/20 and four halves: float64 sums need not agree, exact ones do.
	a, _ := stats.Moments([]*big.Rat{big.NewRat(1, 3), big.NewRat(2, 3), big.NewRat(7, 20), big.NewRat(13, 20)})
	b, _ := stats.Moments([]*big.Rat{big.NewRat(1, 2), big.NewRat(1, 2), big.NewRat(1, 2), big.NewRat(1, 2)})
	if a != b {
		t.Errorf("means %v and %v of the same exact value differ", a, b)
	}
}

func TestLikeNumpy(t *testing.T) {
	const script = `
import json, sys
import numpy as np
for line in sys.stdin:
    xs, q = json.loads(line)
    print(json.dumps([float(np.percentile(xs, q)), float(np.mean(xs)), float(np.std(xs))]))
`
	if exec.Command("/usr/bin/python3", "-c", "import numpy").Run() != nil {
		t.Skip("/usr/bin/python3 has no numpy to compare with")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	type query struct {
		xs []float64
		q  float64
	}
	var queries []query
	var in strings.Builder
	for i := range 500 {
		xs := make([]float64, 1+rng.IntN(60))
		for j := range xs {
			xs[j] = rng.NormFloat64()
			if i%2 == 0 {
				xs[j] = float64(rng.IntN(21)) / 20 // pass rates: many ties
			}
		}
		q := []float64{50, 25, 75, 10, 33.3, rng.Float64() * 100}[i%6]
		queries = append(queries, query{xs, q})
		line, err := json.Marshal([]any{xs, q})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&in, "%s\n", line)
	}
	cmd := exec.Command("/usr/bin/python3", "-c", script)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		var want [3]float64
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		xs, q := queries[i].xs, queries[i].q
		if got := stats.Percentile(xs, q); got != want[0] {
			t.Errorf("Percentile(%v, %v) = %v, want numpy's %v", xs, q, got, want[0])
		}
		if got := stats.Mean(xs); math.Abs(got-want[1]) > 1e-14 {
			t.Errorf("Mean(%v) = %v, want numpy's %v", xs, got, want[1])
		}
		if got := stats.Std(xs); math.Abs(got-want[2]) > 1e-14 {
			t.Errorf("Std(%v) = %v, want numpy's %v", xs, got, want[2])
		}
	}
}

func TestInterval(t *testing.T) {
	for _, row := range []struct {
		name   string
		k, n   int
		lo, hi float64
	}{
		{"nothing seen", 0, 0, 0, 1},
		{"none of ten: 1 - 0.025^(1/10)", 0, 10, 0, 1 - math.Pow(0.025, 0.1)},
		{"all of ten: 0.025^(1/10)", 10, 10, math.Pow(0.025, 0.1), 1},
		{"none of 4,402", 0, 4402, 0, 1 - math.Pow(0.025, 1.0/4402)},
		{"five of ten, as in the tables", 5, 10, 0.1870860, 0.8129140},
	} {
		t.Run(row.name, func(t *testing.T) {
			lo, hi := stats.Interval(row.k, row.n, 0.95)
			if math.Abs(lo-row.lo) > 1e-7 || math.Abs(hi-row.hi) > 1e-7 {
				t.Errorf("Interval(%d, %d, 0.95) = %v, %v, want %v, %v", row.k, row.n, lo, hi, row.lo, row.hi)
			}
		})
	}
}

func TestIntervalMeetsItsDefinition(t *testing.T) {
	for _, n := range []int{1, 2, 7, 40, 974, 4402, 16400} {
		for _, k := range []int{0, 1, 2, n / 3, n / 2, n - 1, n} {
			if k > n {
				continue
			}
			for _, confidence := range []float64{0.9, 0.95, 0.99} {
				lo, hi := stats.Interval(k, n, confidence)
				tail := (1 - confidence) / 2
				if got := upperTail(k, n, lo); k > 0 && math.Abs(got-tail) > 1e-7 {
					t.Errorf("at lo of Interval(%d, %d, %v) = %v: P(X >= k) = %v, want %v", k, n, confidence, lo, got, tail)
				}
				if got := 1 - upperTail(k+1, n, hi); k < n && math.Abs(got-tail) > 1e-7 {
					t.Errorf("at hi of Interval(%d, %d, %v) = %v: P(X <= k) = %v, want %v", k, n, confidence, hi, got, tail)
				}
			}
		}
	}
}

// upperTail is P(X >= k) of a binomial variable, by summing it up.
func upperTail(k, n int, p float64) float64 {
	whole, _ := math.Lgamma(float64(n + 1))
	sum := 0.0
	for i := k; i <= n; i++ {
		a, _ := math.Lgamma(float64(i + 1))
		b, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(whole - a - b + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

func same(a, b float64) bool { return a == b || (math.IsNaN(a) && math.IsNaN(b)) }
