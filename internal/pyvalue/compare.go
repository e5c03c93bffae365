package pyvalue

import "strings"

// Compare answers a op b for op one of <, <=, > and >= on real numbers, str, bytes, lists and tuples.
// ok is false where Python raises TypeError and where Go does not know: other kinds and other ops.
func Compare(op string, a, b Value) (result, ok bool) {
	if !orderable(&a, &b) || (a.flags|b.flags)&flagOpaque != 0 {
		return false, false
	}
	o := orderValues(&a, &b)
	if o == orderMismatch {
		return false, false
	}
	switch op {
	case "<":
		return o == orderLess, true
	case "<=":
		return o == orderLess || o == orderEqual, true
	case ">":
		return o == orderGreater, true
	case ">=":
		return o == orderGreater || o == orderEqual, true
	}
	return false, false
}

// orderable reports whether Python defines < between the kinds of a and b, and Go knows it.
func orderable(a, b *Value) bool {
	if a.isReal() {
		return b.isReal()
	}
	switch a.kind {
	case KindStr, KindBytes, KindList, KindTuple:
		return a.kind == b.kind
	}
	return false
}

// orderValues compares any two values. One pass settles nested sequences: equality and order are
// found together, so that depth does not multiply the work.
func orderValues(a, b *Value) order {
	switch {
	case !orderable(a, b):
		if equal(a, b) {
			return orderEqual
		}
		return orderMismatch
	case a.isReal():
		return orderReal(a, b)
	case a.kind == KindStr || a.kind == KindBytes:
		// UTF-8 sorts as its code points do, lone surrogates included.
		return orderOf(strings.Compare(a.str, b.str))
	}
	x, y := a.items(), b.items()
	for i := range min(len(x), len(y)) {
		if o := orderValues(&x[i], &y[i]); o != orderEqual {
			return o
		}
	}
	return orderOf(len(x) - len(y))
}

// Contains answers elem in container for a list, tuple, set, frozenset or dict, a str in a str and
// bytes in bytes. ok is false where Python raises TypeError and where Go does not know.
func Contains(container, elem Value) (in, ok bool) {
	if (container.flags|elem.flags)&flagOpaque != 0 {
		return false, false
	}
	switch container.kind {
	case KindStr, KindBytes:
		if elem.kind != container.kind {
			return false, false
		}
		return strings.Contains(container.str, elem.str), true
	case KindList, KindTuple:
		for i := range container.items() {
			if equal(&container.seq.items[i], &elem) {
				return true, true
			}
		}
		return false, true
	case KindSet, KindFrozenSet, KindDict:
		return containsKey(&container, &elem)
	}
	return false, false
}

func containsKey(container, elem *Value) (in, ok bool) {
	h, state := hashOf(elem)
	if elem.kind == KindSet && container.kind != KindDict {
		// Python looks a set up in a set as if it were a frozenset.
		h, state = hashSet(elem)
	}
	switch {
	case state == hashUnhashable:
		return false, false
	case state == hashLoose || container.seq == nil:
		return false, true
	}
	return container.seq.find(container.kind.step(), elem, h) >= 0, true
}

// Identical answers a is b where at least one of them is None, True, False or Ellipsis. For all other
// values, whose identity does not survive the way between processes, it returns false.
func Identical(a, b Value) bool {
	switch a.kind {
	case KindNone, KindEllipsis:
		return a.kind == b.kind
	case KindBool:
		return b.kind == KindBool && a.num == b.num
	}
	return false
}

// Truth answers bool(v). An object counts as its payload does, which holds for the collections that
// [Equal] knows; ask [Undecidable] first.
func Truth(v Value) bool {
	switch v.kind {
	case KindNone:
		return false
	case KindBool, KindInt:
		return v.num != 0 || v.str != ""
	case KindFloat:
		return v.Float64() != 0
	case KindComplex:
		return v.seq.items[0].Float64() != 0 || v.seq.items[1].Float64() != 0
	case KindStr, KindBytes:
		return v.str != ""
	case KindList, KindTuple, KindDict, KindSet, KindFrozenSet:
		return v.seq != nil
	case KindExt:
		return Truth(v.seq.items[0])
	}
	return true
}
