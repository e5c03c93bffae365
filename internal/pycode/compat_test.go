package pycode_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

func TestPublishedCut(t *testing.T) {
	for _, c := range []struct{ name, program, want string }{
		{"nothing to cut", code, code},
		{"fence", code + "```\nText", code},
		{"language word", "python\n" + code + "```", "\n" + code},
		{"nested language words", "markdown\n```python\n" + code, "\n" + code},
		{"unittest", code + "import unittest\n", code},
		{"from unittest", code + "from unittest import mock\n", code},
		{"main guard", code + "if __name__ == '__main__':\n", code},
		{"assert in the middle of a program", "def f(x):\n    assert x\n    return x\n", "def f(x):\n    "},
		{"first of several", "a\nassert b\n```", "a\n"},
		{"a mark at the start does not count", "assert f\nx = 1\nassert g", "assert f\nx = 1\nassert g"},
	} {
		if got := pycode.PublishedCut(c.program); got != c.want {
			t.Errorf("%s: PublishedCut(%q) = %q, want %q", c.name, c.program, got, c.want)
		}
	}
}

func TestExtractAceCoder(t *testing.T) {
	// A toy of a parser: a run parses when it has no line with a "!".
	parses := func(s string) bool { return !strings.Contains(s, "!") }
	long := strings.Repeat("a\n", 500)
	for _, c := range []struct{ name, answer, entry, want string }{
		{"longest run", "a\n!\nb\nc\n!", "", "b\nc"},
		{"first of equals", "a\nb\n!\nc\nd", "", "a\nb"},
		{"blank lines do not count", "a\n\n\nb\n!\nc\nd\ne", "", "c\nd\ne"},
		{"blank lines at the end are left", "a\nb\n\n \n!", "", "a\nb"},
		{"a run has two lines", "!\na\n!", "", "!"},
		{"entry point missing from the run", "f\n!\na\nb", "f", "f\n!\na\nb"},
		{"NUL is dropped", "a\x00\nb\n!", "", "a\nb"},
		{"more than 500 lines", long + "!", "", long + "!"},
		{"nothing", "", "", ""},
	} {
		if got := pycode.ExtractAceCoder(c.answer, c.entry, parses); got != c.want {
			t.Errorf("%s: ExtractAceCoder(%.40q) = %.40q, want %.40q", c.name, c.answer, got, c.want)
		}
	}
}

// TestExtractAceCoderAgainstReference compares with the rule as the reference states it, every run in its order.
func TestExtractAceCoderAgainstReference(t *testing.T) {
	reference := func(text string, parses func(string) bool) string {
		lines := strings.Split(text, "\n")
		best, bestI, bestJ := 0, 0, 0
		for i := range lines {
			for j := i + 1; j < len(lines); j++ {
				count := 0
				for _, l := range lines[i : j+1] {
					if strings.TrimSpace(l) != "" {
						count++
					}
				}
				if count > best && parses(strings.Join(lines[i:j+1], "\n")) {
					best, bestI, bestJ = count, i, j
				}
			}
		}
		return strings.Join(lines[bestI:bestJ+1], "\n")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"", " ", "a", "b", "(", ")", "c"}
	for range 3000 {
		var lines []string
		for range rng.IntN(14) {
			lines = append(lines, pieces[rng.IntN(len(pieces))])
		}
		// Balanced brackets, and a bar on blank ends, so that equal counts may parse and not parse.
		bar := rng.IntN(2) == 0
		parses := func(s string) bool {
			return strings.Count(s, "(") == strings.Count(s, ")") && (!bar || !strings.HasSuffix(s, "a\n"))
		}
		text := strings.Join(lines, "\n")
		if got, want := pycode.ExtractAceCoder(text, "", parses), reference(text, parses); got != want {
			t.Fatalf("ExtractAceCoder(%q) = %q, want %q", text, got, want)
		}
	}
}
