package bestof_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/bestof"
)

func TestGreedyIsNoneOfTheN(t *testing.T) {
	for name, field := range map[string]string{"greedy": "true", "temperature": "0"} {
		p := problem("p", six...)
		p.Programs[0].Extra[name] = []byte(field)
		got := measure(t, config(5), p)
		if by := shares(got); by[bestof.Greedy][5] != 0 || by[bestof.Average][5] != 3.0/5 || got.Fewest != 5 {
			t.Errorf("%s %s: greedy %v, average %v among %d; want 0, 0.6 among 5", name, field, by[bestof.Greedy][5], by[bestof.Average][5], got.Fewest)
		}
	}
}

func TestAnswersWithoutAProgramCount(t *testing.T) {
	p := problem("p", spec{"a", "A", true, -5}, spec{"b", "B", true, -6})
	p.Programs[0].ID, p.Programs[1].ID = "m/0", "m/2"
	p.ProgramsDropped = []acecoder.DroppedProgram{
		{ID: "m/1", Model: "m"}, {ID: "m/3", Model: "m"}, {ID: "oracle/0", Model: "oracle"}, {ID: "m/0", Model: "m"},
	}
	r := measure(t, config(1, 2, 4), p)
	got := shares(r)
	for _, selector := range bestof.Selectors()[3:] {
		if a, b, c := got[selector][1], got[selector][2], got[selector][4]; a != 0.5 || !near(b, 5.0/6, 0.06) || c != 1 {
			t.Errorf("%s: %v, %v, %v at N = 1, 2, 4 of two right programs and two empty answers, want 1/2, 5/6, 1", selector, a, b, c)
		}
	}
}

func TestTextsAreEqualButForCommentsAndBlanks(t *testing.T) {
	p := problem("p",
		spec{"def f(x):\n    return x", "A", true, 0}, spec{"def f(x):  # the same\n\treturn x\n", "B", true, 0}, spec{"def f(x): return 1", "C", false, 0})
	if got := shares(measure(t, config(3), p))[bestof.Vote][3]; got != 1 {
		t.Errorf("vote: %v, want 1: the first two programs are the same", got)
	}
}

func TestModels(t *testing.T) {
	p := problem("p", six...)
	p.Programs[5].Model = "other"
	cfg := config()
	cfg.Models = []string{"other"}
	if got := measure(t, cfg, p); got.Fewest != 1 || shares(got)[bestof.Average][1] != 1 {
		t.Errorf("the one program of another model: %+v", got)
	}
}

func TestWhatCannotBeMeasuredIsLeftOut(t *testing.T) {
	some := problem("p", six...)
	delete(some.Programs[2].Extra, "reward")
	some.Programs[3].Extra["does"] = []byte("null")
	r := measure(t, config(2), some, problem("q", six...))
	left := map[bestof.Selector]int{}
	for _, l := range r.LeftOut {
		left[l.Selector] = l.Problems
	}
	want := map[bestof.Selector]int{bestof.Greedy: 2, bestof.Alike: 1, bestof.Reward: 1, bestof.RewardVote: 1, bestof.RewardAlike: 1}
	for _, s := range bestof.Selectors() {
		if left[s] != want[s] {
			t.Errorf("%s is left out for %d problems, want %d", s, left[s], want[s])
		}
	}
	if r.OverOptimisation != nil {
		t.Errorf("over-optimisation %+v of a reward that is left out", r.OverOptimisation)
	}
}

func TestARewardOfNullIsTheLast(t *testing.T) {
	p := problem("p", spec{"a", "A", true, 0}, spec{"b", "B", false, -1e9})
	p.Programs[0].Extra["reward"] = []byte("null")
	p.ProgramsDropped = []acecoder.DroppedProgram{{ID: "x", Model: "m"}}
	got := shares(measure(t, config(1, 2, 3), p))
	// Of the three pairs of null, -1e9 and nothing, two have the program with -1e9, and one has null at its best.
	if r := got[bestof.Reward]; !near(r[1], 1.0/3, 1e-12) || !near(r[2], 1.0/3, 1e-12) || r[3] != 0 {
		t.Errorf("reward: %v, want 1/3, 1/3, 0", r)
	}
	if r := got[bestof.RewardVote]; r[3] != 0.5 {
		t.Errorf("reward_vote: %v among three, want 1/2: neither weighs anything", r[3])
	}
	p.Programs = p.Programs[:1]
	s, err := bestof.Read(&p, nil, config())
	if err != nil {
		t.Fatal(err)
	}
	if c, drop := s.Choose(&p, bestof.Reward); drop != nil || c.ProgramID != "0" || c.Score != nil {
		t.Errorf("chosen %+v, drop %+v; want program 0 without a score", c, drop)
	}
}

func TestDrops(t *testing.T) {
	unjudged := problem("p", six...)
	unjudged.Programs[4].Verdicts = nil
	nameless := problem("p", six...)
	nameless.Programs[4].Verdicts, nameless.Programs[4].ID = nil, ""
	inProcess := problem("p", six...)
	inProcess.Programs[4].Trust = acecoder.TrustInProcess
	for _, row := range []struct {
		name   string
		p      acecoder.Problem
		n      []int
		reason acecoder.DropReason
		detail string
	}{
		{"no programs", problem("p"), nil, acecoder.DropNoPrograms, "0 programs, 1 asked for"},
		{"too few", problem("p", six...), []int{1, 7}, acecoder.DropNoPrograms, "6 programs, 7 asked for"},
		{"a program without a pass rate", unjudged, nil, acecoder.DropUnscored, "program 4 has no pass rate"},
		{"one without an id either", nameless, nil, acecoder.DropUnscored, "program 4 has no pass rate"},
		{"a program that was judged beside its tests", inProcess, nil, acecoder.DropUnscored, "program 4 has no pass rate"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := bestof.Read(&row.p, nil, config(row.n...))
			if err != nil {
				t.Fatal(err)
			}
			drop := s.Drop(config(row.n...))
			if drop == nil || drop.Reason != row.reason || drop.Detail != row.detail || drop.Stage != bestof.Stage || drop.ID != "p" {
				t.Errorf("drop %+v, want %s: %s", drop, row.reason, row.detail)
			}
		})
	}
}

func TestRowsThatContradictThemselves(t *testing.T) {
	for field, text := range map[string]string{"reward": `"high"`, "does": `7`, "greedy": `"yes"`, "temperature": `[0]`} {
		p := problem("p", six...)
		p.Programs[2].Extra[field] = json.RawMessage(text)
		_, err := bestof.Read(&p, nil, config())
		if want := "bestof p: program 2 (2): " + field + ": " + text + " is no "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s %s: error %v, want %q", field, text, err, want)
		}
	}
	p := problem("p", six...)
	p.Programs[1].Verdicts = p.Programs[1].Verdicts[:1]
	if _, err := bestof.Read(&p, nil, config()); err == nil || !strings.Contains(err.Error(), "program 1 (1): verdicts: 1 words for 2 tests") {
		t.Errorf("error %v for one verdict of two", err)
	}
}

func TestChoose(t *testing.T) {
	greedy := problem("p", append(six, spec{"g", "G", true, 0})...)
	greedy.Programs[6].Extra["greedy"] = []byte("true")
	twins := problem("p", spec{"a", "", false, 1}, spec{"b", "B", true, 1}, spec{"c", "", false, -9}, spec{"d", "B", true, -9})
	for _, row := range []struct {
		name     string
		p        acecoder.Problem
		by       bestof.Selector
		id       string
		score    float64
		passes   bool
		scoreNil bool
	}{
		{"the highest reward", problem("p", six...), bestof.Reward, "5", 3, true, false},
		{"the first of two that are as high", twins, bestof.Reward, "0", 1, false, false},
		{"the most written text", problem("p", six...), bestof.Vote, "0", 3, false, false},
		{"the first where every text is there once", twins, bestof.Vote, "0", 1, false, false},
		{"the most frequent behaviour", problem("p", six...), bestof.Alike, "0", 3, false, false},
		{"no votes for what returns nothing", twins, bestof.Alike, "1", 2, true, false},
		{"the heaviest text", problem("p", six...), bestof.RewardVote, "0", 1.5, false, false},
		{"the highest reward within the heaviest behaviour", problem("p", six...), bestof.RewardAlike, "3", 1.6118556565816, true, false},
		{"the greedy one", greedy, bestof.Greedy, "6", 0, true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := bestof.Read(&row.p, nil, config())
			if err != nil {
				t.Fatal(err)
			}
			c, drop := s.Choose(&row.p, row.by)
			if drop != nil {
				t.Fatalf("dropped: %+v", drop)
			}
			if c.ProgramID != row.id || c.Selector != row.by || *c.Passes != row.passes || (c.Score == nil) != row.scoreNil {
				t.Fatalf("chosen %+v, want program %s", c, row.id)
			}
			if c.Score != nil && !near(*c.Score, row.score, 1e-9) {
				t.Errorf("score %v, want %v", *c.Score, row.score)
			}
		})
	}
}

func TestChoiceNeedsNoVerdicts(t *testing.T) {
	p := problem("p", six...)
	for i := range p.Programs {
		p.Programs[i].Verdicts = nil
	}
	for _, by := range []bestof.Selector{bestof.Random, bestof.Reward, bestof.RewardAlike} {
		s, err := bestof.Read(&p, nil, config())
		if err != nil {
			t.Fatal(err)
		}
		if c, drop := s.Choose(&p, by); drop != nil || c.Passes != nil || c.Program == "" {
			t.Errorf("%s: chosen %+v, drop %+v", by, c, drop)
		}
	}
}

func TestNothingToChoose(t *testing.T) {
	bare := problem("p", six...)
	for i := range bare.Programs {
		bare.Programs[i].Extra = nil
	}
	for _, row := range []struct {
		p    acecoder.Problem
		by   bestof.Selector
		want string
	}{
		{bare, bestof.Reward, "reward: not every program has a reward"},
		{bare, bestof.Alike, "alike: what the programs do is not known"},
		{bare, bestof.Greedy, "greedy: no program is marked as greedy"},
		{problem("p"), bestof.Random, "random: no programs"},
	} {
		s, err := bestof.Read(&row.p, nil, config())
		if err != nil {
			t.Fatal(err)
		}
		if _, drop := s.Choose(&row.p, row.by); drop == nil || drop.Detail != row.want {
			t.Errorf("drop %+v, want %s", drop, row.want)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for want, spoil := range map[string]func(*bestof.Config){
		"bestof: n: 0":          func(c *bestof.Config) { c.N = []int{0, 1} },
		"bestof: n: 2":          func(c *bestof.Config) { c.N = []int{2, 2} },
		"bestof: reward_field":  func(c *bestof.Config) { c.Reward = "" },
		"bestof: draws: 0":      func(c *bestof.Config) { c.Draws = 0 },
		"bestof: resamples: 99": func(c *bestof.Config) { c.Resamples = 99 },
		"bestof: inputs: 0":     func(c *bestof.Config) { c.Behaviour, c.Inputs = bestof.Run, 0 },
	} {
		cfg := bestof.Default()
		spoil(&cfg)
		if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := bestof.Default().Validate(); err != nil {
		t.Error(err)
	}
}
