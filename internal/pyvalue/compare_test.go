package pyvalue_test

import (
	"math"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

func TestCompare(t *testing.T) {
	list, tuple := pyvalue.List, pyvalue.Tuple
	cases := []struct {
		name string
		a, b pyvalue.Value
		want string // the true ones of < <= > >=, or why there is no answer
	}{
		{"ints", num(1), num(2), "< <="},
		{"bools", pyvalue.Bool(true), pyvalue.Bool(false), "> >="},
		{"equal across types", num(1), float(1), "<= >="},
		{"2**53+1 and its float", num(1<<53 + 1), float(1 << 53), "> >="},
		{"largest int64 and 2.0**63", num(math.MaxInt64), float(1 << 63), "< <="},
		{"huge and inf", bigger(10, 400, 0), inf, "< <="},
		{"huge negative and -inf", bigger(-10, 401, 0), float(math.Inf(-1)), "> >="},
		{"huge and a finite float", bigger(10, 400, 0), float(1e308), "> >="},
		{"huge ints by sign", bigger(-10, 31, 0), bigger(10, 31, 0), "< <="},
		{"huge and small int", bigger(-10, 31, 0), num(5), "< <="},
		{"int and half", num(-1), float(-1.5), "> >="},
		{"nan", nan, num(1), ""},
		{"str", str("Z"), str("a"), "< <="},
		{"str beyond the basic plane", str("\uffff"), str("\U0001f600"), "< <="},
		{"lone surrogate below U+E000", str("\xed\xa0\x80"), str("\ue000"), "< <="},
		{"bytes", pyvalue.Bytes("b"), pyvalue.Bytes("a"), "> >="},
		{"prefix", list(num(1)), list(num(1), num(0)), "< <="},
		{"nested", list(tuple(num(1), str("b"))), list(tuple(num(1), str("a"))), "> >="},
		{"equal lists of unordered kinds", list(none, pyvalue.Dict()), list(none, pyvalue.Dict()), "<= >="},
		{"nan in a list", list(nan), list(nan), ""},
		{"difference after unordered kinds", list(none, num(1)), list(none, num(2)), "< <="},
		{"first difference of unordered kinds", list(none), list(num(2)), "TypeError"},
		{"list and tuple", list(), tuple(), "TypeError"},
		{"str and int", str("1"), num(1), "TypeError"},
		{"str and bytes", str("1"), pyvalue.Bytes("1"), "TypeError"},
		{"none", none, none, "TypeError"},
		{"complex", pyvalue.Complex(1), pyvalue.Complex(1), "TypeError"},
		{"complex and int", num(1), pyvalue.Complex(1), "TypeError"},
		{"dicts", pyvalue.Dict(), pyvalue.Dict(), "TypeError"},
		{"sets are left to Python", pyvalue.Set(), pyvalue.Set(), "TypeError"},
		{"unknown object inside", list(pyvalue.Ext("decimal.Decimal", str("1"))), list(num(1)), "TypeError"},
	}
	for _, c := range cases {
		if got := answersOf(c.a, c.b); got != c.want {
			t.Errorf("%s: Compare(%s, %s) gives %q, want %q", c.name, show(c.a), show(c.b), got, c.want)
		}
	}
	if _, ok := pyvalue.Compare("==", num(1), num(1)); ok {
		t.Error("Compare(==) ok = true, want false")
	}
}

// answersOf lists the operators that are true of a and b.
func answersOf(a, b pyvalue.Value) string {
	got := ""
	for _, op := range []string{"<", "<=", ">", ">="} {
		is, ok := pyvalue.Compare(op, a, b)
		switch {
		case !ok:
			return "TypeError"
		case is && got != "":
			got += " " + op
		case is:
			got = op
		}
	}
	return got
}

func TestContains(t *testing.T) {
	cases := []struct {
		name            string
		container, elem pyvalue.Value
		in, ok          bool
	}{
		{"list", pyvalue.List(num(1), num(2)), float(2), true, true},
		{"not in list", pyvalue.List(num(1)), str("1"), false, true},
		{"nan in list", pyvalue.List(nan), nan, false, true},
		{"tuple", pyvalue.Tuple(pyvalue.List()), pyvalue.List(), true, true},
		{"set", pyvalue.Set(num(1)), pyvalue.Bool(true), true, true},
		{"unhashable in set", pyvalue.Set(num(1)), pyvalue.List(), false, false},
		{"unhashable in empty set", pyvalue.Set(), pyvalue.Tuple(pyvalue.Dict()), false, false},
		{"set in a set of frozensets", pyvalue.Set(pyvalue.FrozenSet(num(1))), pyvalue.Set(num(1)), true, true},
		{"set in dict", pyvalue.Dict(num(1), none), pyvalue.Set(), false, false},
		{"nan in set", pyvalue.Set(nan), nan, false, true},
		{"dict key", pyvalue.Dict(str("k"), num(1)), str("k"), true, true},
		{"dict value is no key", pyvalue.Dict(str("k"), num(1)), num(1), false, true},
		{"substring", str("abc"), str("bc"), true, true},
		{"empty substring", str(""), str(""), true, true},
		{"int in str", str("1"), num(1), false, false},
		{"bytes in bytes", pyvalue.Bytes("abc"), pyvalue.Bytes("b"), true, true},
		{"in an int", num(1), num(1), false, false},
		{"unknown object", pyvalue.List(num(1)), pyvalue.Ext("decimal.Decimal", str("1")), false, false},
	}
	for _, c := range cases {
		if in, ok := pyvalue.Contains(c.container, c.elem); in != c.in || ok != c.ok {
			t.Errorf("%s: Contains(%s, %s) = %v, %v, want %v, %v", c.name, show(c.container), show(c.elem), in, ok, c.in, c.ok)
		}
	}
}

func TestIdentical(t *testing.T) {
	yes, no := pyvalue.Bool(true), pyvalue.Bool(false)
	cases := []struct {
		a, b pyvalue.Value
		want bool
	}{
		{none, none, true},
		{yes, yes, true},
		{no, no, true},
		{yes, no, false},
		{yes, num(1), false},
		{num(1), yes, false},
		{none, no, false},
		{pyvalue.Ellipsis(), pyvalue.Ellipsis(), true},
		{pyvalue.Ellipsis(), none, false},
		{str(""), str(""), false},
	}
	for _, c := range cases {
		if got := pyvalue.Identical(c.a, c.b); got != c.want {
			t.Errorf("Identical(%s, %s) = %v, want %v", show(c.a), show(c.b), got, c.want)
		}
	}
}

func TestTruth(t *testing.T) {
	truthy := []pyvalue.Value{
		num(-1), bigger(2, 99, 0), nan, pyvalue.Complex(1i), pyvalue.Ellipsis(), str(" "), pyvalue.List(none), pyvalue.Dict(none, none),
		pyvalue.Ext("collections.Counter", pyvalue.Dict(none, none)),
	}
	falsy := []pyvalue.Value{
		none, num(0), pyvalue.Bool(false), float(math.Copysign(0, -1)), pyvalue.Complex(0), str(""), pyvalue.Bytes(""), pyvalue.Tuple(),
		pyvalue.Set(), pyvalue.Ext("collections.deque", pyvalue.List()),
	}
	for _, v := range truthy {
		if !pyvalue.Truth(v) {
			t.Errorf("Truth(%s) = false, want true", show(v))
		}
	}
	for _, v := range falsy {
		if pyvalue.Truth(v) {
			t.Errorf("Truth(%s) = true, want false", show(v))
		}
	}
}
