package pyvalue_test

import (
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

func TestDecode(t *testing.T) {
	cases := []struct{ name, data, want string }{
		{"none", "N", "None"},
		{"ellipsis", ".", "Ellipsis"},
		{"true", "T", "True"},
		{"int", "i\xff\xff\xff\xff", "-1"},
		{"int with the reference flag", "\xe9\x05\x00\x00\x00", "5"},
		{"64-bit int of old versions", "I\x00\x00\x00\x00\x00\x00\x00\x80", "-9223372036854775808"},
		{"long zero", "l\x00\x00\x00\x00", "0"},
		{"long of one digit", "l\x01\x00\x00\x00\x05\x00", "5"},
		{"negative long", "l\xfe\xff\xff\xff\x00\x00\x01\x00", "-32768"},
		{"2**63", "l\x05\x00\x00\x00" + strings.Repeat("\x00\x00", 4) + "\x08\x00", "9223372036854775808"},
		{"-2**63", "l\xfb\xff\xff\xff" + strings.Repeat("\x00\x00", 4) + "\x08\x00", "-9223372036854775808"},
		{"text float", "f\x031.5", "1.5"},
		{"text float beyond range", "f\x051e999", "inf"},
		{"text nan", "f\x03nan", "nan"},
		{"text complex", "x\x011\x02-2", "(1-2j)"},
		{"unicode", "u\x02\x00\x00\x00\xc3\xa9", "'é'"},
		{"lone surrogate", "u\x03\x00\x00\x00\xed\xa0\x80", `'\ud800'`},
		{"interned", "t\x01\x00\x00\x00a", "'a'"},
		{"ascii", "a\x01\x00\x00\x00a", "'a'"},
		{"short ascii", "z\x01a", "'a'"},
		{"short interned ascii", "Z\x01a", "'a'"},
		{"interned ascii", "A\x01\x00\x00\x00a", "'a'"},
		{"small tuple", ")\x02NT", "(None, True)"},
		{"dict", "{z\x01aN0", "{'a': None}"},
		{"empty dict", "{0", "{}"},
		{"set of nans", "<\x02\x00\x00\x00f\x03nanf\x03nan", "{nan, nan}"},
	}
	for _, c := range cases {
		v, rest, err := pyvalue.Decode([]byte(c.data+"tail"), pyvalue.Limits{})
		if err != nil || string(rest) != "tail" || pyvalue.Repr(v, 99) != c.want {
			t.Errorf("%s: Decode(%q) = %s, rest %q, %v, want %s", c.name, c.data, pyvalue.Repr(v, 99), rest, err, c.want)
		}
	}
}

func TestDecodeMalformed(t *testing.T) {
	cases := []struct{ name, data string }{
		{"nothing", ""},
		{"null", "0"},
		{"reference", "r\x00\x00\x00\x00"},
		{"list with a reference", "[\x03\x00\x00\x00\xceNr\x00\x00\x00\x00"},
		{"code", "c\x00\x00\x00\x00"},
		{"stop iteration", "S"},
		{"unknown form", "?"},
		{"int cut short", "i\x01\x02"},
		{"float cut short", "g\x01\x02"},
		{"complex without its second part", "y\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"long cut short", "l\x02\x00\x00\x00\x01\x00"},
		{"long digit of 16 bits", "l\x01\x00\x00\x00\x00\x80"},
		{"long with a leading zero", "l\x02\x00\x00\x00\x01\x00\x00\x00"},
		{"long of the most negative length", "l\x00\x00\x00\x80\x01\x00"},
		{"text float in hexadecimal", "f\x050x1p2"},
		{"text float with an underscore", "f\x031_0"},
		{"text float named otherwise", "f\x03Inf"},
		{"empty text float", "f\x00"},
		{"negative length", "s\xff\xff\xff\xff"},
		{"length beyond the data", "s\x05\x00\x00\x00abcd"},
		{"invalid utf-8", "u\x01\x00\x00\x00\xff"},
		{"overlong utf-8", "u\x02\x00\x00\x00\xc0\x80"},
		{"surrogate cut short", "u\x02\x00\x00\x00\xed\xa0"},
		{"invalid byte after a surrogate", "u\x04\x00\x00\x00\xed\xa0\x80\xff"},
		{"ascii beyond 127", "z\x01\x80"},
		{"list of negative length", "[\xff\xff\xff\xff"},
		{"list longer than the data", "[\x03\x00\x00\x00NN"},
		{"list that takes what its parent needs", "[\x02\x00\x00\x00[\x01\x00\x00\x00N"},
		{"dict without end", "{NN"},
		{"dict key without value", "{N0"},
		{"list as a key", "{[\x00\x00\x00\x00N0"},
		{"dict in a tuple in a set", "<\x01\x00\x00\x00)\x01{0"},
		{"set in a set", "<\x01\x00\x00\x00<\x00\x00\x00\x00"},
		{"element twice", "<\x02\x00\x00\x00NN"},
		{"equal elements of two types", "<\x02\x00\x00\x00Tf\x011"},
		{"key twice", "{NTNF0"},
	}
	for _, c := range cases {
		v, rest, err := pyvalue.Decode([]byte(c.data), pyvalue.Limits{})
		if !errors.Is(err, pyvalue.ErrMalformed) {
			t.Errorf("%s: Decode(%q) = %s, rest %q, %v, want ErrMalformed", c.name, c.data, pyvalue.Repr(v, 99), rest, err)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[\x01\x00\x00\x00", n) + "N" }
	cases := []struct {
		name, data string
		lim        pyvalue.Limits
		want       error
	}{
		{"default depth", nested(1000), pyvalue.Limits{}, nil},
		{"beyond default depth", nested(1001), pyvalue.Limits{}, pyvalue.ErrTooDeep},
		{"chosen depth", nested(3), pyvalue.Limits{Depth: 3}, nil},
		{"beyond chosen depth", nested(4), pyvalue.Limits{Depth: 3}, pyvalue.ErrTooDeep},
		{"deep dicts", strings.Repeat("{N", 1001) + "N" + strings.Repeat("0", 1001), pyvalue.Limits{}, pyvalue.ErrTooDeep},
		{"chosen nodes", "[\x02\x00\x00\x00NN", pyvalue.Limits{Nodes: 3}, nil},
		{"beyond chosen nodes", "[\x03\x00\x00\x00NNN", pyvalue.Limits{Nodes: 3}, pyvalue.ErrTooLarge},
		{"dict within nodes", "{NT0", pyvalue.Limits{Nodes: 3}, nil},
		{"dict beyond nodes", "{NTFN0", pyvalue.Limits{Nodes: 3}, pyvalue.ErrTooLarge},
	}
	for _, c := range cases {
		if _, _, err := pyvalue.Decode([]byte(c.data), c.lim); !errors.Is(err, c.want) {
			t.Errorf("%s: Decode error = %v, want %v", c.name, err, c.want)
		}
	}
}

// TestDecodeAllocation sends containers that each claim all bytes that are left.
func TestDecodeAllocation(t *testing.T) {
	const size = 1 << 20
	var data []byte
	for len(data) < 900*5 {
		data = binary.LittleEndian.AppendUint32(append(data, '['), uint32(size-len(data)-5))
	}
	data = append(data, strings.Repeat("N", size-len(data))...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := pyvalue.Decode(data, pyvalue.Limits{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, pyvalue.ErrMalformed) {
		t.Errorf("Decode error = %v, want ErrMalformed", err)
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(50*size); got > most {
		t.Errorf("Decode of %d bytes allocated %d, want at most %d", size, got, most)
	}
}

func TestEncodeReturnsWhatDecodeRead(t *testing.T) {
	values := []pyvalue.Value{
		pyvalue.None(), pyvalue.Int(0), pyvalue.Int(math.MinInt64), pyvalue.Int(math.MaxInt64), pyvalue.Int(1 << 31),
		pyvalue.BigInt(power(2, 63)), pyvalue.BigInt(power(-7, 301)), pyvalue.Float(math.Copysign(0, -1)),
		pyvalue.Complex(complex(1, -2)), pyvalue.Str("é\xed\xa0\x80"), pyvalue.Bytes("\x00\xff"),
		pyvalue.Dict(pyvalue.Str("k"), pyvalue.List(pyvalue.Tuple(), pyvalue.Ellipsis())),
		pyvalue.Set(pyvalue.Int(1), pyvalue.FrozenSet(pyvalue.Bool(true))),
	}
	for _, v := range values {
		got, rest, err := pyvalue.Decode(pyvalue.Encode(v), pyvalue.Limits{})
		if err != nil || len(rest) != 0 || !pyvalue.Equal(got, v) || got.Kind() != v.Kind() {
			t.Errorf("Decode(Encode(%s)) = %s, rest %q, %v", show(v), show(got), rest, err)
		}
	}
}
