package pyvalue_test

import (
	"errors"
	"math"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

// node builds one node of a tree form.
func node(code string, payload pyvalue.Value) pyvalue.Value { return pyvalue.Tuple(str(code), payload) }

func object(name string, payload pyvalue.Value) pyvalue.Value {
	return pyvalue.Ext("collections."+name, payload)
}

func TestFromTree(t *testing.T) {
	leaf, list := node("v", num(1)), pyvalue.List
	cases := []struct {
		name string
		tree pyvalue.Value
		want string
	}{
		{"plain", node("v", pyvalue.Dict(num(1), none)), "{1: None}"},
		{"plain tuple that looks like a node", node("v", leaf), "('v', 1)"},
		{"list", node("L", list(leaf, node("v", none))), "[1, None]"},
		{"tuple", node("T", list(leaf)), "(1,)"},
		{"set", node("S", list(leaf)), "{1}"},
		{"frozenset", node("F", list(leaf)), "frozenset({1})"},
		{"dict", node("D", list(pyvalue.Tuple(leaf, node("v", none)))), "{1: None}"},
		{"object", node("X", pyvalue.Tuple(str("decimal.Decimal"), node("v", str("1.0")))), "Decimal('1.0')"},
		{"object in a list", node("L", list(node("X", pyvalue.Tuple(str("a.B"), leaf)))), "[B(1)]"},
		{"objects as keys", node("S", list(node("X", pyvalue.Tuple(str("B"), leaf)), node("X", pyvalue.Tuple(str("B"), leaf)))), "{B(1), B(1)}"},
	}
	for _, c := range cases {
		got, err := pyvalue.FromTree(c.tree)
		if err != nil || show(got) != c.want {
			t.Errorf("%s: FromTree(%s) = %s, %v, want %s", c.name, show(c.tree), show(got), err, c.want)
			continue
		}
		again, err := pyvalue.FromTree(pyvalue.Tree(got))
		if err != nil || show(again) != c.want {
			t.Errorf("%s: FromTree(Tree(%s)) = %s, %v", c.name, show(got), show(again), err)
		}
	}
}

func TestFromTreeMalformed(t *testing.T) {
	leaf, list := node("v", num(1)), pyvalue.List
	counter := node("X", pyvalue.Tuple(str("collections.Counter"), node("v", pyvalue.Dict())))
	cases := []struct {
		name string
		tree pyvalue.Value
	}{
		{"no node", num(1)},
		{"list for a node", list(str("v"), num(1))},
		{"tuple of three", pyvalue.Tuple(str("v"), num(1), num(2))},
		{"unknown code", node("Q", num(1))},
		{"code in bytes", pyvalue.Tuple(pyvalue.Bytes("v"), num(1))},
		{"items in a tuple", node("L", pyvalue.Tuple(leaf))},
		{"item that is no node", node("L", list(num(1)))},
		{"dict item that is no pair", node("D", list(leaf, num(1)))},
		{"dict key that is no node", node("D", list(pyvalue.Tuple(num(1), leaf)))},
		{"key twice", node("S", list(leaf, leaf))},
		{"unhashable key", node("S", list(node("L", list())))},
		{"unhashable object as a key", node("S", list(counter))},
		{"object without a name", node("X", pyvalue.Tuple(str(""), leaf))},
		{"object whose payload is no node", node("X", pyvalue.Tuple(str("a.B"), num(1)))},
		{"object that is no pair", node("X", num(1))},
		{"counter of a list", node("X", pyvalue.Tuple(str("collections.Counter"), node("L", list())))},
	}
	for _, c := range cases {
		if v, err := pyvalue.FromTree(c.tree); !errors.Is(err, pyvalue.ErrMalformed) {
			t.Errorf("%s: FromTree(%s) = %s, %v, want ErrMalformed", c.name, show(c.tree), show(v), err)
		}
	}
}

func TestEqualObjects(t *testing.T) {
	ab := pyvalue.Dict(str("a"), num(1), str("b"), num(2))
	ba := pyvalue.Dict(str("b"), num(2), str("a"), num(1))
	abZero := pyvalue.Dict(str("a"), num(1), str("b"), num(2), str("c"), num(0))
	nanZero := pyvalue.Dict(pyvalue.Float(math.NaN()), num(0))
	list := pyvalue.List(num(1))
	cases := []struct {
		name string
		a, b pyvalue.Value
		want bool
	}{
		{"defaultdict and dict", object("defaultdict", ab), ba, true},
		{"ordered dict and dict", object("OrderedDict", ab), ba, true},
		{"ordered dicts in one order", object("OrderedDict", ab), object("OrderedDict", ab), true},
		{"ordered dicts in two orders", object("OrderedDict", ab), object("OrderedDict", ba), false},
		{"ordered dict and defaultdict", object("OrderedDict", ab), object("defaultdict", ba), true},
		{"counter and dict", object("Counter", ab), ba, true},
		{"counters", object("Counter", ab), object("Counter", ba), true},
		{"counters with a zero", object("Counter", ab), object("Counter", abZero), true},
		{"counter with a zero and dict", object("Counter", abZero), ab, false},
		{"counters with a zero under nan", object("Counter", nanZero), object("Counter", pyvalue.Dict()), true},
		{"counters with another count", object("Counter", ab), object("Counter", pyvalue.Dict(str("a"), num(1))), false},
		{"deques", object("deque", list), object("deque", pyvalue.List(float(1))), true},
		{"deque and list", object("deque", list), list, false},
		{"deque and counter", object("deque", list), object("Counter", ab), false},
		{"object and number", object("Counter", ab), num(1), false},
		{"nested", pyvalue.List(object("Counter", ab)), pyvalue.List(ba), true},
		{"unknown objects", object("Other", list), object("Other", list), false},
	}
	for _, c := range cases {
		if pyvalue.Equal(c.a, c.b) != c.want || pyvalue.Equal(c.b, c.a) != c.want {
			t.Errorf("%s: Equal(%s, %s) = %v, want %v", c.name, show(c.a), show(c.b), !c.want, c.want)
		}
	}
}

func TestEncodeOfObjectsIsTheirTree(t *testing.T) {
	v := pyvalue.Dict(str("k"), pyvalue.Tuple(object("deque", pyvalue.List(num(1))), pyvalue.Set(num(2))))
	tree, _, err := pyvalue.Decode(pyvalue.Encode(v), pyvalue.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pyvalue.FromTree(tree); err != nil || !pyvalue.Equal(got, v) {
		t.Errorf("FromTree(Decode(Encode(%s))) = %s, %v", show(v), show(got), err)
	}
}
