package jsonl

import (
	"encoding/json"
	"iter"
)

// kind is the sort of a JSON value, which its first byte tells.
type kind int

const (
	broken kind = iota
	null
	boolean
	number
	text
	array
	object
)

func (k kind) String() string {
	return [...]string{"broken", "null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

func kindOf(first byte) kind {
	switch first {
	case '{':
		return object
	case '[':
		return array
	case '"':
		return text
	case 't', 'f':
		return boolean
	case 'n':
		return null
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return number
	}
	return broken
}

// The functions below look into JSON that check has passed. On anything else they end early; they never fail.

// members yields the keys and values of an object.
func members(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		for pos := next(raw, 1); pos < len(raw) && raw[pos] == '"'; pos = next(raw, pos) {
			end := skip(raw, pos)
			key := unquote(raw[pos:end])
			pos = next(raw, end)
			end = skip(raw, pos)
			if end == pos || !yield(key, raw[pos:end]) {
				return
			}
			pos = end
		}
	}
}

// elements yields the elements of an array.
func elements(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for pos := next(raw, 1); pos < len(raw) && raw[pos] != ']'; pos = next(raw, pos) {
			end := skip(raw, pos)
			if end == pos || !yield(raw[pos:end]) {
				return
			}
			pos = end
		}
	}
}

// next returns where the next value, key or closing bracket begins.
func next(raw []byte, pos int) int {
	for pos < len(raw) && (isSpace(raw[pos]) || raw[pos] == ',' || raw[pos] == ':') {
		pos++
	}
	return pos
}

// skip returns the end of the value that begins at pos.
func skip(raw []byte, pos int) int {
	depth := 0
	for pos < len(raw) {
		switch raw[pos] {
		case '"':
			pos = skipText(raw, pos)
		case '{', '[':
			depth++
			pos++
		case '}', ']':
			if depth == 0 {
				return pos
			}
			depth--
			pos++
		default:
			for pos < len(raw) && !isSpace(raw[pos]) && !isMark(raw[pos]) {
				pos++
			}
		}
		if depth == 0 {
			return pos
		}
		pos = next(raw, pos)
	}
	return len(raw)
}

func isMark(c byte) bool {
	return c == ',' || c == ':' || c == '"' || c == '{' || c == '}' || c == '[' || c == ']'
}

func skipText(raw []byte, pos int) int {
	for pos++; pos < len(raw); pos++ {
		switch raw[pos] {
		case '"':
			return pos + 1
		case '\\':
			pos++
		}
	}
	return len(raw)
}

// Key returns a function that finds a row's id in one of its fields: a string, or a number as it is written.
// It is what [Resume] tells rows apart by.
func Key(field string) func(json.RawMessage) (string, bool) {
	return func(raw json.RawMessage) (string, bool) {
		for key, value := range members(trim(raw)) {
			if string(key) != field {
				continue
			}
			switch kindOf(value[0]) {
			case text:
				return string(unquote(value)), true
			case number:
				return string(value), true
			}
			return "", false
		}
		return "", false
	}
}

func trim(raw []byte) []byte {
	for len(raw) > 0 && isSpace(raw[0]) {
		raw = raw[1:]
	}
	for len(raw) > 0 && isSpace(raw[len(raw)-1]) {
		raw = raw[:len(raw)-1]
	}
	return raw
}
