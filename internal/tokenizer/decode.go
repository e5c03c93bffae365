package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// Decode returns the text of tokens. Bytes that make up no character become U+FFFD as in the tokenizers library, and
// ids without a token are passed over, as are special tokens if skipSpecial is set.
func (t *Tokenizer) Decode(ids []int32, skipSpecial bool) string {
	size := 0
	for _, id := range ids {
		size += len(t.textOf(id, skipSpecial))
	}
	var b strings.Builder
	b.Grow(size)
	for _, id := range ids {
		b.WriteString(t.textOf(id, skipSpecial))
	}
	if utf8.ValidString(b.String()) {
		return b.String()
	}
	out, rest := appendText(make([]byte, 0, size+size/4), []byte(b.String()))
	if len(rest) > 0 {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return string(out)
}

// textOf returns the bytes that a token stands for.
func (t *Tokenizer) textOf(id int32, skipSpecial bool) string {
	if id < 0 || int(id) >= len(t.texts) || skipSpecial && t.special[id] {
		return ""
	}
	return t.texts[id]
}

// Bytes returns the bytes that a token stands for, which may be a part of a character; none if no token has the id.
func (t *Tokenizer) Bytes(id int32) []byte { return []byte(t.textOf(id, false)) }

// Stream decodes tokens one at a time. What it returns, put together, is what Decode returns for all of them.
type Stream struct {
	t           *Tokenizer
	skipSpecial bool
	rest        []byte // the beginning of a character: at most three bytes
}

// Stream returns a decoder for tokens that come one by one.
func (t *Tokenizer) Stream(skipSpecial bool) *Stream { return &Stream{t: t, skipSpecial: skipSpecial} }

// Next returns the text that is certain once id has come; a character that tokens after it may complete waits.
func (s *Stream) Next(id int32) string {
	text := s.t.textOf(id, s.skipSpecial)
	if len(s.rest) == 0 && utf8.ValidString(text) {
		return text
	}
	out, rest := appendText(nil, append(s.rest, text...))
	s.rest = rest
	return string(out)
}

// End returns U+FFFD if the tokens ended within a character. The stream begins anew after it.
func (s *Stream) End() string {
	if len(s.rest) == 0 {
		return ""
	}
	s.rest = nil
	return string(utf8.RuneError)
}

// appendText appends b with U+FFFD for what is no UTF-8, one for each longest beginning of a character (Unicode
// Standard, 3.9, "U+FFFD Substitution of Maximal Subparts"). The rest is the beginning of a character that b ends in.
func appendText(out, b []byte) (text, rest []byte) {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r != utf8.RuneError || size > 1 {
			out = append(out, b[:size]...)
			b = b[size:]
			continue
		}
		n, open := beginning(b)
		if open {
			return out, b
		}
		out = utf8.AppendRune(out, utf8.RuneError)
		b = b[n:]
	}
	return out, nil
}

// beginning returns the length of the longest beginning of a character that b starts with, or 1; open tells that b ends
// in it. There is no whole character there.
func beginning(b []byte) (n int, open bool) {
	length, low, high := character(b[0])
	for n = 1; n < length; n++ {
		if n == len(b) {
			return n, true
		}
		if b[n] < low || b[n] > high {
			return n, false
		}
		low, high = 0x80, 0xBF
	}
	return n, false
}

// character returns how many bytes a character has by its first one, and between which its second one is: no longer
// forms than needed, no surrogates, nothing above U+10FFFF.
func character(first byte) (length int, low, high byte) {
	switch {
	case first == 0xE0:
		return 3, 0xA0, 0xBF
	case first == 0xED:
		return 3, 0x80, 0x9F
	case first == 0xF0:
		return 4, 0x90, 0xBF
	case first == 0xF4:
		return 4, 0x80, 0x8F
	case first < 0xC2 || first > 0xF4:
		return 1, 0, 0
	case first < 0xE0:
		return 2, 0x80, 0xBF
	case first < 0xF0:
		return 3, 0x80, 0xBF
	}
	return 4, 0x80, 0xBF
}
