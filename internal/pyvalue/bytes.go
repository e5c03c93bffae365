package pyvalue

import (
	"bytes"
	"encoding/binary"
	"math"
)

// EqualBytes decides most equalities without decoding. want is the trusted encoding of a plain value
// (one without [KindExt]), got anything: identical bytes with no nan in them mean equal. decided is
// false when only [Decode] and [Equal] can tell, which includes every pair of different bytes.
func EqualBytes(want, got []byte) (equal, decided bool) {
	if !bytes.Equal(want, got) || looksLikeNaN(want) && encodesNaN(want) {
		return false, false
	}
	return true, true
}

// looksLikeNaN reports false only if no value in data is a nan. It looks at bytes alone, which is many
// times faster than reading forms: a binary nan ends in a byte >= 0xf0 and then 0x7f or 0xff, one in
// text has the letters.
func looksLikeNaN(data []byte) bool {
	for _, top := range []byte{0x7f, 0xff} {
		for at := 0; ; at++ {
			i := bytes.IndexByte(data[at:], top)
			if i < 0 {
				break
			}
			at += i
			if at > 0 && data[at-1] >= 0xf0 {
				return true
			}
		}
	}
	return bytes.Contains(data, []byte("nan"))
}

// encodesNaN reports whether some value in data is a nan, and true for malformed data. The forms stand one after
// the other, so that nesting does not matter.
func encodesNaN(data []byte) bool {
	for len(data) > 0 {
		size := formSize(data)
		if size < 0 || size > len(data) {
			return true
		}
		switch form := data[0] &^ flagRef; {
		case form == 'g' && bitsNaN(data[1:]), form == 'y' && (bitsNaN(data[1:]) || bitsNaN(data[9:])):
			return true
		case (form == 'f' || form == 'x') && bytes.Contains(data[:size], []byte("nan")):
			return true
		}
		data = data[size:]
	}
	return false
}

func bitsNaN(data []byte) bool {
	f := math.Float64frombits(binary.LittleEndian.Uint64(data))
	return f != f
}

// formSize returns the number of bytes of the form data begins with, without the elements of a
// container; -1 if it is malformed.
func formSize(data []byte) int {
	switch form := data[0] &^ flagRef; form {
	case 'N', 'T', 'F', '.', '{', '0':
		return 1
	case 'i', '(', '[', '<', '>':
		return 5
	case 'I', 'g':
		return 9
	case 'y':
		return 17
	case ')':
		return 2
	case 'f', 'x', 'z', 'Z':
		return shortSize(data, form == 'x')
	case 's', 'u', 't', 'a', 'A', 'l':
		return longSize(data, form == 'l')
	}
	return -1
}

// shortSize is formSize of text with a length of one byte, or of two such texts.
func shortSize(data []byte, two bool) int {
	if len(data) < 2 {
		return -1
	}
	size := 2 + int(data[1])
	if two && len(data) > size {
		size += 1 + int(data[size])
	}
	return size
}

// longSize is formSize of bytes with a length of four bytes, or of the digits of an int.
func longSize(data []byte, digits bool) int {
	if len(data) < 5 {
		return -1
	}
	n := int(int32(binary.LittleEndian.Uint32(data[1:])))
	if digits {
		n = 2 * max(n, -n)
	}
	if n < 0 {
		return -1
	}
	return 5 + n
}
