package pyvalue

import "math"

// Equal reports Python's a == b between values of two processes: nan equals nothing, not even where
// Python's shortcut for one and the same object would apply. It takes near-linear time and does not
// allocate except on ints and floats beyond int64. Objects that are [Undecidable] are unequal to all,
// so ask that first.
func Equal(a, b Value) bool { return equal(&a, &b) }

func equal(a, b *Value) bool {
	if a.kind != b.kind {
		return equalAcross(a, b)
	}
	switch a.kind {
	case KindNone, KindEllipsis:
		return true
	case KindBool:
		return a.num == b.num
	case KindInt:
		return a.num == b.num && a.str == b.str
	case KindFloat:
		return math.Float64frombits(a.num) == math.Float64frombits(b.num)
	case KindComplex:
		return equalComplex(a, b)
	case KindStr, KindBytes:
		return a.str == b.str
	case KindList, KindTuple:
		return equalItems(a.items(), b.items())
	case KindDict:
		return equalDicts(a, b)
	case KindSet, KindFrozenSet:
		return equalSets(a, b)
	case KindExt:
		return equalExt(a, b)
	}
	return false
}

// equalAcross compares two values of different kinds.
func equalAcross(a, b *Value) bool {
	switch {
	case a.isReal() && b.isReal():
		return equalReal(a, b)
	case a.kind == KindComplex:
		return equalComplex(a, b)
	case b.kind == KindComplex:
		return equalComplex(b, a)
	case a.kind == KindSet && b.kind == KindFrozenSet, a.kind == KindFrozenSet && b.kind == KindSet:
		return equalSets(a, b)
	case a.kind == KindExt || b.kind == KindExt:
		return equalExt(a, b)
	}
	return false
}

func equalItems(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

// equalSets reports whether two sets have the same elements. Keys are distinct, so that as many keys
// of a found in b as b has mean that the sets are the same.
func equalSets(a, b *Value) bool {
	n := len(a.items())
	if n != len(b.items()) || n == 0 {
		return n == len(b.items())
	}
	x, y := a.seq.index, b.seq.index
	if x.loose || y.loose || x.sum != y.sum {
		return false
	}
	for i, h := range x.hashes {
		if b.seq.find(1, &a.seq.items[i], h) < 0 {
			return false
		}
	}
	return true
}

func equalDicts(a, b *Value) bool {
	n := len(a.items())
	if n != len(b.items()) || n == 0 {
		return n == len(b.items())
	}
	x, y := a.seq.index, b.seq.index
	if x.loose || y.loose || x.sum != y.sum {
		return false
	}
	for i, h := range x.hashes {
		key, value := &a.seq.items[2*i], &a.seq.items[2*i+1]
		// Both sides mostly come from one insertion order, where no probe is needed.
		at := i
		if y.hashes[i] != h || !equal(key, &b.seq.items[2*i]) {
			at = b.seq.find(2, key, h)
		}
		if at < 0 || !equal(value, &b.seq.items[2*at+1]) {
			return false
		}
	}
	return true
}
