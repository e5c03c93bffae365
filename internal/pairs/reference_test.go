package pairs_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/stats"
)

// exactly is the rule by its definition: every ordered pair of programs is looked at, in fractions.
func exactly(p acecoder.Problem, r pairs.Rule) map[[2]string]bool {
	total := int64(len(p.Tests))
	if r.Denominator == stats.All {
		total += int64(len(p.TestsDropped))
	}
	gap, high, low := big.NewRat(r.Gap.Num, r.Gap.Den), big.NewRat(r.MinChosen.Num, r.MinChosen.Den), big.NewRat(r.MinRejected.Num, r.MinRejected.Den)
	over := func(a, b *big.Rat) bool { return a.Cmp(b) > 0 || (r.Inclusive && a.Cmp(b) == 0) }
	set := map[[2]string]bool{}
	for _, a := range p.Programs {
		for _, b := range p.Programs {
			si, sj := big.NewRat(int64(*a.Passed), total), big.NewRat(int64(*b.Passed), total)
			if over(si, new(big.Rat).Add(sj, gap)) && over(si, high) && sj.Cmp(low) > 0 &&
				a.Program != b.Program && (!r.SameModel || a.Model == b.Model) {
				set[[2]string{a.Program, b.Program}] = true
			}
		}
	}
	return set
}

// asPublished does step by step, and in float64, what the published code does for one problem.
func asPublished(p acecoder.Problem) []string {
	type entry struct {
		text     string
		accuracy float64
	}
	byModel := map[string][]entry{}
	var models []string
	for _, program := range p.Programs {
		if _, ok := byModel[program.Model]; !ok {
			models = append(models, program.Model)
		}
		accuracy := float64(*program.Passed) / float64(len(p.Tests)+len(p.TestsDropped))
		byModel[program.Model] = append(byModel[program.Model], entry{program.Program, accuracy})
	}
	var out []string
	for _, model := range models {
		list := byModel[model]
		sort.SliceStable(list, func(a, b int) bool { return list[a].accuracy > list[b].accuracy })
		seen := map[string]bool{}
		for j := 0; j < len(list)-1; j++ {
			for k := len(list) - 1; k > j; k-- {
				a, b := list[j], list[k]
				if math.Max(a.accuracy, b.accuracy) >= 0.8 && math.Abs(b.accuracy-a.accuracy) >= 0.4 && math.Min(a.accuracy, b.accuracy) > 0 {
					if both := a.text + b.text; !seen[both] {
						seen[both] = true
						out = append(out, a.text+">"+b.text)
					}
				}
			}
		}
	}
	return out
}

// random returns a problem as they come: some tests set aside, programs of two models, texts that repeat with
// the same score within a model.
func random(rng *rand.Rand) acecoder.Problem {
	p := acecoder.Problem{ID: fmt.Sprint(rng.Int()), Tests: make([]string, 1+rng.IntN(25)), TestsDropped: make([]acecoder.DroppedTest, rng.IntN(3)*rng.IntN(5))}
	for i := range rng.IntN(20) {
		model := []string{"7b", "32b"}[rng.IntN(2)]
		passed := rng.IntN(len(p.Tests) + 1)
		program := acecoder.Program{ID: fmt.Sprint(i), Model: model, Program: fmt.Sprintf("%s.%d;", model, i), Passed: &passed}
		if same := rng.IntN(i + 3); same < i && p.Programs[same].Model == model {
			program.Program, program.Passed = p.Programs[same].Program, p.Programs[same].Passed
		}
		p.Programs = append(p.Programs, program)
	}
	return p
}

func TestAgainstTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		p := random(rng)
		r := pairs.Paper()
		r.Inclusive = rng.IntN(2) == 0
		r.SameModel = rng.IntN(2) == 0
		if rng.IntN(2) == 0 {
			r.Denominator = stats.All
		}
		if rng.IntN(2) == 0 {
			r.Gap = pairs.Ratio{Num: 1 + rng.Int64N(9), Den: 20}
			r.MinChosen = pairs.Ratio{Num: rng.Int64N(10), Den: 10}
			r.MinRejected = pairs.Ratio{Num: rng.Int64N(4) - 1, Den: 10}
		}
		want := exactly(p, r)
		got := map[[2]string]bool{}
		list := made(t, p, r)
		for _, pair := range list {
			got[[2]string{pair.Chosen, pair.Rejected}] = true
		}
		if len(got) != len(list) {
			t.Fatalf("rule %+v: %d pairs, %d different ones", r, len(list), len(got))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("rule %+v on %s:\npairs %v\nwant  %v", r, asJSON(t, p), got, want)
		}
	}
}

func TestAgainstThePublishedCode(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		p := random(rng)
		want := asPublished(p)
		var got []string
		for _, pair := range made(t, p, pairs.Published()) {
			got = append(got, pair.Chosen+">"+pair.Rejected)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("on %s:\npairs %v\nwant  %v", asJSON(t, p), got, want)
		}
	}
}

func TestPermutedProgramsGiveTheSamePairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		p := random(rng)
		want := ids(made(t, p, pairs.Paper()))
		rng.Shuffle(len(p.Programs), func(i, j int) { p.Programs[i], p.Programs[j] = p.Programs[j], p.Programs[i] })
		if got := ids(made(t, p, pairs.Paper())); !slices.Equal(got, want) {
			t.Fatalf("pairs %v of permuted programs, want %v", got, want)
		}
	}
}

func TestDoubledProgramsGiveTheSamePairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		p := random(rng)
		want := ids(made(t, p, pairs.Paper()))
		p.Programs = slices.Concat(p.Programs, p.Programs)
		if got := ids(made(t, p, pairs.Paper())); !slices.Equal(got, want) {
			t.Fatalf("pairs %v of doubled programs, want %v", got, want)
		}
	}
}

func TestScaledCountsGiveTheSamePairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 500 {
		p := random(rng)
		for _, r := range []pairs.Rule{pairs.Paper(), inclusive()} {
			r.Denominator = stats.All
			want := ids(made(t, p, r))
			k := 2 + rng.IntN(6)
			scaled := p
			scaled.Tests = make([]string, k*len(p.Tests))
			scaled.TestsDropped = make([]acecoder.DroppedTest, k*len(p.TestsDropped))
			scaled.Programs = slices.Clone(p.Programs)
			for i, program := range p.Programs {
				passed := k * *program.Passed
				scaled.Programs[i].Passed = &passed
			}
			if got := ids(made(t, scaled, r)); !slices.Equal(got, want) {
				t.Fatalf("pairs %v with %d times the tests, want %v", got, k, want)
			}
		}
	}
}

func BenchmarkMake(b *testing.B) {
	for _, n := range []int{16, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			passed := make([]int, n)
			for i := range passed {
				passed[i] = i % 21
			}
			p := scored(20, passed...)
			for b.Loop() {
				if _, _, err := pairs.Make(p, pairs.Paper()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
