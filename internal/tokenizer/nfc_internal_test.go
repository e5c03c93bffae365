package tokenizer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TestUnicodeOfGo holds the version that the inert code points in unicode.txt were found for.
func TestUnicodeOfGo(t *testing.T) {
	if norm.Version != "15.0.0" {
		t.Errorf("Go's normaliser is of Unicode %s; write unicode.txt anew with interop/make_unicode.py", norm.Version)
	}
}

// plainNFC is the library's form NFC written plainly: Go's between inert code points, without its breaks in long runs.
func plainNFC(s string) string {
	table := unicodeClasses()
	var out strings.Builder
	part := func(s string) {
		// Go puts a combining grapheme joiner into runs of marks; those of the text are hidden from the removal.
		const joiner, hidden = "\u034f", "\uf8ff"
		s = strings.ReplaceAll(s, joiner, hidden)
		out.WriteString(strings.ReplaceAll(norm.NFC.String(s), hidden, joiner))
	}
	from := 0
	for i, r := range s {
		if table.of(r)&inert != 0 {
			part(s[from:i])
			out.WriteRune(r)
			from = i + utf8.RuneLen(r)
		}
	}
	part(s[from:])
	return out.String()
}

func TestNormalize(t *testing.T) {
	dots := strings.Repeat("\u0323", 40)
	for _, c := range []struct{ name, in, want string }{
		{"nothing to do", "naïve", "naïve"},
		{"composed", "e\u0301", "é"},
		{"put in order and composed", "a\u0301\u0323", "ạ\u0301"},
		{"a single one", "\u212b", "Å"},
		{"Hangul", "\u1112\u1161\u11ab", "한"},
		{"marks without a letter", "\u0301\u0323", "\u0323\u0301"},
		{"forty marks", "e" + dots + "\u0301", "ẹ" + dots[2:] + "\u0301"},
		{"forty marks before one that composes", "q" + dots + "\u0301", "q" + dots + "\u0301"},
		{"forty marks of a higher class before", "e" + strings.Repeat("\u0301", 40) + "\u0323", "ẹ" + strings.Repeat("\u0301", 40)},
		{"a mark that decomposes, often", "a" + strings.Repeat("\u0344", 40), "ä" + "\u0301" + strings.Repeat("\u0308\u0301", 39)},
		{"Hangul vowels", "\u1100" + strings.Repeat("\u1161", 40), "가" + strings.Repeat("\u1161", 39)},
		{"marks before Hangul", "\u1100" + dots + "\u1161", "\u1100" + dots + "\u1161"},
		{"an inert mark", "a\u0301\U0001e4ee", "á\U0001e4ee"},
		{"an inert mark is not put in order", "a\u0301\u07fd\u0323", "á\u07fd\u0323"},
		{"inert parts do not compose", "\U00011935\U00011930", "\U00011935\U00011930"},
	} {
		if got := unicodeClasses().normalize(c.in); got != c.want {
			t.Errorf("%s: normalize(%+q) = %+q, want %+q", c.name, c.in, got, c.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("e\u0301\u0323 한 \u1112\u1161\u11ab")
	f.Add("a\u07fd\u0301" + strings.Repeat("\u0323\u0301", 20))
	f.Fuzz(func(t *testing.T, s string) {
		s = valid(s)
		got := unicodeClasses().normalize(s)
		if again := unicodeClasses().normalize(got); again != got {
			t.Errorf("normalize(%+q) = %+q, and again %+q", s, got, again)
		}
		if !hasLongRun(s) && got != plainNFC(s) {
			t.Errorf("normalize(%+q) = %+q, want %+q", s, got, plainNFC(s))
		}
		if !strings.ContainsFunc(s, func(r rune) bool { return unicodeClasses().of(r)&inert != 0 }) {
			if slow := string(appendLongRuns(nil, s)); slow != got {
				t.Errorf("appendLongRuns(%+q) = %+q, want %+q", s, slow, got)
			}
		}
	})
}

func TestValid(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"ab", "ab"}, {"a\xff\xfeb", "a\ufffd\ufffdb"}, {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"}, {"\xe3\x81", "\ufffd\ufffd"},
	} {
		if got := valid(c.in); got != c.want {
			t.Errorf("valid(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
