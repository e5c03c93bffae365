package filter_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/verify"
)

var letters = map[byte]acecoder.Verdict{
	'p': {Status: acecoder.Pass, Trust: acecoder.TrustValue, CPUMS: 1},
	'i': {Status: acecoder.Pass, Trust: acecoder.TrustInProcess, CPUMS: 1},
	'f': {Status: acecoder.Fail, Trust: acecoder.TrustValue, CPUMS: 1},
	'e': {Status: acecoder.Exception, Trust: acecoder.TrustValue, CPUMS: 1, Message: "NameError: add"},
	't': {Status: acecoder.Timeout, Trust: acecoder.TrustValue, CPUMS: 800},
	's': {Status: acecoder.Syntax, Trust: acecoder.TrustValue, Message: "line 1"},
	'm': {Status: acecoder.MissingDependency, Trust: acecoder.TrustValue, Message: "torch"},
}

// spelled judges oracles that spell their verdicts, one letter a test; test "3" is spelled by the letter 3.
func spelled(_ context.Context, job verify.Job) ([]acecoder.Outcome, error) {
	var outcomes []acecoder.Outcome
	for _, program := range job.Programs {
		o := acecoder.Outcome{ID: program.ID, CPUMS: 2}
		for _, test := range job.Tests {
			v := letters[program.Program[test[0]-'0']]
			o.Tests = append(o.Tests, v)
			o.CPUMS += v.CPUMS
		}
		o.Summarize()
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// problem returns a problem with the tests "0", "1" … that the oracles spell.
func problem(tests int, oracles ...string) acecoder.Problem {
	p := acecoder.Problem{ID: "q1"}
	for i := range tests {
		p.Tests = append(p.Tests, fmt.Sprint(i))
	}
	for i, oracle := range oracles {
		p.Oracles = append(p.Oracles, acecoder.Program{ID: fmt.Sprint(i), Program: oracle})
	}
	return p
}

// aside writes tests set aside as "test:status".
func aside(p acecoder.Problem) string {
	var out []string
	for _, d := range p.TestsDropped {
		out = append(out, d.Test+":"+string(d.Status))
	}
	return strings.Join(out, " ")
}

func TestFilter(t *testing.T) {
	cfg := func(min, vote int, accept bool) filter.Config {
		return filter.Config{MinTests: min, Vote: vote, AcceptInProcess: accept}
	}
	for _, row := range []struct {
		name    string
		problem acecoder.Problem
		cfg     filter.Config
		kept    string
		aside   string
		drop    acecoder.DropReason
	}{
		{"all pass", problem(5, "ppppp"), filter.Paper(), "0 1 2 3 4", "", ""},
		{"others are set aside with what they did", problem(9, "pfptpepsp"), filter.Paper(), "0 2 4 6 8", "1:fail 3:timeout 5:exception 7:syntax", ""},
		{"five stay, five asked for", problem(6, "pppppf"), filter.Paper(), "0 1 2 3 4", "5:fail", ""},
		{"four stay, five asked for", problem(6, "ppppff"), filter.Paper(), "", "", acecoder.DropFewTests},
		{"four stay, as published", problem(6, "ppppff"), filter.Published(), "0 1 2 3", "4:fail 5:fail", ""},
		{"three stay, as published", problem(6, "pppfff"), filter.Published(), "", "", acecoder.DropFewTests},
		{"too few to begin with", problem(4, "pppp"), filter.Paper(), "", "", acecoder.DropFewTests},
		{"no tests", problem(0, ""), filter.Paper(), "", "", acecoder.DropFewTests},
		{"no oracle", problem(5), filter.Paper(), "", "", acecoder.DropNoOracle},
		{"one of two is enough", problem(4, "ppff", "fppf"), cfg(1, 1, false), "0 1 2", "3:fail", ""},
		{"two of two are asked for", problem(4, "pptf", "fppf"), cfg(1, 2, false), "1", "0:fail 2:timeout 3:fail", ""},
		{"two of three", problem(3, "ppf", "pft", "fff"), cfg(1, 2, false), "0", "1:fail 2:fail", ""},
		{"three of two cannot be", problem(5, "ppppp", "ppppp"), cfg(1, 3, false), "", "", acecoder.DropNoOracle},
		{"in process alone is not enough", problem(6, "pppppi"), filter.Paper(), "0 1 2 3 4", "5:pass", ""},
		{"in process, accepted", problem(6, "pppppi"), cfg(5, 1, true), "0 1 2 3 4 5", "", ""},
		{"in process for all", problem(5, "iiiii"), filter.Paper(), "", "", acecoder.DropFewTests},
		{"oracle that does not compile", problem(5, "sssss"), filter.Paper(), "", "", acecoder.DropOracleFails},
		{"oracle that lacks a module", problem(5, "mmmmm"), filter.Paper(), "", "", acecoder.DropOracleFails},
		{"oracle without the function", problem(5, "eeeee"), filter.Paper(), "", "", acecoder.DropOracleFails},
		{"oracle that hangs", problem(5, "ttttt"), filter.Paper(), "", "", acecoder.DropOracleFails},
		{"oracle that is always wrong", problem(5, "fffff"), filter.Paper(), "", "", acecoder.DropFewTests},
		{"one oracle does not compile, the other does", problem(5, "sssss", "ppppp"), filter.Paper(), "0 1 2 3 4", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, drop, err := filter.Do(t.Context(), spelled, row.problem, row.cfg)
			if err != nil {
				t.Fatal(err)
			}
			if drop != nil {
				if drop.Reason != row.drop || drop.ID != "q1" || drop.Stage != filter.Stage || drop.Detail == "" {
					t.Errorf("drop %+v, want reason %q and a detail", drop, row.drop)
				}
				return
			}
			if row.drop != "" {
				t.Fatalf("kept %v, want a drop: %s", out.Tests, row.drop)
			}
			if got := strings.Join(out.Tests, " "); got != row.kept {
				t.Errorf("kept %q, want %q", got, row.kept)
			}
			if got := aside(out); got != row.aside {
				t.Errorf("set aside %q, want %q", got, row.aside)
			}
		})
	}
}

func TestDetails(t *testing.T) {
	for _, row := range []struct {
		name    string
		problem acecoder.Problem
		want    string
	}{
		{"no oracle", problem(5), "0 oracle programs, the vote asks for 1"},
		{"few to begin with", problem(2, "pp"), "2 tests to begin with, 5 asked for"},
		{"few left", problem(6, "ppffff"), "2 of 6 tests stay, 5 asked for"},
		{"few left, but in process", problem(6, "ppffii"), "2 of 6 tests stay, 5 asked for; 2 more pass in process only"},
		{"oracle fails", problem(5, "eeeee"), "exception: NameError: add"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, drop, err := filter.Do(t.Context(), spelled, row.problem, filter.Paper())
			if err != nil || drop == nil || drop.Detail != row.want {
				t.Errorf("drop %+v, error %v, want detail %q", drop, err, row.want)
			}
		})
	}
}

func TestWhatTheProblemHasIsCarriedOnward(t *testing.T) {
	rate, passed := 1.0, 6
	in := problem(6, "pppppf")
	in.TestsDropped = []acecoder.DroppedTest{{Test: "old", Status: acecoder.Crash}}
	in.Programs = []acecoder.Program{{ID: "a", Model: "7b", Program: "x", PassRate: &rate, Passed: &passed, Status: acecoder.Pass}}
	out, _, err := filter.Do(t.Context(), spelled, in, filter.Paper())
	if err != nil {
		t.Fatal(err)
	}
	if got := aside(out); got != "old:crash 5:fail" {
		t.Errorf("set aside %q, want what was there first, then the new one", got)
	}
	if got := out.Programs[0]; got.PassRate != nil || got.Passed != nil || got.Status != "" || got.ID != "a" || got.Model != "7b" || got.Program != "x" {
		t.Errorf("program %+v, want it without the score over other tests", got)
	}
	if len(out.Oracles) != 1 || len(in.Tests) != 6 || aside(in) != "old:crash" || in.Programs[0].Passed == nil {
		t.Errorf("the problem that went in was changed to %+v", in)
	}

	in = problem(5, "ppppp")
	in.Programs = []acecoder.Program{{ID: "a", Passed: &passed}}
	if out, _, _ = filter.Do(t.Context(), spelled, in, filter.Paper()); out.Programs[0].Passed == nil {
		t.Error("a score over the same tests was lost")
	}
}

func TestFilteringAgainChangesNothing(t *testing.T) {
	once, _, err := filter.Do(t.Context(), spelled, problem(8, "pfpppptp"), filter.Paper())
	if err != nil {
		t.Fatal(err)
	}
	twice, _, err := filter.Do(t.Context(), spelled, once, filter.Paper())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(twice.Tests, once.Tests) || aside(twice) != aside(once) {
		t.Errorf("filtered twice: %v, %s, want %v, %s", twice.Tests, aside(twice), once.Tests, aside(once))
	}
}

// Oracles spell what they do the first time, and after a slash what they do again.
func TestFlaky(t *testing.T) {
	turn := func(n int) filter.Judge {
		return func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
			job.Programs = slices.Clone(job.Programs)
			for i, p := range job.Programs {
				job.Programs[i].Program = strings.Split(p.Program, "/")[n]
			}
			return spelled(ctx, job)
		}
	}
	for _, row := range []struct {
		name    string
		oracles []string
		vote    int
		kept    string
		aside   string
		drop    acecoder.DropReason
	}{
		{"nothing changes", []string{"pppfp/pppfp/pppfp"}, 1, "0 1 2 4", "3:fail", ""},
		{"a pass that fails again", []string{"ppppp/pfppp/ppppp"}, 1, "0 2 3 4", "1:fail", ""},
		{"found by the third judge", []string{"ppppp/ppppp/pppte"}, 1, "0 1 2", "3:timeout 4:exception", ""},
		{"found twice, told once", []string{"ppppp/pfppp/pfppp"}, 1, "0 2 3 4", "1:fail", ""},
		{"a failure that passes again stays a failure", []string{"ppppf/ppppp/ppppp"}, 1, "0 1 2 3", "4:fail", ""},
		{"of two oracles one is unsteady", []string{"ppppp/ppppp/ppppp", "ppppp/ppppf/ppppp"}, 1, "0 1 2 3", "4:fail", ""},
		{"an oracle that fails steadily is not unsteady", []string{"ppppp/ppppp/ppppp", "fffff/fffff/fffff"}, 1, "0 1 2 3 4", "", ""},
		{"too few are steady", []string{"ppppp/fffpp/ppppp"}, 1, "", "", acecoder.DropFewTests},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := filter.Config{MinTests: 3, Vote: row.vote}
			out, drop, err := filter.Do(t.Context(), turn(0), problem(5, row.oracles...), cfg, turn(1), turn(2))
			if err != nil {
				t.Fatal(err)
			}
			if drop != nil || row.drop != "" {
				if drop == nil || drop.Reason != row.drop || drop.Detail != "2 of 5 tests stay, 3 asked for; 3 more are flaky" {
					t.Errorf("drop %+v, want reason %q and what is flaky", drop, row.drop)
				}
				return
			}
			if got := strings.Join(out.Tests, " "); got != row.kept || aside(out) != row.aside {
				t.Errorf("kept %q, set aside %q, want %q and %q", got, aside(out), row.kept, row.aside)
			}
			for _, d := range out.TestsDropped {
				if flaky := !strings.Contains(row.name, "failure") && row.name != "nothing changes"; (d.Fault == acecoder.TestFlaky) != flaky {
					t.Errorf("test %s has fault %q", d.Test, d.Fault)
				}
			}
		})
	}
}

func TestShown(t *testing.T) {
	for _, row := range []struct {
		name   string
		before []string
		shown  int
		want   string
	}{
		{"none", nil, 0, ""},
		{"the first two that stay", nil, 2, "0 2"},
		{"more than stay", nil, 9, "0 2 3 4"},
		{"marked before, one of them set aside", []string{"1", "2"}, 0, "2"},
		{"marked anew", []string{"4"}, 1, "0"},
	} {
		in := problem(5, "pfppp")
		in.TestsShown = row.before
		out, drop, err := filter.Do(t.Context(), spelled, in, filter.Config{MinTests: 1, Vote: 1, Shown: row.shown})
		if err != nil || drop != nil {
			t.Fatalf("%s: drop %v, error %v", row.name, drop, err)
		}
		if got := strings.Join(out.TestsShown, " "); got != row.want {
			t.Errorf("%s: shown %q, want %q", row.name, got, row.want)
		}
	}
}

func TestRepeatedTests(t *testing.T) {
	in := problem(6, "pppppf")
	in.Tests = append(in.Tests, "0", "5", "0")
	out, _, err := filter.Do(t.Context(), spelled, in, filter.Paper())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(out.Tests, " ") + " | " + aside(out); got != "0 1 2 3 4 0 0 | 5:fail 5:fail" {
		t.Errorf("tests %q, want repeated ones to stay", got)
	}
	cfg := filter.Paper()
	cfg.Dedupe = true
	out, _, err = filter.Do(t.Context(), spelled, in, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(out.Tests, " ") + " | " + aside(out); got != "0 1 2 3 4 | 5:fail" {
		t.Errorf("tests %q, want each once", got)
	}
}

func TestMoreVotesKeepFewerTests(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var oracles []string
		for range 1 + rng.IntN(5) {
			spelling := make([]byte, 8)
			for i := range spelling {
				spelling[i] = "ppppiftes"[rng.IntN(9)]
			}
			oracles = append(oracles, string(spelling))
		}
		in := problem(8, oracles...)
		before := in.Tests
		for vote := 1; vote <= len(oracles); vote++ {
			out, drop, err := filter.Do(t.Context(), spelled, in, filter.Config{MinTests: 1, Vote: vote})
			if err != nil {
				t.Fatal(err)
			}
			if drop != nil {
				break
			}
			if all := len(out.Tests) + len(out.TestsDropped); all != len(in.Tests) {
				t.Fatalf("oracles %q, vote %d: %d tests came out, %d went in", oracles, vote, all, len(in.Tests))
			}
			for _, test := range out.Tests {
				if !slices.Contains(before, test) {
					t.Fatalf("oracles %q: vote %d keeps %s, a lower vote does not", oracles, vote, test)
				}
			}
			before = out.Tests
		}
	}
}

func TestCalibration(t *testing.T) {
	type times struct {
		body  float64
		tests []float64
	}
	for _, row := range []struct {
		name    string
		oracles []string
		cpu     []times
		vote    int
		want    acecoder.Limits
	}{
		{"quick ones get the floor", []string{"pp"}, []times{{0.5, []float64{0.1, 2.5}}}, 1, acecoder.Limits{BodyMS: 50, TestMS: 50}},
		{"20 times the slowest test and the body", []string{"pp"}, []times{{10, []float64{0.1, 30}}}, 1, acecoder.Limits{BodyMS: 200, TestMS: 600}},
		{"rounded up", []string{"pp"}, []times{{3.001, []float64{2.53, 0}}}, 1, acecoder.Limits{BodyMS: 61, TestMS: 51}},
		{"a test that it does not pass does not count", []string{"pt"}, []times{{1, []float64{3, 800}}}, 1, acecoder.Limits{BodyMS: 50, TestMS: 60}},
		{"the slowest of the oracles that pass", []string{"pp", "pp"}, []times{{5, []float64{3, 4}}, {4, []float64{3, 6}}}, 1, acecoder.Limits{BodyMS: 100, TestMS: 120}},
		{"an oracle that passes nothing does not count", []string{"pp", "tt"}, []times{{5, []float64{3, 4}}, {400, []float64{800, 800}}}, 1, acecoder.Limits{BodyMS: 100, TestMS: 80}},
		{"a test that is set aside does not count", []string{"pp", "pf"}, []times{{5, []float64{3, 400}}, {5, []float64{3, 4}}}, 2, acecoder.Limits{BodyMS: 100, TestMS: 60}},
		{"tests longer than the whole leave no body", []string{"pp"}, []times{{-8, []float64{3, 6}}}, 1, acecoder.Limits{BodyMS: 50, TestMS: 120}},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := problem(2, row.oracles...)
			in.Limits = &acecoder.Limits{BodyMS: 1, TestMS: 1}
			judge := func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
				if job.Limits != nil {
					t.Errorf("judged with limits %+v, want none while calibrating", job.Limits)
				}
				outcomes, err := spelled(ctx, job)
				for i, cpu := range row.cpu {
					outcomes[i].CPUMS = cpu.body
					for k, ms := range cpu.tests {
						outcomes[i].Tests[k].CPUMS = ms
						outcomes[i].CPUMS += ms
					}
				}
				return outcomes, err
			}
			out, drop, err := filter.Do(t.Context(), judge, in, filter.Config{MinTests: 1, Vote: row.vote, Calibrate: true})
			if err != nil || drop != nil {
				t.Fatalf("drop %v, error %v", drop, err)
			}
			if *out.Limits != row.want {
				t.Errorf("limits %+v, want %+v", *out.Limits, row.want)
			}
			if in.Limits.BodyMS != 1 {
				t.Errorf("the limits that went in were changed to %+v", in.Limits)
			}
		})
	}
}

func TestTheJobCarriesWhatTheProblemHas(t *testing.T) {
	in := problem(5, "ppppp")
	in.Prelude, in.Setup, in.EntryPoint, in.Limits = "import math", "x = 1", "add", &acecoder.Limits{BodyMS: 50, TestMS: 60}
	judge := func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
		if job.ID != in.ID || job.Prelude != in.Prelude || job.Setup != in.Setup || job.EntryPoint != in.EntryPoint || job.Limits != in.Limits {
			t.Errorf("job %+v of problem %+v", job, in)
		}
		return spelled(ctx, job)
	}
	out, _, err := filter.Do(t.Context(), judge, in, filter.Paper())
	if err != nil {
		t.Fatal(err)
	}
	if out.Limits != in.Limits {
		t.Errorf("limits %+v, want those that were there", out.Limits)
	}
}

func TestErrors(t *testing.T) {
	answer := func(outcomes []acecoder.Outcome, err error) filter.Judge {
		return func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return outcomes, err }
	}
	for _, row := range []struct {
		name  string
		judge filter.Judge
		cfg   filter.Config
		want  string
	}{
		{"the judge fails", answer(nil, errors.New("jail is gone")), filter.Paper(), "filter q1: jail is gone"},
		{"an oracle is missing", answer(nil, nil), filter.Paper(), "0 outcomes for 1 oracles"},
		{"a test is missing", answer(make([]acecoder.Outcome, 1), nil), filter.Paper(), "0 verdicts for 5 tests"},
		{"no vote", spelled, filter.Config{MinTests: 5}, "vote: 0"},
		{"no tests asked for", spelled, filter.Config{Vote: 1}, "min_tests: 0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, drop, err := filter.Do(t.Context(), row.judge, problem(5, "ppppp"), row.cfg)
			if drop != nil || err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("drop %v, error %v, want an error with %q", drop, err, row.want)
			}
		})
	}
}
