package pycode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

func TestWords(t *testing.T) {
	for _, row := range []struct {
		name, src string
		want      []string
	}{
		{"nothing", " \n# only a comment\n", nil},
		{
			"comments and blanks go", "def f(x):  # twice\n\n    return 2*x\n",
			[]string{"\n", "def", "f", "(", "x", ")", ":", "\n\t", "return", "2", "*", "x"},
		},
		{"a hash in a string stays", "s = '# no comment'", []string{"\n", "s", "=", "'# no comment'"}},
		{"a line in brackets is one line", "f(1,\n   2)", []string{"\n", "f", "(", "1", ",", "2", ")"}},
		{
			"levels, whatever their width", "if a:\n  if b:\n          c\n  d\ne",
			[]string{"\n", "if", "a", ":", "\n\t", "if", "b", ":", "\n\t\t", "c", "\n\t", "d", "\n", "e"},
		},
		{"an operator of two bytes is one word", "a==b", []string{"\n", "a", "==", "b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := pycode.Words(row.src); !slices.Equal(got, row.want) {
				t.Errorf("Words(%q) = %q, want %q", row.src, got, row.want)
			}
		})
	}
}

func TestWordsTellProgramsApart(t *testing.T) {
	same := func(a, b string) bool { return slices.Equal(pycode.Words(a), pycode.Words(b)) }
	if a, b := "if x:\n    y()\nz()", "if x:\n\ty()\n\n# z\nz( )"; !same(a, b) {
		t.Errorf("%q and %q differ in blanks and comments only, and have the words %q and %q", a, b, pycode.Words(a), pycode.Words(b))
	}
	if a, b := "if x:\n    y()\nz()", "if x:\n    y()\n    z()"; same(a, b) {
		t.Errorf("%q and %q have the same words", a, b)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("def f(x):\n    return '#' # x\n")
	f.Add("if a:\n\tb\n  c\n")
	f.Fuzz(func(t *testing.T, src string) {
		size, rest := 0, src
		for _, word := range pycode.Words(src) {
			size += len(word)
			if word[0] == '\n' {
				continue
			}
			at := strings.Index(rest, word)
			if at < 0 {
				t.Fatalf("Words(%q): %q is not in the rest %q", src, word, rest)
			}
			rest = rest[at+len(word):]
		}
		if size > 3*len(src)+1 {
			t.Errorf("Words(%q) are %d bytes of %d", src, size, len(src))
		}
	})
}
