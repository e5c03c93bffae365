package pyvalue

import (
	"encoding/binary"
	"math"
)

// Encode returns v as marshal data of version 2. A value with objects in it is encoded in its tree
// form ([Tree]), which the receiver has to be told: see [HasExt].
func Encode(v Value) []byte {
	if HasExt(v) {
		v = Tree(v)
	}
	return appendValue(nil, &v)
}

func appendValue(b []byte, v *Value) []byte {
	switch v.kind {
	case KindNone:
		return append(b, 'N')
	case KindEllipsis:
		return append(b, '.')
	case KindBool:
		if v.num == 1 {
			return append(b, 'T')
		}
		return append(b, 'F')
	case KindInt:
		return appendInt(b, v)
	case KindFloat:
		return binary.LittleEndian.AppendUint64(append(b, 'g'), v.num)
	case KindComplex:
		b = binary.LittleEndian.AppendUint64(append(b, 'y'), v.seq.items[0].num)
		return binary.LittleEndian.AppendUint64(b, v.seq.items[1].num)
	case KindStr:
		return append(appendLength(append(b, 'u'), len(v.str)), v.str...)
	case KindBytes:
		return append(appendLength(append(b, 's'), len(v.str)), v.str...)
	}
	return appendContainer(b, v)
}

var containerForms = [...]byte{KindList: '[', KindTuple: '(', KindSet: '<', KindFrozenSet: '>', KindDict: '{'}

func appendContainer(b []byte, v *Value) []byte {
	items := v.items()
	b = append(b, containerForms[v.kind])
	if v.kind != KindDict {
		b = appendLength(b, len(items))
	}
	for i := range items {
		b = appendValue(b, &items[i])
	}
	if v.kind == KindDict {
		b = append(b, '0')
	}
	return b
}

func appendLength(b []byte, n int) []byte {
	if n > math.MaxInt32 {
		panic("pyvalue: a value of 2 GiB has no marshal form")
	}
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

func appendInt(b []byte, v *Value) []byte {
	if i := int64(v.num); v.isSmall() && i == int64(int32(i)) {
		return binary.LittleEndian.AppendUint32(append(b, 'i'), uint32(i))
	}
	mag := v.str
	if v.isSmall() {
		u := v.num
		if int64(u) < 0 {
			u = -u
		}
		mag = string(binary.BigEndian.AppendUint64(nil, u))
	}
	var digits []byte
	var acc uint32
	var have uint
	for i := len(mag) - 1; i >= 0; i-- {
		acc, have = acc|uint32(mag[i])<<have, have+8
		if have >= 15 {
			digits = binary.LittleEndian.AppendUint16(digits, uint16(acc&(1<<15-1)))
			acc, have = acc>>15, have-15
		}
	}
	digits = binary.LittleEndian.AppendUint16(digits, uint16(acc))
	for digits[len(digits)-1]|digits[len(digits)-2] == 0 {
		digits = digits[:len(digits)-2]
	}
	n := len(digits) / 2
	if intNegative(v) {
		n = -n
	}
	b = binary.LittleEndian.AppendUint32(append(b, 'l'), uint32(int32(n)))
	return append(b, digits...)
}
