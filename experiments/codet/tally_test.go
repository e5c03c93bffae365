package main

import (
	"fmt"
	"testing"

	"github.com/acecoder/acecoder"
)

// TestTally counts by hand: two wrong programs and two right ones over five kept tests, one of them wrong.
func TestTally(t *testing.T) {
	p := &problem{truth: map[string]truth{"r": {true, true}, "R": {true, true}}, wrong: map[string]bool{"t5": true, "gone": true}}
	tests := []string{"t1", "t2", "t3", "t4", "t5"}
	program := func(id, text string, passes ...bool) acecoder.Program {
		x := acecoder.Program{ID: id, Program: text, Passed: new(int)}
		for _, ok := range passes {
			status := acecoder.Fail
			if ok {
				status = acecoder.Pass
				*x.Passed++
			}
			x.Verdicts = append(x.Verdicts, status)
		}
		return x
	}
	r := &result{
		p:      p,
		before: acecoder.Problem{Tests: append([]string{"gone", "lost"}, tests...)},
		after: acecoder.Problem{Tests: tests, Programs: []acecoder.Program{
			program("1", "r", true, true, true, true, false),
			program("2", "R", true, true, true, true, true),
			program("3", "w", true, true, true, true, true),
			program("4", "W", false, true, true, false, true),
		}},
		pairs: []acecoder.Pair{{ChosenID: "2", RejectedID: "4"}, {ChosenID: "3", RejectedID: "4"}, {ChosenID: "3", RejectedID: "1"}},
	}
	tl := newTally("one")
	tl.add(r)
	for _, c := range []struct{ name, got, want string }{
		{"all", fmt.Sprint(tl.all), "{1 2 1 2 1}"},
		{"mostly: 4 of 5 is not above 0.8", fmt.Sprint(tl.mostly), "{1 2 1 2 1}"},
		{"bucket of five to nine", fmt.Sprint(tl.bucket[1]), "{1 2 1 2 1}"},
		{"first test alone", fmt.Sprint(tl.first[0]), "{1 2 1 2 0}"},
		{"tests before, wrong, kept, wrong", fmt.Sprint(tl.tests, tl.wrongTests, tl.kept, tl.wrongKept), "7 2 5 1"},
		{"pairs, sound, upside down", fmt.Sprint(tl.pairs, tl.pairsOK, tl.pairsBad), "3 1 1"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %s, want %s", c.name, c.got, c.want)
		}
	}
}
