package bestof_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/bestof"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTable(t *testing.T) {
	problems := someProblems(12)
	for i := range problems {
		problems[i].Source = []string{"humaneval", "mbpp", ""}[i%3]
		problems[i].Programs = append(problems[i].Programs, problem("g", spec{"g", "x", i%2 == 0, 0}).Programs...)
		problems[i].Programs[8].Extra["greedy"] = []byte("true")
	}
	r := measure(t, config(1, 2, 4, 8), problems...)
	path := filepath.Join("testdata", "table.txt")
	got := r.Table()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("table:\n%s\nwant:\n%s", got, want)
	}
}

func TestTableOfAnOddSource(t *testing.T) {
	p := problem("p", six...)
	p.Source = "two\nlines"
	r := measure(t, config(1), p)
	if head, _, _ := strings.Cut(r.Table(), "\n"); !strings.Contains(head, `"two\nlines"`) {
		t.Errorf("head %q", head)
	}
}

func TestAverageGivesEverySourceTheSameWeight(t *testing.T) {
	right, wrong := spec{"a", "A", true, 0}, spec{"a", "A", false, 0}
	problems := []acecoder.Problem{problem("0", right)}
	problems[0].Source = "small"
	for i := range 9 {
		problems = append(problems, problem(fmt.Sprint(i+1), wrong))
	}
	r := measure(t, config(1), problems...)
	if p := r.Points[0]; p.Average.Share != 0.5 || p.Sources[0].Share != 0 || p.Sources[1].Share != 1 || r.Sources[1].Problems != 1 {
		t.Errorf("point %+v of sources %+v, want 0 and 1 and on average 0.5", p, r.Sources)
	}
}

func TestNGoesAsFarAsEveryProblem(t *testing.T) {
	r := measure(t, config(), problem("p", six...), problem("q", six[:5]...))
	if fmt.Sprint(r.N) != "[1 2 4]" || r.Fewest != 5 {
		t.Errorf("N %v of at least %d programs, want 1 2 4 of 5", r.N, r.Fewest)
	}
}

func TestDifferencesArePaired(t *testing.T) {
	// The problems differ much, the selectors always by as much: an interval that was not paired would be wide.
	var problems []acecoder.Problem
	for i := range 30 {
		specs := []spec{{"a", "A", i%2 == 0, 1}, {"b", "B", i%2 == 0, 0}}
		problems = append(problems, problem(fmt.Sprint(i), specs...))
	}
	r := measure(t, config(1, 2), problems...)
	seen := 0
	for _, d := range r.Differences {
		if d.Selector == bestof.Reward && d.Over == bestof.Average {
			seen++
			if d.Share != 0 || d.Low != 0 || d.High != 0 {
				t.Errorf("reward over average: %+v, want 0 without width", d)
			}
		}
		if d.Selector == bestof.Average || d.Over == d.Selector {
			t.Errorf("difference %+v", d)
		}
	}
	if seen != 2 {
		t.Errorf("reward over average is there %d times, want once for each N", seen)
	}
}

func TestNothingToSummarize(t *testing.T) {
	if _, err := bestof.Summarize(nil, bestof.Default()); err == nil {
		t.Error("no error for no problems")
	}
	p := problem("p", six...)
	s, _ := bestof.Read(&p, nil, config())
	if _, err := bestof.Summarize([]bestof.Figures{s.Measure(config())}, config(8)); err == nil || !strings.Contains(err.Error(), "6 programs") {
		t.Errorf("error %v, want that a problem has 6 programs", err)
	}
}

// simulate makes problems of programs that pass with a probability of the problem's own, with rewards by reward.
func simulate(random *rand.Rand, problems, programs int, reward func(passes bool) float64) []acecoder.Problem {
	out := make([]acecoder.Problem, problems)
	for i := range out {
		rate := random.Float64()
		specs := make([]spec, programs)
		for k := range specs {
			specs[k].passes = random.Float64() < rate
			specs[k].reward = reward(specs[k].passes)
		}
		out[i] = problem(fmt.Sprint(i), specs...)
	}
	return out
}

func TestIntervalsCover(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const rounds = 250
	covered := map[bestof.Selector]int{}
	// Of programs that pass with a uniform probability x: E x = 1/2, and of two E 1 - (1-x)² = 2/3.
	truth := map[bestof.Selector]float64{bestof.Average: 1.0 / 2, bestof.Oracle: 2.0 / 3}
	cfg := config(2)
	cfg.Draws, cfg.Resamples = 1, 300
	for round := range rounds {
		cfg.Seed = uint64(round)
		for _, p := range measure(t, cfg, simulate(random, 60, 4, func(bool) float64 { return 0 })...).Points {
			if want, ok := truth[p.Selector]; ok && p.Average.Low <= want && want <= p.Average.High {
				covered[p.Selector]++
			}
		}
	}
	for selector := range truth {
		if share := float64(covered[selector]) / rounds; share < 0.90 || share > 0.99 {
			t.Errorf("%s: %.3f of the 95 %% intervals cover the truth", selector, share)
		}
	}
}

func TestOverOptimisationIsSeen(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	cfg := config()
	cfg.Draws = 1
	rise := measure(t, cfg, simulate(random, 100, 32, func(passes bool) float64 {
		if passes {
			return 1 + random.NormFloat64()
		}
		return random.NormFloat64()
	})...)
	if o := rise.OverOptimisation; o == nil || o.Detected || o.BestN != 32 {
		t.Errorf("rewards that know: %+v, want the best at N = 32", o)
	}
	// Right programs have good rewards and one wrong one in ten has a better one: it is found when many are looked at.
	fall := measure(t, cfg, simulate(random, 100, 32, func(passes bool) float64 {
		switch {
		case passes:
			return 1 + random.Float64()
		case random.IntN(10) == 0:
			return 3
		}
		return random.Float64()
	})...)
	if o := fall.OverOptimisation; o == nil || !o.Detected || o.BestN >= o.N || o.Low <= 0 || o.Low > o.Fall {
		t.Errorf("rewards that are cheated: %+v, want a fall", o)
	}
	if text := fall.Table(); !strings.Contains(text, "reward is over-optimised: from N = ") {
		t.Errorf("the table does not say so:\n%s", text)
	}
}

func TestOverOptimisationIsNotSeenInChance(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	const rounds = 100
	alarms := 0
	cfg := config(1, 2, 4, 8, 16)
	cfg.Draws, cfg.Resamples = 1, 200
	for round := range rounds {
		cfg.Seed = uint64(round)
		if measure(t, cfg, simulate(random, 50, 16, func(bool) float64 { return random.Float64() })...).OverOptimisation.Detected {
			alarms++
		}
	}
	t.Logf("%d alarms in %d rounds", alarms, rounds)
	if alarms > 10 {
		t.Errorf("%d alarms in %d rounds of rewards by chance, at most one in twenty is meant", alarms, rounds)
	}
}
