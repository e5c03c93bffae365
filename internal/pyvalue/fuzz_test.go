package pyvalue_test

import (
	"bytes"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

func seedCorpus(f *testing.F, add func(data []byte)) {
	f.Helper()
	add(pyvalue.Encode(typical()))
	for _, data := range []string{
		"N", "i\xff\xff\xff\xff", "l\xfe\xff\xff\xff\x00\x00\x01\x00", "g\x00\x00\x00\x00\x00\x00\xf8\x7f", "x\x011\x02-2",
		"u\x03\x00\x00\x00\xed\xa0\x80", "{z\x01a[\x02\x00\x00\x00TF0", "<\x02\x00\x00\x00NT", ")\x02z\x01v>\x01\x00\x00\x00.",
		")\x02z\x01X)\x02z\x13collections.Counter)\x02z\x01v{z\x01ai\x01\x00\x00\x000",
	} {
		add([]byte(data))
	}
}

func FuzzDecode(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		v, tail, err := pyvalue.Decode(data, pyvalue.Limits{})
		if err != nil {
			return
		}
		if len(tail) >= len(data) {
			t.Errorf("Decode(%q) read nothing", data)
		}
		once := pyvalue.Encode(v)
		again, rest, err := pyvalue.Decode(once, pyvalue.Limits{})
		if err != nil || len(rest) != 0 {
			t.Fatalf("Decode(Encode(%s)) left %q, %v", show(v), rest, err)
		}
		if twice := pyvalue.Encode(again); !bytes.Equal(once, twice) {
			t.Errorf("Encode is not stable: %q, then %q", once, twice)
		}
		if got := pyvalue.Equal(v, again); got == pyvalue.HasNaN(v) {
			t.Errorf("%s equals its copy: %v", show(v), got)
		}
		for _, data := range [][]byte{once, data[:len(data)-len(tail)]} {
			if equal, decided := pyvalue.EqualBytes(data, data); decided == pyvalue.HasNaN(v) || equal != decided {
				t.Errorf("EqualBytes of %s as %q = %v, %v", show(v), data, equal, decided)
			}
		}
		if object, err := pyvalue.FromTree(v); err == nil {
			if same, err := pyvalue.FromTree(pyvalue.Tree(object)); err != nil || show(same) != show(object) {
				t.Errorf("FromTree(Tree(%s)) = %s, %v", show(object), show(same), err)
			}
		}
	})
}

func FuzzEqual(f *testing.F) {
	var last []byte
	seedCorpus(f, func(data []byte) {
		f.Add(data, data)
		f.Add(data, last)
		last = data
	})
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, _, errA := pyvalue.Decode(x, pyvalue.Limits{})
		b, _, errB := pyvalue.Decode(y, pyvalue.Limits{})
		if errA != nil || errB != nil {
			return
		}
		equal := pyvalue.Equal(a, b)
		if equal != pyvalue.Equal(b, a) {
			t.Errorf("Equal(%s, %s) = %v is not symmetric", show(a), show(b), equal)
		}
		if got := pyvalue.Equal(a, a); got == pyvalue.HasNaN(a) {
			t.Errorf("Equal(%s, itself) = %v", show(a), got)
		}
		checkTrichotomy(t, a, b, equal)
		checkMembership(t, a, b, equal)
	})
}

func checkTrichotomy(t *testing.T, a, b pyvalue.Value, equal bool) {
	t.Helper()
	less, ok := pyvalue.Compare("<", a, b)
	more, _ := pyvalue.Compare("<", b, a)
	atMost, _ := pyvalue.Compare("<=", a, b)
	if !ok {
		return
	}
	if less && more || equal && (less || more || !atMost) || atMost != (less || equal) {
		t.Errorf("%s and %s: < %v, > %v, <= %v, == %v", show(a), show(b), less, more, atMost, equal)
	}
}

func checkMembership(t *testing.T, a, b pyvalue.Value, equal bool) {
	t.Helper()
	if in, ok := pyvalue.Contains(pyvalue.List(a), b); !ok || in != equal {
		t.Errorf("Contains([%s], %s) = %v, %v, want %v", show(a), show(b), in, ok, equal)
	}
	// A value that may be looked up in a set may also be its element.
	if _, ok := pyvalue.Contains(pyvalue.FrozenSet(), a); !ok || a.Kind() == pyvalue.KindSet {
		return
	}
	if in, ok := pyvalue.Contains(pyvalue.Set(a), b); ok && in != equal {
		t.Errorf("Contains({%s}, %s) = %v, want %v", show(a), show(b), in, equal)
	}
}
