package pyvalue_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

var (
	nan  = pyvalue.Float(math.NaN())
	inf  = pyvalue.Float(math.Inf(1))
	none = pyvalue.None()
)

func num(i int64) pyvalue.Value     { return pyvalue.Int(i) }
func float(f float64) pyvalue.Value { return pyvalue.Float(f) }
func str(s string) pyvalue.Value    { return pyvalue.Str(s) }

func bigger(base, exp, plus int64) pyvalue.Value {
	return pyvalue.BigInt(new(big.Int).Add(power(base, exp), big.NewInt(plus)))
}

func TestEqual(t *testing.T) {
	cases := []struct {
		name string
		a, b pyvalue.Value
		want bool
	}{
		{"int and float", num(1), float(1), true},
		{"int and bool", num(1), pyvalue.Bool(true), true},
		{"bool and complex", pyvalue.Bool(true), pyvalue.Complex(1), true},
		{"complex with an imaginary part", num(1), pyvalue.Complex(1 + 1i), false},
		{"complex nan", pyvalue.Complex(complex(math.NaN(), 0)), pyvalue.Complex(complex(math.NaN(), 0)), false},
		{"none and zero", none, num(0), false},
		{"2**53+1 is no float", num(1<<53 + 1), float(1 << 53), false},
		{"2**53 is one", num(1 << 53), float(1 << 53), true},
		{"2**63-1 and 2.0**63", num(math.MaxInt64), float(1 << 63), false},
		{"2**63 and 2.0**63", bigger(2, 63, 0), float(1 << 63), true},
		{"-2**63 and -2.0**63", num(math.MinInt64), float(-(1 << 63)), true},
		{"2**63 and -2**63", bigger(2, 63, 0), num(math.MinInt64), false},
		{"10**22 and 1e22", bigger(10, 22, 0), float(1e22), true},
		{"10**23 and 1e23", bigger(10, 23, 0), float(1e23), false},
		{"2**1024 and inf", bigger(2, 1024, 0), inf, false},
		{"2**1023 and 2.0**1023", bigger(2, 1023, 0), float(math.Ldexp(1, 1023)), true},
		{"2**1023+1 and 2.0**1023", bigger(2, 1023, 1), float(math.Ldexp(1, 1023)), false},
		{"big ints by value", bigger(3, 200, 0), bigger(3, 200, 0), true},
		{"big ints by sign", bigger(-3, 201, 0), bigger(3, 201, 0), false},
		{"infinities", inf, inf, true},
		{"nan", nan, nan, false},
		{"nan in lists", pyvalue.List(nan), pyvalue.List(nan), false},
		{"nan as a key", pyvalue.Set(nan), pyvalue.Set(nan), false},
		{"nan in a key", pyvalue.Set(pyvalue.Tuple(nan)), pyvalue.Set(pyvalue.Tuple(nan)), false},
		{"nan as a dict value", pyvalue.Dict(num(1), nan), pyvalue.Dict(num(1), nan), false},
		{"negative zero", float(math.Copysign(0, -1)), num(0), true},
		{"str and bytes", str("a"), pyvalue.Bytes("a"), false},
		{"list and tuple", pyvalue.List(num(1)), pyvalue.Tuple(num(1)), false},
		{"empty list and tuple", pyvalue.List(), pyvalue.Tuple(), false},
		{"empty set and dict", pyvalue.Set(), pyvalue.Dict(), false},
		{"lists elementwise", pyvalue.List(num(1), num(0)), pyvalue.List(float(1), pyvalue.Bool(false)), true},
		{"longer list", pyvalue.List(num(1), num(0)), pyvalue.List(num(1)), false},
		{"set and frozenset", pyvalue.Set(num(1), num(2)), pyvalue.FrozenSet(num(2), float(1)), true},
		{"sets of one size", pyvalue.Set(num(1), num(2)), pyvalue.Set(num(1), num(3)), false},
		{"sets of tuples", pyvalue.Set(pyvalue.Tuple(num(1))), pyvalue.Set(pyvalue.Tuple(float(1))), true},
		{"set of frozensets", pyvalue.Set(pyvalue.FrozenSet(num(1), num(2))), pyvalue.Set(pyvalue.FrozenSet(num(2), num(1))), true},
		{"dict order", pyvalue.Dict(num(1), none, num(2), none), pyvalue.Dict(num(2), none, num(1), none), true},
		{"dict keys across types", pyvalue.Dict(num(1), str("a")), pyvalue.Dict(pyvalue.Bool(true), str("a")), true},
		{"dict values", pyvalue.Dict(num(1), str("a")), pyvalue.Dict(num(1), str("b")), false},
		{"big float key", pyvalue.Set(bigger(2, 70, 0)), pyvalue.Set(float(1 << 70)), true},
		{"big negative float key", pyvalue.Set(bigger(-2, 71, 0)), pyvalue.Set(float(-(1 << 71))), true},
		{"complex key", pyvalue.Set(num(3)), pyvalue.Set(pyvalue.Complex(3)), true},
		{"ellipsis", pyvalue.Ellipsis(), pyvalue.Ellipsis(), true},
	}
	for _, c := range cases {
		for _, pair := range [][2]pyvalue.Value{{c.a, c.b}, {c.b, c.a}, {pyvalue.List(c.a), pyvalue.List(c.b)}} {
			if got := pyvalue.Equal(pair[0], pair[1]); got != c.want {
				t.Errorf("%s: Equal(%s, %s) = %v, want %v", c.name, show(pair[0]), show(pair[1]), got, c.want)
			}
		}
	}
}

func TestEqualLargeSetsAndDicts(t *testing.T) {
	const n = 100_000
	ints, floats, pairs := make([]pyvalue.Value, n), make([]pyvalue.Value, n), make([]pyvalue.Value, 0, 2*n)
	for i := range n {
		// Multiples of a large power of two are what a weak hash turns into one long chain.
		ints[i], floats[n-1-i] = num(int64(i)<<32), float(float64(int64(i)<<32))
		pairs = append(pairs, num(int64(i)<<32), none)
	}
	start := time.Now()
	a, b, d := pyvalue.Set(ints...), pyvalue.FrozenSet(floats...), pyvalue.Dict(pairs...)
	if !pyvalue.Equal(a, b) || !pyvalue.Equal(d, d) {
		t.Error("large equal sets or dicts are unequal")
	}
	nans := make([]pyvalue.Value, n)
	for i := range nans {
		nans[i] = pyvalue.Tuple(nan)
	}
	if v := pyvalue.Set(nans...); pyvalue.Equal(v, v) || v.Len() != n {
		t.Error("a set of nans equals itself or lost some")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v: hashing degenerates", took)
	}
}

// TestEqualDeep nests two-element frozensets, whose hashes would take quadratic time if computed afresh.
func TestEqualDeep(t *testing.T) {
	build := func() pyvalue.Value {
		items := make([]pyvalue.Value, 20_000)
		for i := range items {
			items[i] = num(int64(i))
		}
		v := pyvalue.FrozenSet(items...)
		for i := range 900 {
			v = pyvalue.FrozenSet(num(int64(i)), v)
		}
		return v
	}
	start := time.Now()
	if a, b := build(), build(); !pyvalue.Equal(a, b) {
		t.Error("deep frozensets are unequal")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v: hashes of nested frozensets are not kept", took)
	}
}

func TestEqualDoesNotAllocate(t *testing.T) {
	a, b := typical(), typical()
	if got := testing.AllocsPerRun(10, func() { pyvalue.Equal(a, b) }); got != 0 {
		t.Errorf("Equal allocates %v times, want 0", got)
	}
}

func TestEqualBytes(t *testing.T) {
	cases := []struct {
		name    string
		v       pyvalue.Value
		decided bool
	}{
		{"plain values", typical(), true},
		{"negative ints", pyvalue.List(num(-1), num(-1), num(-1)), true},
		{"nan", nan, false},
		{"negative nan", float(math.Float64frombits(0xfff8000000000000)), false},
		{"signalling nan", float(math.Float64frombits(0x7ff0000000000001)), false},
		{"nan inside", pyvalue.List(num(-1), pyvalue.Dict(num(1), nan)), false},
		{"real part nan", pyvalue.Complex(complex(math.NaN(), 1)), false},
		{"imaginary part nan", pyvalue.Complex(complex(1, math.NaN())), false},
	}
	for _, c := range cases {
		data := pyvalue.Encode(c.v)
		if equal, decided := pyvalue.EqualBytes(data, data); decided != c.decided || equal != c.decided {
			t.Errorf("%s: EqualBytes = %v, %v, want decided %v", c.name, equal, decided, c.decided)
		}
	}
	if _, decided := pyvalue.EqualBytes([]byte("T"), []byte("i\x01\x00\x00\x00")); decided {
		t.Error("EqualBytes decides about different bytes")
	}
	for _, data := range []string{"f\x03nan", "x\x011\x04-nan", "\xe7\x00\x00\x00\x00\x00\x00\xf8\x7f"} {
		if _, decided := pyvalue.EqualBytes([]byte(data), []byte(data)); decided {
			t.Errorf("EqualBytes(%q) misses a nan", data)
		}
	}
}
