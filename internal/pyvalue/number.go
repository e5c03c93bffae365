package pyvalue

import (
	"cmp"
	"math"
	"math/big"
	"strings"
)

// order is the outcome of an exact comparison.
type order uint8

const (
	orderEqual     order = iota
	orderLess            // a < b
	orderGreater         // a > b
	orderUnordered       // every comparison is False, as with nan
	orderMismatch        // unequal, and Python raises TypeError on <
)

func orderOf(c int) order {
	switch {
	case c < 0:
		return orderLess
	case c > 0:
		return orderGreater
	}
	return orderEqual
}

func (o order) reverse() order {
	switch o {
	case orderLess:
		return orderGreater
	case orderGreater:
		return orderLess
	}
	return o
}

// two63 is 2^63: the floats in [-two63, two63) are those whose integral part fits an int64.
const two63 = float64(1 << 63)

// orderReal compares two real numbers by their exact values, as Python does: no int is rounded.
func orderReal(a, b *Value) order {
	switch {
	case a.kind == KindFloat && b.kind == KindFloat:
		return orderFloats(math.Float64frombits(a.num), math.Float64frombits(b.num))
	case a.kind == KindFloat:
		return orderIntFloat(b, math.Float64frombits(a.num)).reverse()
	case b.kind == KindFloat:
		return orderIntFloat(a, math.Float64frombits(b.num))
	case a.isSmall() && b.isSmall():
		return orderOf(cmp.Compare(int64(a.num), int64(b.num)))
	}
	return orderBig(a, b)
}

func orderFloats(a, b float64) order {
	switch {
	case a < b:
		return orderLess
	case a > b:
		return orderGreater
	case a == b:
		return orderEqual
	}
	return orderUnordered
}

// orderIntFloat compares the int or bool i with f.
func orderIntFloat(i *Value, f float64) order {
	switch {
	case f != f:
		return orderUnordered
	case !i.isSmall():
		return orderBigFloat(i, f)
	case f >= two63:
		return orderLess
	case f < -two63:
		return orderGreater
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(int64(i.num), int64(whole)); c != 0 {
		return orderOf(c)
	}
	return orderFloats(whole, f)
}

// orderBigFloat compares an int outside int64 with f, which is not nan.
func orderBigFloat(i *Value, f float64) order {
	negative := i.num == 1
	if f > -two63 && f < two63 || (f < 0) != negative {
		return orderOf(sign(negative))
	}
	// A magnitude of more than 1024 bits exceeds every finite float.
	if math.IsInf(f, 0) || len(i.str) > 128 {
		if math.IsInf(f, 0) {
			return orderOf(-sign(negative))
		}
		return orderOf(sign(negative))
	}
	return orderOf(sign(negative) * compareMagnitudes(i.str, string(magnitude(f))))
}

// orderBig compares two ints of which at least one is outside int64.
func orderBig(a, b *Value) order {
	an, bn := intNegative(a), intNegative(b)
	if an != bn {
		return orderOf(sign(an))
	}
	if a.isSmall() {
		return orderOf(-sign(bn))
	}
	if b.isSmall() {
		return orderOf(sign(an))
	}
	return orderOf(sign(an) * compareMagnitudes(a.str, b.str))
}

func intNegative(v *Value) bool {
	if v.isSmall() {
		return int64(v.num) < 0
	}
	return v.num == 1
}

func sign(negative bool) int {
	if negative {
		return -1
	}
	return 1
}

// compareMagnitudes compares big-endian numbers that have no leading zero.
func compareMagnitudes(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// magnitude returns |f| of a finite integral f, big-endian without leading zeros.
func magnitude(f float64) []byte {
	i, _ := new(big.Float).SetFloat64(math.Abs(f)).Int(nil)
	return i.Bytes()
}

// equalReal reports a == b for two real numbers.
func equalReal(a, b *Value) bool {
	if a.kind == KindFloat && b.kind == KindFloat {
		return math.Float64frombits(a.num) == math.Float64frombits(b.num)
	}
	return orderReal(a, b) == orderEqual
}

// equalComplex reports a == b where a is complex and b is any number.
func equalComplex(a, b *Value) bool {
	re, im := &a.seq.items[0], math.Float64frombits(a.seq.items[1].num)
	if b.kind == KindComplex {
		return equalReal(re, &b.seq.items[0]) && im == math.Float64frombits(b.seq.items[1].num)
	}
	return b.isReal() && im == 0 && equalReal(re, b)
}
