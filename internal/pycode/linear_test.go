package pycode

import (
	"strings"
	"testing"
)

// hostile are texts that are meant to make a careless reader go over the same bytes again and again.
var hostile = map[string]func(n int) string{
	"fences only":             func(n int) string { return strings.Repeat("```\n", n) },
	"opening fences only":     func(n int) string { return strings.Repeat("```python\n", n) },
	"ever longer fences":      func(n int) string { return staircase(n, '`') },
	"ever longer tildes":      func(n int) string { return staircase(n, '~') },
	"glued fences":            func(n int) string { return strings.Repeat("```python\nx```\n", n) },
	"glued fences, one open":  func(n int) string { return "~~~\n" + strings.Repeat("```python\nx```\n", n) },
	"indented fences":         func(n int) string { return strings.Repeat("def f():\n  '''\n  ```\n  '''\n", n) },
	"open brackets":           func(n int) string { return strings.Repeat("x = (\n", n) },
	"open brackets in prose":  func(n int) string { return strings.Repeat("so we (see\n", n) },
	"open strings":            func(n int) string { return strings.Repeat("x = '''\ny = \"\"\"\n", n) },
	"open strings in prose":   func(n int) string { return strings.Repeat("the '''\n", n) },
	"headers without a block": func(n int) string { return strings.Repeat("if x:\n", n) },
	"one-line regions":        func(n int) string { return strings.Repeat("f = 1\nthat is so\n", n) },
	"thoughts":                func(n int) string { return strings.Repeat("x\n<think>\n</think>\n", n) },
	"thoughts that only end":  func(n int) string { return strings.Repeat("</think>\n", n) },
	"answers":                 func(n int) string { return strings.Repeat("<answer>\n", n) + "x" },
	"blanks between tags":     func(n int) string { return strings.Repeat("<answer>"+strings.Repeat(" ", 100), n/50) + "x" },
	"one line of backticks":   func(n int) string { return strings.Repeat("`", 4*n) },
	"backslashes":             func(n int) string { return "x = " + strings.Repeat("\\\n", n) },
	"commas":                  func(n int) string { return strings.Repeat("a,", n) },
}

func staircase(n int, char byte) string {
	var b strings.Builder
	for i := 3; b.Len() < 4*n; i++ {
		b.WriteString(strings.Repeat(string(char), i) + "\nf = 1\n")
	}
	return b.String()
}

// TestExtractIsLinear counts the bytes that Extract looks at, which time on a busy machine would not show.
func TestExtractIsLinear(t *testing.T) {
	for name, text := range hostile {
		s := text(20_000)
		x := extractor{entry: "f"}
		x.extract(s)
		if perByte := float64(x.work) / float64(len(s)); perByte > 12 {
			t.Errorf("%s: Extract looked at each byte %.1f times, want at most 12", name, perByte)
		}
	}
}

// TestLexerMovesForward holds the lexer to one token a byte at most, in order and without overlap.
func TestLexerMovesForward(t *testing.T) {
	for name, text := range hostile {
		lx := newLexer(text(2_000))
		end := 0
		for tok := lx.next(); tok.kind != kindEOF; tok = lx.next() {
			if tok.start < end || tok.end <= tok.start || tok.end != lx.pos {
				t.Fatalf("%s: token %+v after byte %d, lexer at %d", name, tok, end, lx.pos)
			}
			end = tok.end
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	program := strings.Repeat("def f(x):\n    '''Adds.'''\n    return x + 1  # so\n\n", 50)
	for name, text := range map[string]string{
		"fenced": "Here is it:\n```python\n" + program + "```\nIt adds.\n",
		"bare":   "Here is it:\n" + program + "It adds to it.\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Extract(text, "f")
			}
		})
	}
	b.Run("imports", func(b *testing.B) {
		b.SetBytes(int64(len(program)))
		for b.Loop() {
			Imports(program)
		}
	})
}
