package pyvalue_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

func TestRepr(t *testing.T) {
	cases := []struct {
		v    pyvalue.Value
		want string
	}{
		{none, "None"},
		{pyvalue.Ellipsis(), "Ellipsis"},
		{pyvalue.Bool(true), "True"},
		{num(-7), "-7"},
		{float(1), "1.0"},
		{float(1e16), "1e+16"},
		{float(1e15), "1000000000000000.0"},
		{float(1e-5), "1e-05"},
		{float(0.0001), "0.0001"},
		{float(0.1), "0.1"},
		{float(math.Copysign(0, -1)), "-0.0"},
		{nan, "nan"},
		{inf, "inf"},
		{float(math.Inf(-1)), "-inf"},
		{float(5e-324), "5e-324"},
		{pyvalue.Complex(1i), "1j"},
		{pyvalue.Complex(1 - 2i), "(1-2j)"},
		{pyvalue.Complex(complex(0.5, math.NaN())), "(0.5+nanj)"},
		{pyvalue.Complex(complex(math.Copysign(0, -1), 1)), "(-0+1j)"},
		{str("a'b"), `"a'b"`},
		{str(`a'b"`), `'a\'b"'`},
		{str("\\\n\t\r\x00\x7f"), `'\\\n\t\r\x00\x7f'`},
		{str("é\u00a0\u2028\U0001f600\U000e0001\xed\xb0\x80"), `'é\xa0\u2028😀\U000e0001\udc00'`},
		{pyvalue.Bytes("a'\xff\n"), `b"a'\xff\n"`},
		{pyvalue.List(), "[]"},
		{pyvalue.Tuple(num(1)), "(1,)"},
		{pyvalue.Tuple(num(1), num(2)), "(1, 2)"},
		{pyvalue.Dict(str("a"), pyvalue.List(num(1))), "{'a': [1]}"},
		{pyvalue.Set(), "set()"},
		{pyvalue.FrozenSet(), "frozenset()"},
		{pyvalue.FrozenSet(num(1)), "frozenset({1})"},
		{pyvalue.Ext("collections.Counter", pyvalue.Dict()), "Counter({})"},
		{bigger(10, 30, 0), "1" + strings.Repeat("0", 30)},
		{bigger(-2, 63, -1), "-9223372036854775809"},
	}
	for _, c := range cases {
		if got := pyvalue.Repr(c.v, 1000); got != c.want {
			t.Errorf("Repr = %s, want %s", got, c.want)
		}
	}
}

func TestReprIsCut(t *testing.T) {
	cases := []struct {
		v    pyvalue.Value
		max  int
		want string
	}{
		{num(12345), 5, "12345"},
		{num(12345), 4, "123…"},
		{num(12345), 1, "…"},
		{num(12345), 0, ""},
		{num(12345), -1, ""},
		{str("ééé"), 4, "'éé…"},
		{pyvalue.List(num(1), num(2), num(3)), 7, "[1, 2,…"},
		{pyvalue.List(num(1), num(2), num(3)), 9, "[1, 2, 3]"},
		{str("\x00\x00"), 4, `'\x…`},
	}
	for _, c := range cases {
		if got := pyvalue.Repr(c.v, c.max); got != c.want {
			t.Errorf("Repr(max %d) = %q, want %q", c.max, got, c.want)
		}
	}
}

func TestReprOfHugeValuesIsCheap(t *testing.T) {
	huge := pyvalue.BigInt(power(2, 1<<24))
	start := time.Now()
	if got := pyvalue.Repr(huge, 10); got != "0x1000000…" {
		t.Errorf("Repr(2**2**24) = %s, want 0x1000000…", got)
	}
	long := str(strings.Repeat("é", 1<<22))
	for range 1000 {
		if got := pyvalue.Repr(pyvalue.List(long, huge), 20); utf8.RuneCountInString(got) != 20 {
			t.Fatalf("Repr = %q, want 20 runes", got)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v, want work bounded by max", took)
	}
	if got := pyvalue.Repr(bigger(-2, 40_001, 0), 1<<20); got != "-0x2"+strings.Repeat("0", 10_000) {
		t.Errorf("Repr(-2**40001) = %.20s… of %d bytes", got, len(got))
	}
}
