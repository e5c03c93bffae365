// Package marshal writes the few types of CPython's marshal format, version 2, that requests to a trusted
// interpreter are made of; the interpreter reads a request in one call.
//
// It only writes. What comes back from an untrusted process is read by package pyvalue, strictly.
package marshal

import "encoding/binary"

// Bytes appends a bytes object.
func Bytes[T ~string | ~[]byte](b []byte, s T) []byte {
	b = append(b, 's')
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// Str appends a str object; s is UTF-8, in which lone surrogates may be encoded as well.
func Str(b []byte, s string) []byte {
	b = append(b, 'u')
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// Int appends an int object.
func Int(b []byte, n int64) []byte {
	// Type 'I' is 64 bits wide; CPython writes it no more and still reads it.
	b = append(b, 'I')
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

// Bool appends True or False.
func Bool(b []byte, v bool) []byte {
	if v {
		return append(b, 'T')
	}
	return append(b, 'F')
}

// None appends None.
func None(b []byte) []byte { return append(b, 'N') }

// List appends the start of a list of n items, which follow.
func List(b []byte, n int) []byte { return sequence(b, '[', n) }

// Tuple appends the start of a tuple of n items, which follow.
func Tuple(b []byte, n int) []byte { return sequence(b, '(', n) }

func sequence(b []byte, kind byte, n int) []byte {
	b = append(b, kind)
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// Strs appends a list of str objects.
func Strs(b []byte, list []string) []byte {
	b = List(b, len(list))
	for _, s := range list {
		b = Str(b, s)
	}
	return b
}

// Dict appends the start of a dict; keys and values follow in turn, then [EndDict].
func Dict(b []byte) []byte { return append(b, '{') }

// EndDict appends the end of a dict.
func EndDict(b []byte) []byte { return append(b, '0') }
