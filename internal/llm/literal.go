package llm

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote returns what a string of the scanned value says. A value whose first string has single quotes is Python's
// throughout, and escapes are read by Python's rules; else by JSON's. In both a backslash before a letter that does
// not make an escape stands for itself: models forget to double those of regular expressions. It is false where a
// rule would be needed that is not here.
func (s *scanner) unquote(i int) (string, bool) {
	l := s.strings[i]
	raw := s.text[l.start:l.end]
	if l.quote == 0 || strings.IndexByte(raw, '\\') < 0 {
		return raw, true
	}
	python := s.strings[0].quote == '\''
	var b strings.Builder
	for {
		at := strings.IndexByte(raw, '\\')
		if at < 0 {
			b.WriteString(raw)
			return b.String(), true
		}
		b.WriteString(raw[:at])
		n, ok := escape(&b, raw[at:], l.quote, python)
		if !ok {
			return "", false
		}
		raw = raw[at+n:]
	}
}

// simple are the escapes of one letter that JSON and Python share.
var simple = map[byte]byte{'"': '"', '\\': '\\', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape writes what the escape at the beginning of raw stands for, and returns how long it is.
func escape(b *strings.Builder, raw string, quote byte, python bool) (int, bool) {
	if len(raw) < 2 {
		return 0, false
	}
	c := raw[1]
	if char, ok := simple[c]; ok {
		b.WriteByte(char)
		return 2, true
	}
	switch {
	case c == 'u':
		if r, n := unicodeEscape(raw); n > 0 {
			b.WriteRune(r)
			return n, true
		}
	case c == '/' && !python:
		b.WriteByte('/')
		return 2, true
	case c == '\'' && (python || quote == '\''):
		b.WriteByte('\'')
		return 2, true
	case python && (c >= '0' && c <= '7' || strings.IndexByte("axvNU\n\r", c) >= 0):
		return 0, false
	}
	b.WriteString(raw[:2])
	return 2, true
}

// unicodeEscape reads \uXXXX, or two of them that make one character; its length is 0 where there is none. Half of
// a pair is no character.
func unicodeEscape(raw string) (rune, int) {
	first, ok := hex4(raw)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if second, ok := hex4(raw[6:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(raw string) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(raw[2:6]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}
