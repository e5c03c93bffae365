package bestof_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/bestof"
	"github.com/acecoder/acecoder/internal/verify"
)

func TestInputs(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf("assert f(%d) == 0", i)
	}
	for _, row := range []struct {
		name  string
		entry string
		tests []string
		want  []string // the tests' own calls
	}{
		{"an equality, either way", "f", []string{"assert f(1, 'a') == 2", "assert 3 == f(2)"}, []string{"f ( 1 , 'a' )", "f ( 2 )"}},
		{"within other calls", "f", []string{"assert sorted(f([3, 1])) == [1, 3]"}, []string{"f ( [ 3 , 1 ] )"}},
		{"what is taken of it at once", "f", []string{"assert f(1)[0].real == 1"}, []string{"f ( 1 ) [ 0 ] . real"}},
		{"an expected value that is a call", "f", []string{"assert f(2) == f(1) + f(1)"}, []string{"f ( 2 )", "f ( 1 )"}},
		{"calls in calls stay together", "f", []string{"assert f(f(1)) == 1"}, []string{"f ( f ( 1 ) )"}},
		{"a script with candidate", "f", []string{"def check(candidate):\n    assert candidate(1) == 2\n    assert candidate('(') == 3\n"}, []string{"f ( 1 )", "f ( '(' )"}},
		{"a name like it", "f", []string{"assert g.f(1) == 1", "assert ff(1) == 1", "def f(x): pass"}, nil},
		{"the name that the tests call most", "", []string{"assert h(f(1)) == 1", "assert f(2) == len([])"}, []string{"f ( 1 )", "f ( 2 )"}},
		{"not closed", "f", []string{"assert f(1, [2) == 3"}, nil},
		{"nothing is called", "", []string{"assert True"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := acecoder.Problem{ID: "p", EntryPoint: row.entry, Tests: row.tests}
			p.Programs = []acecoder.Program{{Program: "def f(x): return x\ndef h(x): return x"}}
			got := bestof.Inputs(&p, bestof.Default())
			if len(got) < len(row.want) || !slices.Equal(got[:len(row.want)], row.want) || (row.want == nil && len(got) > 0) {
				t.Errorf("Inputs(%q) = %q, want them to begin with %q", row.tests, got, row.want)
			}
			for _, call := range got {
				if strings.Contains(call, "==") {
					t.Errorf("%q has what the test expects", call)
				}
			}
		})
	}
	p := acecoder.Problem{ID: "p", EntryPoint: "f", Tests: many}
	got := bestof.Inputs(&p, bestof.Default())
	if len(got) <= 16 || got[15] != "f ( 15 )" || slices.Contains(got[16:], "f ( 16 )") {
		t.Errorf("of 100 calls %q, want the first 16, and changed ones", got)
	}
	if again := bestof.Inputs(&p, bestof.Default()); !slices.Equal(got, again) {
		t.Errorf("another time %q", again)
	}
}

func TestChangedInputs(t *testing.T) {
	p := acecoder.Problem{ID: "p", EntryPoint: "f", Tests: []string{`assert f(3, "ab", [7], {"k": 2.5}, None) == 0`}}
	cfg := bestof.Default()
	changed := map[string]bool{}
	for seed := range uint64(60) {
		cfg.Seed = seed
		for _, call := range bestof.Inputs(&p, cfg)[1:] {
			changed[call] = true
		}
	}
	for _, want := range []string{
		`f ( 4 , "ab" , [ 7 ] , { "k" : 2.5 } , None )`,
		`f ( -3 , "ab" , [ 7 ] , { "k" : 2.5 } , None )`,
		`f ( 3 , "ba" , [ 7 ] , { "k" : 2.5 } , None )`,
		`f ( 3 , "" , [ 7 ] , { "k" : 2.5 } , None )`,
		`f ( 3 , "ab" , [ 7 , 7 ] , { "k" : 2.5 } , None )`,
		`f ( 3 , "ab" , [ 7 ] , { "k" : -2.5 } , None )`,
	} {
		if !changed[want] {
			t.Errorf("%s is not among %d changed calls", want, len(changed))
		}
	}
	for call := range changed {
		if strings.Contains(call, "3 , 3") || strings.Contains(call, `"k" , "k"`) {
			t.Errorf("%s: twice, and not in a list", call)
		}
	}
}

// fake answers for programs that are named after what they do.
func fake(_ context.Context, job verify.Job) ([]acecoder.Outcome, error) {
	verdicts := map[string][]acecoder.Verdict{
		"one":    {{Status: acecoder.Fail, Value: "1"}, {Status: acecoder.Pass, Value: "None"}},
		"uno":    {{Status: acecoder.Fail, Value: "1"}, {Status: acecoder.Pass, Value: "None"}},
		"raises": {{Status: acecoder.Fail, Value: "1"}, {Status: acecoder.Exception, Message: "ValueError: its own words"}},
		"throws": {{Status: acecoder.Fail, Value: "1"}, {Status: acecoder.Exception, Message: "ValueError: others"}},
		"types":  {{Status: acecoder.Fail, Value: "1"}, {Status: acecoder.Exception, Message: "TypeError"}},
		"hangs":  {{Status: acecoder.Fail, Value: "1"}, {Status: acecoder.Timeout}},
		"broken": {{Status: acecoder.Syntax}, {Status: acecoder.Syntax}},
	}
	var out []acecoder.Outcome
	for _, p := range job.Programs {
		out = append(out, acecoder.Outcome{ID: p.ID, Tests: verdicts[p.Program]})
	}
	return out, nil
}

func TestBehaviours(t *testing.T) {
	p := acecoder.Problem{ID: "p", EntryPoint: "f", Tests: []string{"assert f(1) == 1"}}
	for _, text := range []string{"one", "raises", "uno", "throws", "types", "hangs", "broken", "broken"} {
		p.Programs = append(p.Programs, acecoder.Program{ID: text, Program: text})
	}
	got, inputs, err := bestof.Behaviours(t.Context(), fake, &p, bestof.Default())
	if err != nil || inputs < 2 {
		t.Fatalf("%d inputs, error %v", inputs, err)
	}
	groups := map[string][]string{}
	for i, b := range got {
		groups[b] = append(groups[b], p.Programs[i].Program)
	}
	if len(groups) != 5 || len(groups[got[0]]) != 2 || len(groups[got[1]]) != 2 || len(groups[""]) != 2 {
		t.Errorf("groups %v, want one with uno, raises with throws, types, hangs, and both broken without a vote", groups)
	}
}

func TestBehavioursAskForNoExpectedValue(t *testing.T) {
	p := acecoder.Problem{ID: "p", EntryPoint: "f", Prelude: "import math", Setup: "x = 1", Tests: []string{"assert f(1) == 4711"}, Programs: []acecoder.Program{{Program: "one"}}}
	judge := func(ctx context.Context, job verify.Job) ([]acecoder.Outcome, error) {
		if job.Prelude != p.Prelude || job.Setup != p.Setup || job.EntryPoint != "f" || job.ID != "p" {
			t.Errorf("job %+v", job)
		}
		if all := strings.Join(job.Tests, "\n"); strings.Contains(all, "4711") || job.Tests[0] != "assert f ( 1 ) is None" {
			t.Errorf("asked:\n%s", all)
		}
		return fake(ctx, job)
	}
	if _, _, err := bestof.Behaviours(t.Context(), judge, &p, bestof.Default()); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutInputsTextsDecide(t *testing.T) {
	p := acecoder.Problem{ID: "p", Tests: []string{"assert True"}, Programs: []acecoder.Program{{Program: "x=1"}, {Program: "x = 1 # one"}, {Program: "x=2"}, {}}}
	judge := func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return nil, errors.New("asked") }
	got, inputs, err := bestof.Behaviours(t.Context(), judge, &p, bestof.Default())
	if err != nil || inputs != 0 || got[0] != got[1] || got[0] == got[2] || got[3] == "" {
		t.Errorf("behaviours %q of %d inputs, error %v", got, inputs, err)
	}
}

func TestTheJudgesFailureIsAnError(t *testing.T) {
	p := acecoder.Problem{ID: "p", EntryPoint: "f", Tests: []string{"assert f(1) == 1"}, Programs: []acecoder.Program{{Program: "one"}}}
	broken := errors.New("jail is gone")
	judges := map[string]bestof.Judge{
		"bestof p: jail is gone":              func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return nil, broken },
		"bestof p: 0 outcomes for 1 programs": func(context.Context, verify.Job) ([]acecoder.Outcome, error) { return nil, nil },
	}
	for want, judge := range judges {
		if _, _, err := bestof.Behaviours(t.Context(), judge, &p, bestof.Default()); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func FuzzInputs(f *testing.F) {
	f.Add("assert f(1, [2, 'x']) == 3", "f")
	f.Add("def check(candidate):\n assert candidate({1: (2,)}[1]).x == \"a\"", "f")
	f.Add("f(f(f)", "")
	f.Fuzz(func(t *testing.T, test, entry string) {
		p := acecoder.Problem{ID: "p", EntryPoint: entry, Tests: []string{test}, Programs: []acecoder.Program{{Program: test}}}
		cfg := bestof.Default()
		got := bestof.Inputs(&p, cfg)
		if len(got) > cfg.Inputs {
			t.Errorf("%d inputs", len(got))
		}
		for _, call := range got {
			if entry != "" && !strings.HasPrefix(call, entry+" (") {
				t.Errorf("Inputs(%q) has %q, which is no call of %q", test, call, entry)
			}
		}
	})
}
