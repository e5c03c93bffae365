package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// oracles are the expressions themselves, run by a library of regular expressions.
var oracles = func() map[string]*regexp2.Regexp {
	out := map[string]*regexp2.Regexp{}
	for pattern := range splitters {
		out[pattern] = regexp2.MustCompile(pattern, regexp2.None)
	}
	return out
}()

// piecesOf are the pieces that the scanner of a pattern cuts a text into.
func piecesOf(pattern, text string) []string {
	p, _ := newSplitter(pattern)
	var out []string
	for len(text) > 0 {
		n := p.next(text)
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}

// matchesOf are the matches of a pattern in a text.
func matchesOf(t testing.TB, pattern, text string) []string {
	t.Helper()
	var out []string
	m, err := oracles[pattern].FindStringMatch(text)
	for ; m != nil && err == nil; m, err = oracles[pattern].FindNextMatch(m) {
		out = append(out, m.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// alike tells whether Go's tables, which the oracle has, and ours say the same of all code points, and the oracle sees
// no case where the library sees one: the long s.
func alike(text string) bool {
	table := unicodeClasses()
	for _, r := range text {
		c := table.of(r)
		if unicode.IsLetter(r) != (c&letter != 0) || unicode.IsNumber(r) != (c&number != 0) || r == 'ſ' ||
			unicode.IsMark(r) != (c&mark != 0) || unicode.IsSpace(r) != (c&space != 0) {
			return false
		}
	}
	return true
}

func checkSplit(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || !alike(text) {
		return
	}
	for pattern := range splitters {
		if got, want := piecesOf(pattern, text), matchesOf(t, pattern, text); !slices.Equal(got, want) {
			t.Errorf("%s: pieces of %+q are %+q, want %+q", pattern, text, got, want)
		}
	}
}

// points are code points that a pattern tells apart, and their neighbours.
var points = []rune("  \t\n\r\v\u0085\u00a0\u2028\u3000'’sStTrReEvVmMlLdD019٣½Ⅷ一あé.,!_-<$|\u0301\u0300\u0903\u20dd\u200d\u200b\ufeff\ud7ff\ue000\ufffd\uffff😀𝟘𐐀\U000e0100\U0010ffff\u0378")

// TestSplitIsThePattern compares the scanners with their expressions.
func TestSplitIsThePattern(t *testing.T) {
	for _, text := range []string{
		"", "'", "''", "'s's", "'S 'RE're'Ve'lL'L'd'D", "a's", " 's", "x'r", "x'l", "1's", "\n's", "  \n  x", "\n\n\n", " \r\n\t y",
		"a  b", "a  ", "  ", " !", "  !", "!\n\n ", "! \n", "\t\tx", "\u00a0x", "\u3000\u3000x", "12345", "1 2  3", " 1", "a1b2",
		"e\u0301x", "\u0301", " \u0301x", "\u0301\u0301", "!\u0301a", "1\u0301", "\u0301\n",
	} {
		checkSplit(t, text)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var b strings.Builder
		for range random.IntN(12) {
			if random.IntN(10) == 0 {
				b.WriteRune(rune(random.IntN(utf8.MaxRune + 1))) // a surrogate becomes U+FFFD
				continue
			}
			b.WriteRune(points[random.IntN(len(points))])
		}
		checkSplit(t, b.String())
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("def f(x):\n    return 'it''s'\r\n\n")
	f.Add("a\u0301 \u3000 12345 Ⅷ !!\n")
	f.Fuzz(func(t *testing.T, text string) {
		checkSplit(t, text)
		text = valid(text)
		for pattern := range splitters {
			if got := strings.Join(piecesOf(pattern, text), ""); got != text {
				t.Errorf("%s: the pieces of %+q make up %+q", pattern, text, got)
			}
		}
	})
}

// TestClassesKnowGos checks the table against Go's: of the code points that Go's Unicode has, classes do not change.
func TestClassesKnowGos(t *testing.T) {
	table := unicodeClasses()
	for r := rune(0); r <= utf8.MaxRune; r++ {
		c := table.of(r)
		if unicode.IsLetter(r) && c&letter == 0 || unicode.IsNumber(r) && c&number == 0 || unicode.IsMark(r) && c&mark == 0 ||
			unicode.IsSpace(r) != (c&space != 0) {
			t.Errorf("%U has class %b", r, c)
		}
		if c&letter != 0 && c&(number|mark|space) != 0 || c&space != 0 && c&(number|mark) != 0 {
			t.Errorf("%U has class %b: more than one", r, c)
		}
	}
}

func TestReadClassesErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no class":      "vowel 61\n",
		"no number":     "letter xyz\n",
		"too large":     "letter 110000\n",
		"end too large": "letter 41-110000\n",
		"no end":        "letter 41-\n",
		"backwards":     "letter 5a-41\n",
	} {
		if _, err := readClasses(text); err == nil {
			t.Errorf("%s: readClasses(%q) has no error", name, text)
		}
	}
}
