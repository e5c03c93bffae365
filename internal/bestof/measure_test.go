package bestof_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/bestof"
)

// Six programs: a is written three times, b and c do the same; d is right and has the highest reward.
var six = []spec{
	{"a", "A", false, 0},
	{"a", "A", false, 0},
	{"a # again", "A", false, 0},
	{"b", "B", true, 2},
	{"c", "B", true, 1},
	{"d", "D", true, 3},
}

func TestByHand(t *testing.T) {
	got := shares(measure(t, config(1, 2, 6), problem("p", six...)))
	for _, row := range []struct {
		selector bestof.Selector
		n        int
		want     float64
	}{
		{bestof.Average, 1, 3.0 / 6},
		{bestof.Oracle, 1, 3.0 / 6},
		{bestof.Oracle, 2, 1 - 3.0/15}, // of the 15 pairs, 3 are of a's
		{bestof.Oracle, 6, 1},
		{bestof.Reward, 1, 3.0 / 6},
		{bestof.Reward, 2, 12.0 / 15},
		{bestof.Reward, 6, 1},
		{bestof.Vote, 1, 3.0 / 6},
		{bestof.Vote, 6, 0},        // a has three votes, every other text one
		{bestof.Alike, 6, 0},       // A three, B two
		{bestof.RewardVote, 6, 0},  // 3 σ(0) = 1.5, σ(3) = 0.95
		{bestof.RewardAlike, 6, 1}, // σ(2) + σ(1) = 1.61
	} {
		if share := got[row.selector][row.n]; !near(share, row.want, 1e-12) {
			t.Errorf("%s at N = %d: %v, want %v", row.selector, row.n, share, row.want)
		}
	}
}

// plain chooses from a set of programs by the plainest reading of a selector's rule, and returns the probability that
// the chosen one passes.
func plain(selector bestof.Selector, set []spec) float64 {
	key := func(s spec) string { return s.text }
	if selector == bestof.Alike || selector == bestof.RewardAlike {
		key = func(s spec) string { return s.does }
	}
	weight := map[string]float64{}
	for _, s := range set {
		w := 1.0
		if selector == bestof.RewardVote || selector == bestof.RewardAlike {
			w = 1 / (1 + math.Exp(-s.reward))
		}
		if k := key(s); k != "" {
			weight[k] += w
		}
	}
	value := func(of []spec, highest bool) float64 {
		top, n, c := math.Inf(-1), 0.0, 0.0
		for _, s := range of {
			if highest && s.reward > top {
				top, n, c = s.reward, 0, 0
			}
			if highest && s.reward < top {
				continue
			}
			n++
			if s.passes {
				c++
			}
		}
		return c / n
	}
	switch selector {
	case bestof.Oracle:
		if slices.ContainsFunc(set, func(s spec) bool { return s.passes }) {
			return 1
		}
		return 0
	case bestof.Reward:
		return value(set, true)
	}
	best := 0.0
	for _, w := range weight {
		best = max(best, w)
	}
	weighted := selector == bestof.RewardVote || selector == bestof.RewardAlike
	if len(weight) == 0 {
		return value(set, weighted)
	}
	sum, n := 0.0, 0.0
	for k, w := range weight {
		if w < best-1e-9 {
			continue
		}
		sum += value(slices.DeleteFunc(slices.Clone(set), func(s spec) bool { return key(s) != k }), weighted)
		n++
	}
	return sum / n
}

// brute averages a selector over all sets of n programs.
func brute(selector bestof.Selector, all []spec, n int) float64 {
	sum, sets := 0.0, 0.0
	for mask := range 1 << len(all) {
		if bits.OnesCount(uint(mask)) != n {
			continue
		}
		var set []spec
		for i := range all {
			if mask>>i&1 == 1 {
				set = append(set, all[i])
			}
		}
		sum += plain(selector, set)
		sets++
	}
	return sum / sets
}

// randomSpecs are m programs with few different texts, behaviours and rewards, so that there are ties of all kinds.
func randomSpecs(random *rand.Rand, m int) []spec {
	out := make([]spec, m)
	for i := range out {
		text := random.IntN(5)
		out[i] = spec{
			text: fmt.Sprintf("t%d", text), does: []string{"", "x", "y"}[text%3],
			passes: random.IntN(2) == 0, reward: float64(random.IntN(4)) - 1.5,
		}
	}
	return out
}

func TestAgainstAllSets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const m = 7
	cfg := config(1, 2, 3, 4, 5, 6, 7)
	cfg.Draws = 4000
	for round := range 12 {
		specs := randomSpecs(random, m)
		got := shares(measure(t, cfg, problem(fmt.Sprint(round), specs...)))
		for _, selector := range bestof.Selectors()[3:] {
			for n := 1; n <= m; n++ {
				tolerance := 1e-12
				if selector != bestof.Oracle && selector != bestof.Reward && n > 1 && n < m {
					tolerance = 4 * 0.5 / math.Sqrt(4000) // four deviations of a mean over the draws
				}
				if share, want := got[selector][n], brute(selector, specs, n); !near(share, want, tolerance) {
					t.Errorf("%v: %s at N = %d: %v, over all sets %v", specs, selector, n, share, want)
				}
			}
		}
	}
}

func TestManyPrograms(t *testing.T) {
	specs := make([]spec, 2000)
	for i := range specs {
		specs[i] = spec{text: fmt.Sprint("t", i), does: fmt.Sprint(i % 7), passes: i%10 == 0, reward: float64(i % 100)}
	}
	cfg := config(1, 1000, 2000)
	cfg.Draws = 2
	for selector, byN := range shares(measure(t, cfg, problem("p", specs...))) {
		for n, share := range byN {
			if !(share >= 0 && share <= 1) {
				t.Errorf("%s at N = %d of 2000: %v", selector, n, share)
			}
		}
	}
}

// asJSON is a report as text, to compare.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// someProblems are n problems of eight programs.
func someProblems(n int) []acecoder.Problem {
	random := rand.New(rand.NewPCG(3, 4))
	var out []acecoder.Problem
	for i := range n {
		p := problem(fmt.Sprintf("p%02d", i), randomSpecs(random, 8)...)
		p.Source = []string{"one", "two"}[i%2]
		out = append(out, p)
	}
	return out
}

func TestOrderChangesNothing(t *testing.T) {
	cfg := config()
	want := asJSON(t, measure(t, cfg, someProblems(9)...))
	random := rand.New(rand.NewPCG(5, 6))
	for range 3 {
		problems := someProblems(9)
		random.Shuffle(len(problems), func(i, j int) { problems[i], problems[j] = problems[j], problems[i] })
		for _, p := range problems {
			random.Shuffle(len(p.Programs), func(i, j int) { p.Programs[i], p.Programs[j] = p.Programs[j], p.Programs[i] })
		}
		if got := asJSON(t, measure(t, cfg, problems...)); got != want {
			t.Fatalf("in another order:\n%s\nwant\n%s", got, want)
		}
	}
}

func TestOneOfOneIsTheAverage(t *testing.T) {
	got := shares(measure(t, config(1), someProblems(9)...))
	for _, selector := range bestof.Selectors()[3:] {
		if share := got[selector][1]; !near(share, got[bestof.Average][1], 1e-12) {
			t.Errorf("%s at N = 1: %v, the average is %v", selector, share, got[bestof.Average][1])
		}
	}
}

func TestEveryProgramTwiceChangesNoChoiceAmongAll(t *testing.T) {
	once := shares(measure(t, config(8), someProblems(9)...))
	problems := someProblems(9)
	for i := range problems {
		problems[i].Programs = append(problems[i].Programs, problems[i].Programs...)
	}
	twice := shares(measure(t, config(16), problems...))
	for _, selector := range []bestof.Selector{bestof.Oracle, bestof.Vote, bestof.Alike, bestof.Reward} {
		if a, b := once[selector][8], twice[selector][16]; !near(a, b, 1e-12) {
			t.Errorf("%s: %v among 8, %v among the same 8 twice", selector, a, b)
		}
	}
	if a, b := once[bestof.Average][8], twice[bestof.Average][16]; !near(a, b, 1e-12) {
		t.Errorf("average: %v, and %v with every program twice", a, b)
	}
}

func TestOnlyTheOrderOfRewardsCountsForTheHighest(t *testing.T) {
	base := shares(measure(t, config(1, 2, 4, 8), someProblems(9)...))
	for name, change := range map[string]func(float64) float64{
		"plus a constant": func(x float64) float64 { return x + 17 },
		"cubed":           func(x float64) float64 { return x * x * x },
	} {
		problems := someProblems(9)
		for _, p := range problems {
			for i := range p.Programs {
				var x float64
				if err := json.Unmarshal(p.Programs[i].Extra["reward"], &x); err != nil {
					t.Fatal(err)
				}
				p.Programs[i].Extra["reward"] = fmt.Append(nil, change(x))
			}
		}
		got := shares(measure(t, config(1, 2, 4, 8), problems...))
		for n, want := range base[bestof.Reward] {
			if share := got[bestof.Reward][n]; share != want {
				t.Errorf("rewards %s: %v at N = %d, want %v", name, share, n, want)
			}
		}
	}
}

func TestTinyAndHugeRewards(t *testing.T) {
	got := shares(measure(t, config(2), problem("p", spec{"a", "A", true, -2000}, spec{"b", "B", false, -2001})))
	for _, selector := range []bestof.Selector{bestof.RewardVote, bestof.RewardAlike} {
		if share := got[selector][2]; share != 0.5 { // both weigh nothing
			t.Errorf("%s: %v, want 0.5", selector, share)
		}
	}
	got = shares(measure(t, config(2), problem("p", spec{"a", "A", true, 2000}, spec{"b", "B", false, -2000})))
	if share := got[bestof.RewardVote][2]; share != 1 {
		t.Errorf("reward_vote: %v, want 1", share)
	}
}
