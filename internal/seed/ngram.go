package seed

import (
	"strings"
	"unicode"

	"github.com/zeebo/xxh3"
)

// words is a text as the words that it is compared by: runs of letters and digits in lower case.
type words struct {
	text  string
	spans [][2]int
}

func wordsOf(text string) words {
	w := words{text: strings.ToLower(text)}
	start := -1
	for i, r := range w.text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if start < 0 {
				start = i
			}
		} else if start >= 0 {
			w.spans, start = append(w.spans, [2]int{start, i}), -1
		}
	}
	if start >= 0 {
		w.spans = append(w.spans, [2]int{start, len(w.text)})
	}
	return w
}

// ngrams yields the hash of every run of n words, and the number of its first word.
func (w words) ngrams(n int, yield func(hash uint64, first int)) {
	var buf []byte
	for i := 0; i+n <= len(w.spans); i++ {
		buf = buf[:0]
		for _, s := range w.spans[i : i+n] {
			buf = append(append(buf, w.text[s[0]:s[1]]...), ' ')
		}
		yield(xxh3.Hash(buf), i)
	}
}

// run returns n words of the text, with single blanks between them.
func (w words) run(first, n int) string {
	var out []string
	for _, s := range w.spans[first : first+n] {
		out = append(out, w.text[s[0]:s[1]])
	}
	return strings.Join(out, " ")
}
