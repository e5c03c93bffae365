package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a row may be nested. Records need five; the bound keeps a row of brackets from growing
// the stack.
const maxDepth = 1000

// check returns what is wrong with one row, or nil. It is stricter than encoding/json, which silently turns a
// lone surrogate and invalid UTF-8 into U+FFFD and takes the last of two equal keys: each of them would judge
// another program than the one that was given.
func check(data []byte) *fault {
	s := scanner{data: data, valid: utf8.Valid(data)}
	s.space()
	if kind := kindOf(s.peek()); kind != object {
		if kind == broken {
			return s.unexpected("an object, {…}")
		}
		return faultf("the row is %v; want an object, {…}", kind)
	}
	if f := s.value(0); f != nil {
		return f
	}
	if s.space(); s.pos < len(data) {
		return s.unexpected("nothing more after the object (one row, one object)")
	}
	return nil
}

type scanner struct {
	data  []byte
	pos   int
	valid bool // the whole of data is valid UTF-8
}

func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unexpected describes what stands at the position instead of what is wanted there.
func (s *scanner) unexpected(want string) *fault {
	if s.pos >= len(s.data) {
		return faultf("broken JSON: the row ends at byte %d, want %s", s.pos+1, want)
	}
	r, size := utf8.DecodeRune(s.data[s.pos:])
	if r == utf8.RuneError && size == 1 {
		return faultf("broken JSON: byte %d is 0x%02x, want %s", s.pos+1, s.data[s.pos], want)
	}
	return faultf("broken JSON: byte %d is %s, want %s", s.pos+1, strconv.QuoteRune(r), want)
}

// value scans one value; the position is on its first byte.
func (s *scanner) value(depth int) *fault {
	if depth > maxDepth {
		return faultf("nested more than %d deep", maxDepth)
	}
	switch kindOf(s.peek()) {
	case object:
		return s.object(depth)
	case array:
		return s.array(depth)
	case text:
		_, _, f := s.text()
		return f
	case number:
		return s.number()
	case boolean, null:
		for _, word := range []string{"true", "false", "null"} {
			if s.word(word) {
				return nil
			}
		}
	}
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if s.word(word) {
			return faultf("%s is not JSON; write null", word)
		}
	}
	return s.unexpected("a value")
}

// word reads a word if it stands at the position.
func (s *scanner) word(w string) bool {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return false
	}
	s.pos += len(w)
	return true
}

func (s *scanner) object(depth int) *fault {
	var seen keys
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.unexpected("a key in quotes")
		}
		key, f := s.key()
		if f != nil {
			return f
		}
		if seen.has(key) {
			return faultf("the key %s is there twice; keep one of them", strconv.Quote(short(string(key))))
		}
		if s.space(); s.peek() != ':' {
			return s.unexpected("':' after a key").under(string(key))
		}
		s.pos++
		s.space()
		if f := s.value(depth + 1); f != nil {
			return f.under(string(key))
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return nil
		default:
			return s.unexpected("',' or '}'")
		}
	}
}

func (s *scanner) array(depth int) *fault {
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for i := 0; ; i++ {
		if f := s.value(depth + 1); f != nil {
			return f.at(i)
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return nil
		default:
			return s.unexpected("',' or ']'")
		}
	}
}

// key reads an object's key, without quotes and escapes.
func (s *scanner) key() ([]byte, *fault) {
	start := s.pos
	content, escaped, f := s.text()
	if f != nil {
		f.err = fmt.Errorf("in a key: %w", f.err)
		return nil, f
	}
	if escaped {
		content = unquote(s.data[start:s.pos])
	}
	return content, nil
}

// plainText tells the bytes of a string that need no look: not the quote, the backslash, controls, or parts of
// longer characters.
var plainText = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text scans a string; the position is on its opening quote.
func (s *scanner) text() (content []byte, escaped bool, f *fault) {
	s.pos++
	start := s.pos
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case plainText[c]:
			s.pos++
		case c == '"':
			s.pos++
			return s.data[start : s.pos-1], escaped, nil
		case c == '\\':
			escaped = true
			if f := s.escape(); f != nil {
				return nil, true, f
			}
		case c < 0x20:
			return nil, false, faultf("broken JSON: a raw control character 0x%02x in a string at byte %d; write it as \\u%04x",
				c, s.pos+1, c)
		case s.valid:
			s.pos++
		default:
			r, size := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && size == 1 {
				return nil, false, faultf("invalid UTF-8: byte 0x%02x at byte %d of the row; write the text as UTF-8", c, s.pos+1)
			}
			s.pos += size
		}
	}
	return nil, false, faultf("broken JSON: the row ends inside a string")
}

// escape scans one escape, or the two of a surrogate pair.
func (s *scanner) escape() *fault {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
	default:
		return s.unexpected(`one of "\/bfnrtu after a backslash`)
	}
	at := s.pos
	unit, ok := s.hex()
	if !ok {
		s.pos = at
		return faultf(`broken JSON: byte %d: \u without four hexadecimal digits`, at)
	}
	if !utf16.IsSurrogate(unit) {
		return nil
	}
	if unit < 0xDC00 && s.word(`\`) && s.peek() == 'u' {
		if low, ok := s.hex(); ok && low >= 0xDC00 && low <= 0xDFFF {
			return nil
		}
	}
	return faultf(`lone surrogate \u%04x at byte %d of the row: half a character, which no program can be; `+
		`write both halves or leave it out`, unit, at)
}

// hex reads uXXXX.
func (s *scanner) hex() (rune, bool) {
	if len(s.data)-s.pos < 5 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.data[s.pos+1:s.pos+5]), 16, 16)
	s.pos += 5
	return rune(n), err == nil
}

func (s *scanner) number() *fault {
	if s.peek() == '-' {
		if s.word("-Infinity") {
			return faultf("-Infinity is not JSON; write null")
		}
		s.pos++
	}
	switch c := s.peek(); {
	case c == '0':
		s.pos++
	case isDigit(c):
		s.digits()
	default:
		return s.unexpected("a digit")
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return s.unexpected("a digit after the point")
		}
	}
	if s.peek()|0x20 == 'e' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return s.unexpected("a digit in the exponent")
		}
	}
	return nil
}

func (s *scanner) digits() bool {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > start
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// unquote returns the text of a JSON string that is known to be sound.
func unquote(quoted []byte) []byte {
	if len(quoted) >= 2 && bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return quoted
	}
	return []byte(text)
}

// keys is the set of keys of one object. Most have few, for which looking through them beats a map.
type keys struct {
	few  [12][]byte
	n    int
	more map[string]bool
}

// has reports whether the key was there, and adds it.
func (k *keys) has(key []byte) bool {
	for i := range min(k.n, len(k.few)) {
		if string(k.few[i]) == string(key) {
			return true
		}
	}
	if k.n < len(k.few) {
		k.few[k.n] = key
		k.n++
		return false
	}
	if k.more[string(key)] {
		return true
	}
	if k.more == nil {
		k.more = map[string]bool{}
	}
	k.more[string(key)] = true
	return false
}
