package hard_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/hard"
	"github.com/acecoder/acecoder/internal/stats"
)

// scored returns a problem with ten tests and programs of one model that pass so many of them each.
func scored(id string, passed ...int) acecoder.Problem {
	p := acecoder.Problem{ID: id, Tests: make([]string, 10)}
	for i, n := range passed {
		p.Programs = append(p.Programs, acecoder.Program{ID: fmt.Sprint(i), Model: "7b", Passed: &n})
	}
	return p
}

func collect(t *testing.T, p acecoder.Problem, cfg hard.Config) hard.Figures {
	t.Helper()
	f, drop, err := hard.Collect(p, cfg)
	if err != nil || drop != nil {
		t.Fatalf("Collect(%s) = drop %v, error %v", p.ID, drop, err)
	}
	return f
}

// kept runs both passes and returns the ids that stay.
func kept(t *testing.T, problems []acecoder.Problem, cfg hard.Config) (string, hard.Choice) {
	t.Helper()
	var all []hard.Figures
	for _, p := range problems {
		all = append(all, collect(t, p, cfg))
	}
	choice, err := hard.Decide(all, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range all {
		drop := choice.Drop(f)
		if (drop == nil) != choice.Keep(f) {
			t.Errorf("%s: kept %v, drop %v", f.ID, choice.Keep(f), drop)
		}
		if drop == nil {
			ids = append(ids, f.ID)
		} else if drop.ID != f.ID || drop.Stage != hard.Stage || drop.Reason != acecoder.DropNotHard || drop.Detail == "" {
			t.Errorf("%s: drop %+v", f.ID, drop)
		}
	}
	if len(ids) != choice.Kept {
		t.Errorf("%d problems kept, the choice says %d", len(ids), choice.Kept)
	}
	return strings.Join(ids, " "), choice
}

func TestChoice(t *testing.T) {
	even := hard.Paper()
	all := hard.Paper()
	all.MeanPercentile, all.StdPercentile = 100, 0
	for _, row := range []struct {
		name     string
		problems []acecoder.Problem
		cfg      hard.Config
		want     string
		low      int
	}{
		{"a quarter: low mean, then high spread", []acecoder.Problem{
			scored("easy-even", 9, 9), scored("easy-uneven", 10, 6), scored("hard-even", 2, 2), scored("hard-uneven", 0, 4),
		}, even, "hard-uneven", 2},
		{"exactly at both thresholds stays", []acecoder.Problem{
			scored("a", 0, 10), scored("b", 5, 5), scored("c", 10, 0), scored("d", 10, 10), scored("e", 4, 6),
		}, even, "a c", 4}, // means .5 .5 .5 1 .5; deviations .5 0 .5 .1, their median is .3
		{"all alike all stay", []acecoder.Problem{scored("a", 3, 1), scored("b", 1, 3), scored("c", 3, 1)}, even, "a b c", 3},
		{"one problem stays", []acecoder.Problem{scored("a", 10)}, even, "a", 1},
		{"the widest thresholds keep all", []acecoder.Problem{scored("a", 10), scored("b", 0), scored("c", 10, 0)}, all, "a b c", 3},
		{"none", nil, even, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, choice := kept(t, row.problems, row.cfg)
			if got != row.want || choice.LowMean != row.low || choice.Problems != len(row.problems) {
				t.Errorf("kept %q by %+v, want %q with %d of low mean", got, choice, row.want, row.low)
			}
		})
	}
}

func TestEqualMeansOfUnlikeFractionsTie(t *testing.T) {
	// 1/3 + 2/3 and 1/2 + 1/2: the same mean, and the median is exactly it.
	third := acecoder.Problem{ID: "thirds", Tests: make([]string, 3)}
	for _, n := range []int{1, 2, 1, 2, 1, 2} {
		third.Programs = append(third.Programs, acecoder.Program{Passed: &n})
	}
	a, b := collect(t, third, hard.Paper()), collect(t, scored("halves", 5, 5), hard.Paper())
	if a.Mean != b.Mean {
		t.Errorf("means %v and %v, want the same", a.Mean, b.Mean)
	}
}

func TestModels(t *testing.T) {
	p := scored("a", 10, 2, 4)
	p.Programs[0].Model = "32b"
	cfg := hard.Paper()
	cfg.Models = []string{"7b", "other"}
	if got := collect(t, p, cfg).Mean; got != 0.3 {
		t.Errorf("mean %v over the programs of 7b, want 0.3", got)
	}
}

func TestDenominator(t *testing.T) {
	p := scored("a", 10)
	p.TestsDropped = make([]acecoder.DroppedTest, 10)
	cfg := hard.Paper()
	cfg.Denominator = stats.All
	if got := collect(t, p, cfg).Mean; got != 0.5 {
		t.Errorf("mean %v over all tests, want 0.5", got)
	}
}

func TestCollectDrops(t *testing.T) {
	unscored := scored("a", 1)
	unscored.Programs[0].Passed = nil
	cfg := hard.Paper()
	cfg.Models = []string{"32b"}
	for _, row := range []struct {
		name string
		p    acecoder.Problem
		cfg  hard.Config
		want acecoder.DropReason
	}{
		{"no programs", scored("a"), hard.Paper(), acecoder.DropNoPrograms},
		{"no pass rates", unscored, hard.Paper(), acecoder.DropUnscored},
		{"other models", scored("a", 1), cfg, acecoder.DropUnknownModels},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, drop, err := hard.Collect(row.p, row.cfg)
			if err != nil || drop == nil || drop.Reason != row.want || drop.ID != "a" || drop.Stage != hard.Stage {
				t.Errorf("drop %+v, error %v, want reason %s", drop, err, row.want)
			}
		})
	}
}

func TestErrorsSayWhere(t *testing.T) {
	if _, _, err := hard.Collect(scored("a", 1, 11), hard.Paper()); err == nil || !strings.Contains(err.Error(), "a: program 1 (1): passed: 11") {
		t.Errorf("error %v, want one that names problem, program and field", err)
	}
	for name, change := range map[string]func(*hard.Config){
		"mean_percentile": func(c *hard.Config) { c.MeanPercentile = 101 },
		"std_percentile":  func(c *hard.Config) { c.StdPercentile = -1 },
		"denominator":     func(c *hard.Config) { c.Denominator = "" },
	} {
		cfg := hard.Paper()
		change(&cfg)
		if _, err := hard.Decide(nil, cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one about %s", err, name)
		}
	}
	if err := hard.Published().Validate(); err != nil {
		t.Error(err)
	}
}

// random returns problems whose programs pass at random numbers of tests, with many ties.
func random(rng *rand.Rand, n int) []acecoder.Problem {
	var problems []acecoder.Problem
	for i := range n {
		passed := make([]int, 1+rng.IntN(16))
		for j := range passed {
			passed[j] = rng.IntN(11)
		}
		problems = append(problems, scored(fmt.Sprint(i), passed...))
	}
	return problems
}

func TestOrderDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		problems := random(rng, 60)
		want, wantChoice := kept(t, problems, hard.Paper())
		rng.Shuffle(len(problems), func(i, j int) { problems[i], problems[j] = problems[j], problems[i] })
		for _, p := range problems {
			rng.Shuffle(len(p.Programs), func(i, j int) { p.Programs[i], p.Programs[j] = p.Programs[j], p.Programs[i] })
		}
		got, choice := kept(t, problems, hard.Paper())
		if choice != wantChoice || !slices.Equal(sorted(got), sorted(want)) {
			t.Fatalf("permuted: %+v keeps %s, want %+v, %s", choice, got, wantChoice, want)
		}
	}
}

func TestLikeThePublishedRuleInNumpy(t *testing.T) {
	const script = `
import json, sys
import numpy as np
rates = json.load(sys.stdin)
mean = {k: np.mean(v) for k, v in rates.items()}
std = {k: np.std(v) for k, v in rates.items()}
a = np.percentile(list(mean.values()), 50)
low = [k for k in rates if mean[k] <= a]
b = np.percentile([std[k] for k in low], 50)
json.dump([float(a), float(b), [k for k in low if std[k] >= b]], sys.stdout)
`
	if exec.Command("/usr/bin/python3", "-c", "import numpy").Run() != nil {
		t.Skip("/usr/bin/python3 has no numpy to compare with")
	}
	// Rates without ties: at ties numpy's rounding of the means decides, and ours does not round.
	rng := rand.New(rand.NewPCG(3, 4))
	rates := map[string][]float64{}
	var all []hard.Figures
	for i := range 301 {
		p := acecoder.Problem{ID: fmt.Sprint(i)}
		for range 16 {
			rate := rng.Float64()
			rates[p.ID] = append(rates[p.ID], rate)
			p.Programs = append(p.Programs, acecoder.Program{PassRate: &rate})
		}
		all = append(all, collect(t, p, hard.Paper()))
	}
	in, err := json.Marshal(rates)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/bin/python3", "-c", script)
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var a, b float64
	var want []string
	if err := json.Unmarshal(out, &[]any{&a, &b, &want}); err != nil {
		t.Fatal(err)
	}
	choice, err := hard.Decide(all, hard.Paper())
	if err != nil {
		t.Fatal(err)
	}
	if d := choice.MaxMean - a; d > 1e-12 || d < -1e-12 {
		t.Errorf("mean threshold %v, want numpy's %v", choice.MaxMean, a)
	}
	if d := choice.MinStd - b; d > 1e-12 || d < -1e-12 {
		t.Errorf("deviation threshold %v, want numpy's %v", choice.MinStd, b)
	}
	var got []string
	for _, f := range all {
		if choice.Keep(f) {
			got = append(got, f.ID)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
}

func sorted(ids string) []string {
	list := strings.Fields(ids)
	slices.Sort(list)
	return list
}
