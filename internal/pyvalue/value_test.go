package pyvalue_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

func power(base, exp int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(base), big.NewInt(exp), nil)
}

func TestAccessors(t *testing.T) {
	if i, ok := pyvalue.Int(-5).Int64(); i != -5 || !ok {
		t.Errorf("Int(-5).Int64() = %d, %v, want -5, true", i, ok)
	}
	if i, ok := pyvalue.Bool(true).Int64(); i != 1 || !ok {
		t.Errorf("Bool(true).Int64() = %d, %v, want 1, true", i, ok)
	}
	if i, ok := pyvalue.BigInt(power(2, 63)).Int64(); ok {
		t.Errorf("BigInt(2**63).Int64() = %d, true, want false", i)
	}
	if _, ok := pyvalue.Float(1).Int64(); ok {
		t.Error("Float(1).Int64() ok = true, want false")
	}
	for _, want := range []*big.Int{power(2, 63), power(-2, 63), power(-2, 65), big.NewInt(0), power(3, 500)} {
		if got := pyvalue.BigInt(want).BigInt(); got.Cmp(want) != 0 {
			t.Errorf("BigInt(%d).BigInt() = %d", want, got)
		}
	}
	if got := pyvalue.None().BigInt(); got != nil {
		t.Errorf("None().BigInt() = %d, want nil", got)
	}
	if got := pyvalue.Float(1.5).Float64() + pyvalue.Int(1).Float64(); got != 1.5 {
		t.Errorf("Float64 of 1.5 and of an int add up to %v, want 1.5", got)
	}
	x := pyvalue.Ext("decimal.Decimal", pyvalue.Str("1.0"))
	if x.Text() != "decimal.Decimal" || x.Items()[0].Text() != "1.0" || pyvalue.None().Text() != "" {
		t.Errorf("%s: name %q, payload %q", show(x), x.Text(), x.Items()[0].Text())
	}
	if got := pyvalue.KindFrozenSet.String() + " " + pyvalue.Kind(99).String(); got != "frozenset invalid" {
		t.Errorf("kinds are named %q", got)
	}
}

func TestConstructorsDropRepeatedKeys(t *testing.T) {
	one, yes, nan := pyvalue.Int(1), pyvalue.Bool(true), pyvalue.Float(math.NaN())
	cases := []struct {
		v    pyvalue.Value
		repr string
		size int
	}{
		{pyvalue.Set(one, yes, pyvalue.Int(2)), "{1, 2}", 2},
		{pyvalue.FrozenSet(yes, one), "frozenset({True})", 1},
		{pyvalue.Dict(one, pyvalue.Str("a"), yes, pyvalue.Str("b")), "{1: 'b'}", 1},
		{pyvalue.Set(nan, nan), "{nan, nan}", 2},
		{pyvalue.Set(), "set()", 0},
	}
	for _, c := range cases {
		if got := show(c.v); got != c.repr || c.v.Len() != c.size {
			t.Errorf("%s of length %d, want %s of length %d", got, c.v.Len(), c.repr, c.size)
		}
	}
}

func TestConstructorsPanicOnMistakes(t *testing.T) {
	dict := func(pairs ...pyvalue.Value) func() { return func() { pyvalue.Dict(pairs...) } }
	cases := map[string]func(){
		"unhashable element": func() { pyvalue.Set(pyvalue.List()) },
		"unhashable key":     dict(pyvalue.Tuple(pyvalue.Set()), pyvalue.None()),
		"missing value":      dict(pyvalue.None()),
	}
	for name, build := range cases {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			build()
		}()
	}
}

func TestFlags(t *testing.T) {
	nan := pyvalue.Float(math.NaN())
	counter := pyvalue.Ext("collections.Counter", pyvalue.Dict(pyvalue.Str("a"), pyvalue.Int(1)))
	decimal := pyvalue.Ext("decimal.Decimal", pyvalue.Str("1"))
	cases := []struct {
		name             string
		v                pyvalue.Value
		nan, ext, opaque bool
	}{
		{"plain", pyvalue.List(pyvalue.Float(1), pyvalue.Str("nan")), false, false, false},
		{"nan", nan, true, false, false},
		{"nan inside", pyvalue.Dict(pyvalue.Int(1), pyvalue.Tuple(nan)), true, false, false},
		{"nan as an imaginary part", pyvalue.Complex(complex(0, math.NaN())), true, false, false},
		{"known object inside", pyvalue.List(counter), false, true, false},
		{"unknown object inside", pyvalue.Dict(pyvalue.Int(1), pyvalue.List(decimal)), false, true, true},
		{"known object with a wrong payload", pyvalue.Ext("collections.Counter", pyvalue.Int(1)), false, true, true},
		{"known object around an unknown one", pyvalue.Ext("collections.deque", pyvalue.List(decimal)), false, true, true},
	}
	for _, c := range cases {
		if nan, ext, opaque := pyvalue.HasNaN(c.v), pyvalue.HasExt(c.v), pyvalue.Undecidable(c.v); nan != c.nan || ext != c.ext || opaque != c.opaque {
			t.Errorf("%s: HasNaN, HasExt, Undecidable = %v, %v, %v, want %v, %v, %v", c.name, nan, ext, opaque, c.nan, c.ext, c.opaque)
		}
	}
}
