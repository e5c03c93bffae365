package tokenizer

import "unicode/utf8"

// alphabet is how files write the bytes of tokens: printable ones of Latin-1 as they are, the others as the characters
// from U+0100 on, in order.
type alphabet struct {
	runes [256]rune
	bytes map[rune]byte
}

func newAlphabet() *alphabet {
	a := &alphabet{bytes: make(map[rune]byte, 256)}
	next := rune(256)
	for b := range rune(256) {
		r := b
		if b < '!' || b > '~' && b < '¡' || b == '\u00AD' {
			r = next
			next++
		}
		a.runes[b] = r
		a.bytes[r] = byte(b)
	}
	return a
}

// text returns the bytes that a token stands for. A token with a character from outside the alphabet stands for
// itself, as in the tokenizers library, and spelled is false: no text is cut into it.
func (a *alphabet) text(token string) (text string, spelled bool) {
	plain := true
	for _, b := range []byte(token) {
		plain = plain && b >= '!' && b <= '~'
	}
	if plain {
		return token, true
	}
	out := make([]byte, 0, len(token))
	for _, r := range token {
		b, ok := a.bytes[r]
		if !ok {
			return token, false
		}
		out = append(out, b)
	}
	return string(out), true
}

// token is how files write one byte.
func (a *alphabet) token(b byte) string { return string(utf8.AppendRune(nil, a.runes[b])) }
