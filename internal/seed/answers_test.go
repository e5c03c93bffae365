package seed_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/seed"
	"github.com/acecoder/acecoder/internal/verify"
)

// judge returns the judge of a verifier, and skips the test on machines that have none.
func judge(t *testing.T) seed.Judge {
	t.Helper()
	v, err := verify.New(t.Context(), verify.Options{Jobs: 1})
	if err != nil {
		t.Skipf("no verifier on this machine: %v", err)
	}
	t.Cleanup(v.Close)
	return v.Judge
}

func answerer(t *testing.T, judge seed.Judge, tasks ...seed.Task) *seed.Answerer {
	t.Helper()
	parser(t) // skips where nothing can be isolated
	a, err := seed.NewAnswerer(t.Context(), tasks, judge, seed.AnswererOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// canonicals are programs of which some are no good company.
var canonicals = []seed.Task{
	{Benchmark: "B", ID: "B/double", Code: "def double(x):\n    return x + x\n", Entry: "double"},
	{Benchmark: "B", ID: "B/exits", Code: "import sys\ndef exits(x):\n    sys.exit()\n", Entry: "exits"},
	{Benchmark: "B", ID: "B/loops", Code: "def loops(x):\n    while True: pass\n", Entry: "loops"},
	{Benchmark: "B", ID: "B/ends", Code: "import string\ndef ends(x):\n    if x == 7: (lambda: 1).__globals__['__builtins__'].__import__('os')._exit(3)\n    return 0\n", Entry: "ends"},
	{Benchmark: "B", ID: "B/sort", Code: "def sort(xs):\n    xs.sort()\n    return xs\n", Tests: []string{"assert sort([2, 1]) == [1, 2]"}},
	{Benchmark: "B", ID: "B/power", Code: "def power(x, y):\n    return 10 ** (10 ** x)\n", Entry: "power"},
	{Benchmark: "B", ID: "B/twice", Code: "def times(x, n=2):\n    return n * x\n", Entry: "times"},
	{Benchmark: "B", ID: "B/other", Code: "import numpy\ndef other(x):\n    return x\n", Entry: "other"},
	{Benchmark: "B", ID: "B/raises", Code: "raise ValueError\n", Entry: "raises"},
	{Benchmark: "B", ID: "B/broken", Code: "def broken(:\n", Entry: "broken"},
	{Benchmark: "B", ID: "B/none", Text: "A question without a program."},
	{Benchmark: "B", ID: "B/half", Code: "def half(x):\n    return x + x if x < 5 else 0\n", Entry: "half"},
}

func TestAnswers(t *testing.T) {
	a := answerer(t, judge(t), canonicals...)
	problem := func(id string, tests ...string) acecoder.Problem { return acecoder.Problem{ID: id, Tests: tests} }
	named := problem("named", "assert sum(1) == 2", "assert sum(2) == 4", "assert sum(3) == 6")
	named.EntryPoint = "sum"
	mathematical := problem("more than comparisons", "assert math.isclose(g(1.5), 3.0)", "assert sorted(g([1])) == [1, 1]", "assert not g(0)", "assert g(9) == 18")
	mathematical.Prelude = "import math"
	tests := []struct {
		problem acecoder.Problem
		want    string
	}{
		{problem("double", "assert g(1) == 2", "assert g(2) == 4", "assert g('a') == 'aa'", "assert g(0) == 0", "assert g(10) == 20"), "B/double B/twice"},
		{problem("later tests decide", "assert g(1) == 2", "assert g(2) == 4", "assert g(3) == 6", "assert g(4) == 8", "assert g(5) == 0"), "B/half"},
		{problem("nothing", "assert g(1) == 3", "assert g(2) == 4"), ""},
		{problem("one that ends the process", "assert g(7) == 14", "assert g(1) == 2"), "B/double B/twice"},
		{problem("arguments are made anew", "assert g([3, 1]) == [1, 3]", "assert g([]) == []"), "B/sort"},
		{problem("one more argument", "assert g(2, 3) == 6", "assert g('a', 2) == 'aa'"), "B/twice"},
		{problem("by its own name", "assert double(1) == 2", "assert double(2) == 4"), "B/double B/half B/twice"},
		{mathematical, "B/double B/twice"},
		{named, "B/double B/half B/twice"},
		{problem("no asserts", "def test():\n    assert g(1) == 2", "nonsense ("), ""},
		{problem("no tests"), ""},
	}
	var problems []acecoder.Problem
	for _, tt := range tests {
		problems = append(problems, tt.problem)
	}
	for len(problems) < 40 { // more than share a process
		problems = append(problems, problem("filler", "assert g(1) == 'filler'"))
	}
	got, err := a.Answers(t.Context(), problems)
	if err != nil || len(got) != len(problems) {
		t.Fatalf("Answers: %d lists, %v", len(got), err)
	}
	for i, tt := range tests {
		var found []string
		for _, e := range got[i] {
			found = append(found, e.Task)
			if e.ID != tt.problem.ID || e.Benchmark != "B" || e.Rule != seed.ByAnswer || !strings.Contains(e.Detail, "passes all") {
				t.Errorf("%s: evidence %+v", tt.problem.ID, e)
			}
		}
		slices.Sort(found)
		if strings.Join(found, " ") != tt.want {
			t.Errorf("%s: answered by %v, want %s", tt.problem.ID, found, tt.want)
		}
	}
}

// TestJudgeDecides: what the search finds is not believed.
func TestJudgeDecides(t *testing.T) {
	var asked []string
	refuses := func(_ context.Context, job verify.Job) ([]acecoder.Outcome, error) {
		for _, p := range job.Programs {
			asked = append(asked, p.ID)
		}
		return make([]acecoder.Outcome, len(job.Programs)), nil
	}
	a := answerer(t, refuses, canonicals...)
	problem := acecoder.Problem{ID: "p", Tests: []string{"assert g(1) == 2", "assert g(2) == 4"}}
	got, err := a.Answers(t.Context(), []acecoder.Problem{problem})
	if err != nil || len(got[0]) != 0 || !slices.Equal(asked, []string{"B/double", "B/twice", "B/half"}) {
		t.Errorf("Answers = %+v, %v after asking about %v", got, err, asked)
	}
	broken := errors.New("the judge is broken")
	a = answerer(t, func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return nil, broken }, canonicals...)
	if _, err := a.Answers(t.Context(), []acecoder.Problem{problem}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "tests of p") {
		t.Errorf("Answers with a broken judge = %v", err)
	}
}

func TestNoCanonicals(t *testing.T) {
	a := answerer(t, nil)
	got, err := a.Answers(t.Context(), []acecoder.Problem{{ID: "p", Tests: []string{"assert f(1)"}}})
	if err != nil || len(got) != 1 || got[0] != nil {
		t.Errorf("Answers without programs = %v, %v", got, err)
	}
}

// TestRealAnswers: problems with a benchmark's tests are answered by that benchmark's programs.
func TestRealAnswers(t *testing.T) {
	tasks := slices.Concat(readBenchmark(t, data(t, "humaneval/HumanEval.jsonl.gz"), nil), readBenchmark(t, data(t, "mbpp/mbpp.jsonl"), nil))
	a := answerer(t, judge(t), tasks...)
	var problems []acecoder.Problem
	for _, task := range tasks {
		if len(task.Tests) > 0 {
			problems = append(problems, acecoder.Problem{ID: task.ID, Tests: task.Tests})
		}
	}
	if os.Getenv(long) == "" {
		problems = problems[:16]
	}
	began := time.Now()
	got, err := a.Answers(t.Context(), problems)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	found := 0
	for i, p := range problems {
		if slices.ContainsFunc(got[i], func(e seed.Evidence) bool { return e.Task == p.ID }) {
			found++
		} else {
			t.Logf("%s is not found by its tests: %q", p.ID, p.Tests)
		}
	}
	t.Logf("%d of %d are found, %v a problem", found, len(problems), took/time.Duration(len(problems)))
	if found*100 < 97*len(problems) {
		t.Errorf("%d of %d problems are found by their own tests", found, len(problems))
	}
}
