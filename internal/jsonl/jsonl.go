// Package jsonl reads and writes streams of records: JSON Lines, plain or compressed (.gz, .zst), a JSON array
// of objects, and Parquet.
//
// In: a file, a pipe or standard input, in any of these. Out: rows, each one JSON object that is known to be
// sound, with its place; and the way back, rows to a file that is there complete or not at all. Its one
// invariant: a row comes out as it went in or is named as bad, and a bad row never hides a good one.
package jsonl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Row is one record and where it stands.
type Row struct {
	File string
	// Line is the line that the row begins on; in Parquet, the number of the row. Both count from one.
	Line int
	// Raw is one JSON object: well-formed, in valid UTF-8, without lone surrogates or duplicate keys.
	Raw json.RawMessage

	element int  // its place in a JSON array, from one; zero elsewhere
	checked bool // Raw is known to be as said above
}

// RowError is a row that cannot be used. The rows after it can.
type RowError struct {
	File  string
	Line  int
	Field string // the path to the trouble, such as programs[3].program; empty if it is the whole row
	Err   error
}

// Error says file:line: field: what was found.
func (e *RowError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", e.File, e.Line)
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns what was found.
func (e *RowError) Unwrap() error { return e.Err }

// StreamError is the end of a stream that should have gone on: a file cut off, damaged or unreadable. The rows
// before it are sound.
type StreamError struct {
	File string
	Line int // the line, or row, that could not be read
	Err  error
}

// Error says file:line: what happened.
func (e *StreamError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns what happened.
func (e *StreamError) Unwrap() error { return e.Err }

// fail makes the error of a fault in the row.
func (r Row) fail(f *fault) *RowError {
	field := f.path
	if r.element > 0 {
		field = join("["+strconv.Itoa(r.element-1)+"]", field)
	}
	return &RowError{File: r.File, Line: r.Line, Field: field, Err: f.err}
}

// fault is something wrong with a value, found at a path below the place that is looked at.
type fault struct {
	path string
	err  error
}

func faultf(format string, args ...any) *fault { return &fault{err: fmt.Errorf(format, args...)} }

// maxPath keeps the messages about absurdly nested rows short.
const maxPath = 300

// under puts the fault below a key.
func (f *fault) under(key string) *fault {
	if len(f.path) < maxPath {
		f.path = join(step(key), f.path)
	}
	return f
}

// at puts the fault below an array's element.
func (f *fault) at(i int) *fault {
	if len(f.path) < maxPath {
		f.path = join("["+strconv.Itoa(i)+"]", f.path)
	}
	return f
}

func join(a, b string) string {
	if b == "" || b[0] == '[' {
		return a + b
	}
	return a + "." + b
}

// step writes a key as a part of a path; one that is no plain word is quoted.
func step(key string) string {
	plain := key != "" && len(key) <= 100
	for _, c := range []byte(key) {
		plain = plain && (c == '_' || c == '-' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z')
	}
	if plain {
		return key
	}
	return "[" + strconv.QuoteToASCII(short(key)) + "]"
}

// short cuts a text for a message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > most-4 && s[cut]&0xC0 == 0x80 { // not inside a character
		cut--
	}
	return s[:cut] + "…"
}
