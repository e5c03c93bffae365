package generate

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acecoder/acecoder/internal/generate/generatetest"
)

// pieces is a text that comes cut into pieces, of which a token is the number.
type pieces struct {
	all []string
	at  int
	end string
}

func (p *pieces) Next(int32) string { p.at++; return p.all[p.at-1] }
func (p *pieces) End() string       { return p.end }

// grow feeds pieces to a text with stop strings. It returns the text, what was given out after each piece, and whether a
// stop string ended it.
func grow(all, stops []string) (text string, given []string, cut bool) {
	s := newSaid(&pieces{all: all}, stops)
	for range all {
		cut = s.add(0)
		given = append(given, s.news())
		if cut {
			break
		}
	}
	s.end()
	return s.text.String(), append(given, s.news()), cut
}

func TestStopStrings(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pieces []string
		stops  []string
		text   string
		given  string // what was given out after each piece and at the end, with bars between
		cut    bool
	}{
		{"none", []string{"a", "b"}, nil, "ab", "a|b|", false},
		{"one that does not come", []string{"a", "b"}, []string{"x"}, "ab", "a|b|", false},
		{"in one piece", []string{"a", "bxc"}, []string{"x"}, "ab", "a|b|", true},
		{"over three pieces", []string{"a<", "st", "op>b"}, []string{"<stop>"}, "a", "a|||", true},
		{"the beginning of one waits", []string{"a<", "s", "b"}, []string{"<stop>"}, "a<sb", "a||<sb|", false},
		{"the beginning of one at the end", []string{"a<", "st"}, []string{"<stop>"}, "a<st", "a||<st", false},
		{"one that begins within itself", []string{"a", "a", "a", "b"}, []string{"aab"}, "a", "||a||", true},
		{"the one that ends first", []string{"abc"}, []string{"abc", "b"}, "a", "a|", true},
		{"of those that end together the longest", []string{"xabc"}, []string{"bc", "abc"}, "x", "x|", true},
		{"at the very beginning", []string{"x"}, []string{"x"}, "", "|", true},
		{"pieces without text", []string{"", "a", "", "x"}, []string{"x"}, "a", "|a|||", true},
		{"characters of several bytes", []string{"é", "ü"}, []string{"ü"}, "é", "é||", true},
	} {
		text, given, cut := grow(tt.pieces, tt.stops)
		if text != tt.text || strings.Join(given, "|") != tt.given || cut != tt.cut {
			t.Errorf("%s: %q with the stops %q = %q, given %q, cut %v; want %q, %q, %v", tt.name, tt.pieces, tt.stops, text,
				strings.Join(given, "|"), cut, tt.text, tt.given, tt.cut)
		}
	}
}

// TestEndOfText: what the decoder still has belongs to the text, but not after a stop string.
func TestEndOfText(t *testing.T) {
	for _, tt := range []struct{ piece, want string }{{"a", "a\uFFFD"}, {"a<", "a<\uFFFD"}, {"a<>", "a"}, {"a<>b", "a"}} {
		s := newSaid(&pieces{all: []string{tt.piece}, end: "\uFFFD"}, []string{"<>"})
		s.add(0)
		s.end()
		if got := s.text.String(); got != tt.want {
			t.Errorf("%q and half a character = %q, want %q", tt.piece, got, tt.want)
		}
	}
}

// FuzzStopStrings holds that it does not matter how a text is cut into pieces, and that what is given out is the text.
func FuzzStopStrings(f *testing.F) {
	f.Add("a<stop>b", "<stop>", "st", uint64(5))
	f.Add("aaab", "aab", "ab", uint64(0))
	f.Add("日本語", "本", "é", uint64(3))
	f.Fuzz(func(t *testing.T, text, stop, other string, cuts uint64) {
		if stop == "" || other == "" || !utf8.ValidString(text) {
			t.Skip()
		}
		stops := []string{stop, other}
		var all []string
		rest := text
		for i := 1; i < len(rest) && len(all) < 64; i++ {
			if cuts>>len(all)&1 == 1 {
				all, rest, i = append(all, rest[:i]), rest[i:], 0
			}
		}
		all = append(all, rest)
		want, _, wantCut := grow([]string{text}, stops)
		got, given, cut := grow(all, stops)
		if got != want || cut != wantCut {
			t.Fatalf("%q with %q = %q, %v in one piece, and %q, %v in %q", text, stops, want, wantCut, got, cut, all)
		}
		if strings.Join(given, "") != got || strings.Contains(got, stop) || strings.Contains(got, other) || cut == (got == text) {
			t.Errorf("%q with %q in the pieces %q = %q, given %q, cut %v", text, stops, all, got, given, cut)
		}
	})
}

// TestSaidCountsTokens has a character of two tokens and a stop string of four.
func TestSaidCountsTokens(t *testing.T) {
	s := newSaid(&generatetest.Text{}, []string{"STOP"})
	var got []int
	for _, token := range generatetest.Encode("aéSbSTOP") {
		s.add(token)
		got = append(got, s.upTo())
	}
	// The é is out with its second byte, the first S with the b.
	if want := []int{1, 1, 3, 3, 5, 5, 5, 5, 5}; !slices.Equal(got, want) {
		t.Errorf("tokens whose text has begun to come out = %v, want %v", got, want)
	}
}
