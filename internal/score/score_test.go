package score_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/score"
	"github.com/acecoder/acecoder/internal/verify"
)

var letters = map[byte]acecoder.Verdict{
	'p': {Status: acecoder.Pass, Trust: acecoder.TrustValue, CPUMS: 1},
	'o': {Status: acecoder.Pass, Trust: acecoder.TrustOracle, CPUMS: 1},
	'i': {Status: acecoder.Pass, Trust: acecoder.TrustInProcess, CPUMS: 1},
	'f': {Status: acecoder.Fail, Trust: acecoder.TrustValue, CPUMS: 1},
	't': {Status: acecoder.Timeout, Trust: acecoder.TrustValue, CPUMS: 100},
}

// spelled judges programs that spell their verdicts, one letter a test: "ppf" passes two tests of three.
func spelled(_ context.Context, job verify.Job) ([]acecoder.Outcome, error) {
	var outcomes []acecoder.Outcome
	for _, program := range job.Programs {
		o := acecoder.Outcome{ID: program.ID, CheatSuspected: strings.Contains(program.Program, "i"), CPUMS: 7}
		for i := range job.Tests {
			o.Tests = append(o.Tests, letters[program.Program[i]])
		}
		o.Summarize()
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

func problem(tests int, programs ...string) acecoder.Problem {
	p := acecoder.Problem{ID: "q1", Tests: make([]string, tests), Extra: map[string]json.RawMessage{"note": []byte(`1`)}}
	for i, program := range programs {
		p.Programs = append(p.Programs, acecoder.Program{ID: fmt.Sprint(i), Program: program, Extra: map[string]json.RawMessage{"seed": []byte(fmt.Sprint(i))}})
	}
	return p
}

func TestScores(t *testing.T) {
	for _, row := range []struct {
		name     string
		program  string
		dropped  int
		accept   bool
		passed   int
		rate     float64
		rateAll  float64
		status   acecoder.Status
		trust    acecoder.Trust
		verdicts string
	}{
		{"all right", "pppp", 0, false, 4, 1, 1, acecoder.Pass, acecoder.TrustValue, "pass pass pass pass"},
		{"all right, one test set aside", "pppp", 1, false, 4, 1, 0.8, acecoder.Pass, acecoder.TrustValue, "pass pass pass pass"},
		{"the first other outcome is the status", "ptfp", 0, false, 2, 0.5, 0.5, acecoder.Timeout, acecoder.TrustValue, "pass timeout fail pass"},
		{"none right", "ffff", 4, false, 0, 0, 0, acecoder.Fail, acecoder.TrustValue, "fail fail fail fail"},
		{"the weakest trust is the program's", "popp", 0, false, 4, 1, 1, acecoder.Pass, acecoder.TrustOracle, "pass pass pass pass"},
		{"in process earns nothing", "ppii", 0, false, 2, 0.5, 0.5, acecoder.Pass, acecoder.TrustInProcess, "pass pass pass pass"},
		{"in process, accepted", "ppii", 0, true, 4, 1, 1, acecoder.Pass, acecoder.TrustInProcess, "pass pass pass pass"},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := problem(4, row.program)
			in.TestsDropped = make([]acecoder.DroppedTest, row.dropped)
			out, drop, err := score.Do(t.Context(), spelled, in, score.Config{AcceptInProcess: row.accept})
			if err != nil || drop != nil {
				t.Fatalf("drop %v, error %v", drop, err)
			}
			got := out.Programs[0]
			if *got.Passed != row.passed || *got.PassRate != row.rate || *got.PassRateAll != row.rateAll {
				t.Errorf("passed %d, rates %v and %v, want %d, %v and %v", *got.Passed, *got.PassRate, *got.PassRateAll, row.passed, row.rate, row.rateAll)
			}
			if got.Status != row.status || got.Trust != row.trust || got.CheatSuspected != strings.Contains(row.program, "i") || got.CPUMS != 7 {
				t.Errorf("program %+v, want status %s, trust %s", got, row.status, row.trust)
			}
			var words []string
			for _, status := range got.Verdicts {
				words = append(words, string(status))
			}
			if verdicts := strings.Join(words, " "); verdicts != row.verdicts {
				t.Errorf("verdicts %q, want %q", verdicts, row.verdicts)
			}
		})
	}
}

func TestEachProgramGetsItsOwnScore(t *testing.T) {
	programs := []string{"pf", "pp", "pf", "ff", "pp", "pf"}
	judged := 0
	judge := func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
		judged += len(job.Programs)
		return spelled(ctx, job)
	}
	in := problem(2, programs...)
	out, _, err := score.Do(t.Context(), judge, in, score.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if judged != 3 {
		t.Errorf("judged %d programs, want the 3 different ones", judged)
	}
	for i, got := range out.Programs {
		if got.ID != fmt.Sprint(i) || got.Program != programs[i] || string(got.Extra["seed"]) != fmt.Sprint(i) {
			t.Errorf("program %d became %+v", i, got)
		}
		if want := strings.Count(programs[i], "p"); *got.Passed != want {
			t.Errorf("program %d (%s) passed %d, want %d", i, programs[i], *got.Passed, want)
		}
	}
	for i := range in.Programs {
		if in.Programs[i].Passed != nil {
			t.Errorf("the problem that went in was changed: %+v", in.Programs[i])
		}
	}
	if string(out.Extra["note"]) != "1" {
		t.Errorf("unknown fields %v were lost", out.Extra)
	}
}

func TestTheJobCarriesWhatTheProblemHas(t *testing.T) {
	in := problem(2, "pp")
	in.Prelude, in.Setup, in.EntryPoint, in.Limits = "import math", "x = 1", "add", &acecoder.Limits{BodyMS: 50, TestMS: 60}
	judge := func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
		if job.ID != in.ID || job.Prelude != in.Prelude || job.Setup != in.Setup || job.EntryPoint != in.EntryPoint ||
			job.Limits != in.Limits || !slices.Equal(job.Tests, in.Tests) {
			t.Errorf("job %+v of problem %+v", job, in)
		}
		return spelled(ctx, job)
	}
	if _, _, err := score.Do(t.Context(), judge, in, score.Config{}); err != nil {
		t.Fatal(err)
	}
}

func TestScoringAgainGivesTheSame(t *testing.T) {
	once, _, err := score.Do(t.Context(), spelled, problem(3, "ppf", "fff"), score.Config{OmitCPU: true})
	if err != nil {
		t.Fatal(err)
	}
	twice, _, err := score.Do(t.Context(), spelled, once, score.Config{OmitCPU: true})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(once)
	b, _ := json.Marshal(twice)
	if string(a) != string(b) || strings.Contains(string(a), "cpu_ms") {
		t.Errorf("scored twice\n%s\nwant\n%s\nwithout cpu_ms", b, a)
	}
}

func TestNothingToScore(t *testing.T) {
	judge := func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
		t.Error("the judge was asked")
		return spelled(ctx, job)
	}
	for _, row := range []struct {
		name string
		p    acecoder.Problem
		want acecoder.DropReason
	}{
		{"no tests", problem(0, "p"), acecoder.DropNoTests},
		{"no programs", problem(2), acecoder.DropNoPrograms},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, drop, err := score.Do(t.Context(), judge, row.p, score.Config{})
			if err != nil || drop == nil || drop.Reason != row.want || drop.ID != "q1" || drop.Stage != score.Stage {
				t.Errorf("drop %+v, error %v, want reason %s", drop, err, row.want)
			}
		})
	}
}

func TestTheJudgesFailureIsAnError(t *testing.T) {
	broken := errors.New("jail is gone")
	for _, row := range []struct {
		name  string
		judge score.Judge
		want  string
	}{
		{"its error", func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return nil, broken }, "score q1: jail is gone"},
		{"a program missing", func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return nil, nil }, "0 outcomes for 1 programs"},
		{"a test missing", func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return make([]acecoder.Outcome, 1), nil }, "0 verdicts for 2 tests"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, drop, err := score.Do(t.Context(), row.judge, problem(2, "pp"), score.Config{})
			if drop != nil || err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("drop %v, error %v, want an error with %q", drop, err, row.want)
			}
		})
	}
}
