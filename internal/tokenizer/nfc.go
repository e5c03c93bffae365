package tokenizer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalize returns a text in Unicode's form NFC as the tokenizers library makes it; s is valid UTF-8. Go's form
// differs in two ways: it knows newer marks, which are inert here, and it breaks up long runs of marks.
func (t *classes) normalize(s string) string {
	// What is in Go's form is in the library's as well: with fewer marks there is less to put in order and to compose.
	if norm.NFC.IsNormalString(s) {
		return s
	}
	out := make([]byte, 0, len(s)+len(s)/8)
	for len(s) > 0 {
		n, alone := t.upToInert(s)
		switch {
		case alone:
			out = append(out, s[:n]...)
		case hasLongRun(s[:n]):
			out = appendLongRuns(out, s[:n])
		default:
			out = append(out, norm.NFC.String(s[:n])...) // its own append looks back over the boundary
		}
		s = s[n:]
	}
	return string(out)
}

// upToInert returns the length of one inert code point, alone, or of the text up to the next one.
func (t *classes) upToInert(s string) (n int, alone bool) {
	for n < len(s) {
		c, size := t.next(s[n:])
		if c&inert != 0 {
			if n == 0 {
				return size, true
			}
			break
		}
		n += size
	}
	return n, false
}

// longRun is a number of code points that are surely fewer than the 30 marks after which Go breaks up a run: the
// longest decomposition is of four.
const longRun = 7

// hasLongRun tells whether marks stand in a row so long that Go's normaliser may break them up.
func hasLongRun(s string) bool {
	run := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			run = 0
			i++
			continue
		}
		p := norm.NFD.PropertiesString(s[i:])
		run++
		if p.CCC() == 0 && p.BoundaryBefore() {
			run = 0
		}
		if run >= longRun {
			return true
		}
		i += p.Size()
	}
	return false
}

// appendLongRuns appends the form NFC of s, with runs of marks as long as they are: decompose, put the marks in order,
// compose (Unicode Standard Annex 15).
func appendLongRuns(out []byte, s string) []byte {
	var run []rune // one starter and its marks, or the marks that s begins with
	flush := func() {
		for _, r := range compose(run) {
			out = utf8.AppendRune(out, r)
		}
		run = run[:0]
	}
	for _, r := range s {
		for _, d := range norm.NFD.String(string(r)) {
			if ccc(d) == 0 && !joins(run, d) {
				flush()
			}
			run = append(run, d)
		}
	}
	flush()
	return out
}

// joins tells whether a starter may compose with the run before it, as the parts of a Hangul syllable do.
func joins(run []rune, starter rune) bool {
	return len(run) > 0 && !norm.NFC.PropertiesString(string(starter)).BoundaryBefore()
}

// compose puts the marks of a run in order and composes what composes; it works in place.
func compose(run []rune) []rune {
	for i := 0; i < len(run); i++ {
		from := i
		for i < len(run) && ccc(run[i]) != 0 {
			i++
		}
		order(run[from:i])
	}
	out, starter, last := run[:0], -1, uint8(0)
	for _, r := range run {
		c := ccc(r)
		// A mark is kept from the starter by one of its own class or a higher one in between.
		if starter >= 0 && (starter == len(out)-1 || last < c) {
			if whole, ok := pair(out[starter], r); ok {
				out[starter] = whole
				continue
			}
		}
		if c == 0 {
			starter = len(out)
		}
		last = c
		out = append(out, r)
	}
	return out
}

// order sorts marks by their class and else leaves them as they stand.
func order(marks []rune) {
	const places, runes = 35, 21 // bits
	keys := make([]uint64, len(marks))
	for i, r := range marks {
		keys[i] = uint64(ccc(r))<<(places+runes) | uint64(i)<<runes | uint64(r)
	}
	slices.Sort(keys)
	for i, key := range keys {
		marks[i] = rune(key & (1<<runes - 1))
	}
}

// pair composes two code points.
func pair(a, b rune) (rune, bool) {
	whole := norm.NFC.String(string(a) + string(b))
	r, size := utf8.DecodeRuneInString(whole)
	return r, size == len(whole)
}

func ccc(r rune) uint8 { return norm.NFC.PropertiesString(string(r)).CCC() }

// valid returns the text with every byte that belongs to no code point as U+FFFD, as Go itself reads it.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*utf8.UTFMax)
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
