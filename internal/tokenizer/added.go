package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is found in a text before anything else is done to it, as tokenizer.json describes it.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // found only where no word goes on before or after it
	LStrip     bool   `json:"lstrip"`      // takes the white space before it along
	RStrip     bool   `json:"rstrip"`      // and after it
	Normalized bool   `json:"normalized"`  // looked for in the normalised text
	Special    bool   `json:"special"`
}

// finder finds added tokens: the leftmost, and of those that begin at one place the longest.
type finder struct {
	begins [256]bool // whether a token begins with the byte
	root   node
}

type node struct {
	next  map[byte]*node
	token *addedToken // the one that ends here
}

// add makes the finder look for a text; it returns the token that it finds by the same text already, if any.
func (f *finder) add(text string, token *addedToken) *addedToken {
	f.begins[text[0]] = true
	n := &f.root
	for _, b := range []byte(text) {
		if n.next == nil {
			n.next = map[byte]*node{}
		}
		if n.next[b] == nil {
			n.next[b] = &node{}
		}
		n = n.next[b]
	}
	if n.token == nil {
		n.token = token
	}
	if n.token != token {
		return n.token
	}
	return nil
}

// find returns the next token at or after a place, and where it is.
func (f *finder) find(s string, from int) (token *addedToken, start, stop int) {
	for i := from; i < len(s); i++ {
		if !f.begins[s[i]] {
			continue
		}
		n := &f.root
		for j := i; j < len(s); j++ {
			if n = n.next[s[j]]; n == nil {
				break
			}
			if n.token != nil {
				token, stop = n.token, j+1
			}
		}
		if token != nil {
			return token, i, stop
		}
	}
	return nil, len(s), len(s)
}

// split calls emit for the parts of s in order: an added token, or the text between two of them. Special tokens are
// text where they are not allowed. What is done at the edges follows the tokenizers library to the letter: the search
// goes on after every token found, also after one that does not count, and white space that a token has taken can be
// the beginning of the next.
func (f *finder) split(s string, special bool, emit func(text string, token *addedToken)) {
	done, taken := 0, 0 // the text before done is emitted; between them there is only white space
	for from := 0; ; {
		token, start, stop := f.find(s, from)
		if token == nil {
			break
		}
		from = stop
		if token.Special && !special || token.SingleWord && !isWord(s, start, stop) {
			continue
		}
		if token.LStrip {
			start = max(start-spaceBefore(s[min(done, start):start]), done)
		}
		if token.RStrip {
			// A token that is white space itself is found again in what it took; that is not looked through again.
			stop = max(stop, taken)
			stop += spaceAfter(s[stop:])
			taken = stop
		}
		if done < start {
			emit(s[done:start], nil)
		}
		if start < stop { // the library drops a token whose white space is all taken
			emit("", token)
		}
		done = stop
	}
	if done < len(s) {
		emit(s[done:], nil)
	}
}

// isWord tells whether no word goes on before or after a part of s.
func isWord(s string, start, stop int) bool {
	const inWord = letter | mark | word
	table := unicodeClasses()
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[stop:])
	return (start == 0 || table.of(before)&inWord == 0) && (stop == len(s) || table.of(after)&inWord == 0)
}

// spaceBefore returns the length of the white space that s ends with.
func spaceBefore(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeLastRuneInString(s[:len(s)-n])
		if !unicode.IsSpace(r) {
			break
		}
		n += size
	}
	return n
}

// spaceAfter returns the length of the white space that s begins with.
func spaceAfter(s string) int {
	for i, r := range s {
		if !unicode.IsSpace(r) {
			return i
		}
	}
	return len(s)
}
