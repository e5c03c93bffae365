// Package pyvalue holds Python's plain data values in Go: what a program returned and what a test
// expects, compared by Python's own rules without asking a Python process.
//
// In: bytes of CPython's marshal, version 2, written by a process that may be hostile. Out: a [Value]
// and answers to ==, <, in, is, bool() and repr() on exact builtin values.
//
// Invariant: work and memory are near-linear in the bytes that came in, whatever they say, and a
// question whose answer Python would take from code that Go does not have is never answered by a guess:
// such values are [Undecidable] and comparisons report ok = false.
package pyvalue

import (
	"math"
	"math/big"
)

// Kind is the Python type of a [Value].
type Kind uint8

// The kinds. The zero Kind is None, so the zero Value is Python's None.
const (
	KindNone Kind = iota
	KindEllipsis
	KindBool
	KindInt
	KindFloat
	KindComplex
	KindStr
	KindBytes
	KindList
	KindTuple
	KindDict
	KindSet
	KindFrozenSet
	// KindExt is an object whose type is not an exact builtin: its type's name and its flattened content.
	KindExt
)

var kindNames = [...]string{
	"NoneType", "ellipsis", "bool", "int", "float", "complex", "str", "bytes",
	"list", "tuple", "dict", "set", "frozenset", "ext",
}

// String returns Python's name of the type, "ext" for KindExt.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// flags tell what a value holds at any depth; a container's flags are the union of its elements'.
type flags uint8

const (
	flagNaN    flags = 1 << iota // a float or complex part that is not a number
	flagExt                      // an object of KindExt
	flagOpaque                   // an object of KindExt whose equality Go does not know
)

// Value is one immutable Python value. It may be copied and shared between goroutines. Go's == is
// disabled on it because it would compare addresses; see [Equal].
type Value struct {
	_     [0]func()
	kind  Kind
	flags flags
	num   uint64 // Bool: 0, 1; Int: the int64, or with str set 1 if negative; Float: its bits
	str   string // Str, Bytes: content; Int outside int64: magnitude, big-endian, no leading zero; Ext: type name
	seq   *seq   // containers, nil when empty; Complex: two floats; Ext: its one payload
}

// seq is the content of a container. A dict's items alternate keys and values.
type seq struct {
	items []Value
	index *index // dict, set and frozenset only
}

// None returns None.
func None() Value { return Value{} }

// Ellipsis returns the Ellipsis object.
func Ellipsis() Value { return Value{kind: KindEllipsis} }

// Bool returns True or False.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, num: 1}
	}
	return Value{kind: KindBool}
}

// Int returns the int i.
func Int(i int64) Value { return Value{kind: KindInt, num: uint64(i)} }

// BigInt returns an int of any size. It keeps no reference to i.
func BigInt(i *big.Int) Value {
	return intOf(i.Bytes(), i.Sign() < 0)
}

// intOf returns the int with a big-endian magnitude that has no leading zero, as an int64 when it fits.
func intOf(mag []byte, negative bool) Value {
	if len(mag) <= 8 {
		var u uint64
		for _, b := range mag {
			u = u<<8 | uint64(b)
		}
		switch {
		case u <= math.MaxInt64 && negative:
			return Value{kind: KindInt, num: -u}
		case u <= math.MaxInt64 || u == 1<<63 && negative:
			return Value{kind: KindInt, num: u}
		}
	}
	v := Value{kind: KindInt, str: string(mag)}
	if negative {
		v.num = 1
	}
	return v
}

// Float returns the float f.
func Float(f float64) Value {
	v := Value{kind: KindFloat, num: math.Float64bits(f)}
	if f != f {
		v.flags = flagNaN
	}
	return v
}

// Complex returns the complex number c.
func Complex(c complex128) Value {
	return container(KindComplex, []Value{Float(real(c)), Float(imag(c))})
}

// Str returns the str with the given UTF-8 bytes; lone surrogates are three bytes each, as CPython's
// surrogatepass writes them.
func Str(s string) Value { return Value{kind: KindStr, str: s} }

// Bytes returns the bytes object with the content s.
func Bytes(s string) Value { return Value{kind: KindBytes, str: s} }

// List returns a list, which owns items from now on.
func List(items ...Value) Value { return container(KindList, items) }

// Tuple returns a tuple, which owns items from now on.
func Tuple(items ...Value) Value { return container(KindTuple, items) }

// Set returns a set of the distinct items, the first of equal ones. It panics on an unhashable item.
func Set(items ...Value) Value { return mustHashed(KindSet, items) }

// FrozenSet returns a frozenset of the distinct items, as [Set] does.
func FrozenSet(items ...Value) Value { return mustHashed(KindFrozenSet, items) }

// Dict returns a dict of alternating keys and values. Of equal keys the first key and the last value
// count, as in a Python display. It panics on an unhashable or a missing item.
func Dict(pairs ...Value) Value {
	if len(pairs)%2 != 0 {
		panic("pyvalue: a dict key without its value")
	}
	return mustHashed(KindDict, pairs)
}

// Ext returns an object of the named type whose content is payload.
func Ext(name string, payload Value) Value {
	v := container(KindExt, []Value{payload})
	v.str = name
	v.flags |= flagExt
	if mode, _ := unwrap(&v); mode == modeOpaque {
		v.flags |= flagOpaque
	}
	return v
}

// container returns a value of kind k over items, without an index.
func container(k Kind, items []Value) Value {
	if len(items) == 0 {
		return Value{kind: k}
	}
	v := Value{kind: k, seq: &seq{items: items}}
	for i := range items {
		v.flags |= items[i].flags
	}
	return v
}

// Kind returns v's type.
func (v Value) Kind() Kind { return v.kind }

// Int64 returns an int or a bool as an int64; ok is false for other kinds and for ints that do not fit.
func (v Value) Int64() (i int64, ok bool) {
	if v.isSmall() {
		return int64(v.num), true
	}
	return 0, false
}

// BigInt returns an int or a bool of any size in a fresh big.Int, nil for other kinds.
func (v Value) BigInt() *big.Int {
	if v.isSmall() {
		return big.NewInt(int64(v.num))
	}
	if v.kind != KindInt {
		return nil
	}
	i := new(big.Int).SetBytes([]byte(v.str))
	if v.num == 1 {
		i.Neg(i)
	}
	return i
}

// Float64 returns a float's value, 0 for other kinds.
func (v Value) Float64() float64 {
	if v.kind != KindFloat {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Text returns the content of a str or bytes and the type name of an Ext, "" for other kinds.
func (v Value) Text() string {
	switch v.kind {
	case KindStr, KindBytes, KindExt:
		return v.str
	}
	return ""
}

// Items returns the elements of a list, tuple, set or frozenset, the alternating keys and values of a
// dict in insertion order, the two parts of a complex number, the one payload of an Ext, and nil for
// other kinds. The caller must not change them.
func (v Value) Items() []Value { return v.items() }

// Len returns the number of elements of a container, of pairs for a dict; 0 for other kinds.
func (v Value) Len() int {
	switch v.kind {
	case KindList, KindTuple, KindSet, KindFrozenSet:
		return len(v.items())
	case KindDict:
		return len(v.items()) / 2
	}
	return 0
}

// HasNaN reports whether v is or holds, at any depth, a float or complex number that is not a number.
func HasNaN(v Value) bool { return v.flags&flagNaN != 0 }

// HasExt reports whether v is or holds an object whose type is not an exact builtin.
func HasExt(v Value) bool { return v.flags&flagExt != 0 }

// Undecidable reports whether v is or holds an object whose equality Go does not know, so that only a
// trusted Python can compare it.
func Undecidable(v Value) bool { return v.flags&flagOpaque != 0 }

func (v *Value) items() []Value {
	if v.seq == nil {
		return nil
	}
	return v.seq.items
}

// isSmall reports whether v is an int or bool whose value is int64(v.num).
func (v *Value) isSmall() bool {
	return v.kind == KindBool || v.kind == KindInt && v.str == ""
}

// isReal reports whether v is a bool, an int or a float.
func (v *Value) isReal() bool {
	return v.kind == KindBool || v.kind == KindInt || v.kind == KindFloat
}
