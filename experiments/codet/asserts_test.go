package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCandidates(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"the first goes on after the prompt's own assert", "f(1) == 2\nassert f(2) == 3", []string{"assert f(1) == 2", "assert f(2) == 3"}},
		{"one without the entry point is passed over", "g(1) == 2\nassert f(2) == 3", []string{"assert f(2) == 3"}},
		{"a comment ends an assert", "f(1) == 2\n# another\nf(5)\nassert f(2) == 3", []string{"assert f(1) == 2", "assert f(2) == 3"}},
		{"a definition ends one", "f(1) == 2\ndef g():\n    pass", []string{"assert f(1) == 2"}},
		{"several lines stay", "f([1,\n 2]) == 2", []string{"assert f([1,\n 2]) == 2"}},
		{"nothing", "\n\n", nil},
		{"the entry point only after the cut", "1\nprint(f(1))", []string{"assert 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := candidates(tt.text, "f"); !slices.Equal(got, tt.want) {
				t.Errorf("candidates(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	texts := [][]string{
		{"bad", "a", "b", "bad", "c", "d", "e", "f"},
		{"a", "b", "c", "d", "e", "g"},
		{"h"},
	}
	got := strings.Join(choose(texts, func(s string) bool { return s != "bad" }), " ")
	// The second text has used up its five with tests that were there before.
	if want := "a b c d e h"; got != want {
		t.Errorf("choose = %q, want %q", got, want)
	}
}

func TestCut(t *testing.T) {
	for text, want := range map[string]string{
		"    return 1\n\n":                    "    return 1\n\n",
		"    return 1\nprint(f())\n# x":       "    return 1",
		"    if x:\n        return\ndef g():": "    if x:\n        return",
	} {
		if got := cut(text); got != want {
			t.Errorf("cut(%q) = %q, want %q", text, got, want)
		}
	}
}
