package pyvalue_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

// generator builds random values without nan; the same seed builds the same values.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) number() pyvalue.Value {
	i := g.Int64N(7) - 3
	switch g.IntN(6) {
	case 0:
		return pyvalue.Bool(i > 0)
	case 1:
		return float(float64(i))
	case 2:
		return float(float64(i) / 2)
	case 3:
		return bigger(2, 63, i)
	case 4:
		return float(float64(uint64(1)<<63) * float64(i))
	}
	return num(i)
}

func (g generator) key(depth int) pyvalue.Value {
	switch k := g.IntN(6); {
	case k < 2 || depth == 0 && k > 3:
		return g.number()
	case k == 2:
		return str(string(rune('a' + g.IntN(3))))
	case k == 3:
		return none
	case k == 4:
		return pyvalue.Tuple(g.items(depth-1, generator.key)...)
	}
	return pyvalue.FrozenSet(g.items(depth-1, generator.key)...)
}

func (g generator) value(depth int) pyvalue.Value {
	if depth == 0 {
		return g.key(0)
	}
	switch g.IntN(6) {
	case 0:
		return pyvalue.List(g.items(depth-1, generator.value)...)
	case 1:
		return pyvalue.Tuple(g.items(depth-1, generator.value)...)
	case 2:
		return pyvalue.Set(g.items(depth-1, generator.key)...)
	case 3:
		var pairs []pyvalue.Value
		for _, key := range g.items(depth-1, generator.key) {
			pairs = append(pairs, key, g.value(depth-1))
		}
		return pyvalue.Dict(pairs...)
	}
	return g.key(depth)
}

func (g generator) items(depth int, one func(generator, int) pyvalue.Value) []pyvalue.Value {
	items := make([]pyvalue.Value, g.IntN(14)*g.IntN(2)+g.IntN(3))
	for i := range items {
		items[i] = one(g, max(depth, 0))
	}
	return items
}

// reordered returns v with the elements of its sets and the pairs of its dicts in a random order, at
// every depth, and its small ints spelled as floats.
func (g generator) reordered(v pyvalue.Value) pyvalue.Value {
	if i, ok := v.Int64(); ok && i > -100 && i < 100 {
		return float(float64(i))
	}
	items := slices.Clone(v.Items())
	for i := range items {
		items[i] = g.reordered(items[i])
	}
	switch v.Kind() {
	case pyvalue.KindList:
		return pyvalue.List(items...)
	case pyvalue.KindTuple:
		return pyvalue.Tuple(items...)
	case pyvalue.KindDict:
		var pairs []pyvalue.Value
		for _, i := range g.Perm(len(items) / 2) {
			pairs = append(pairs, items[2*i], items[2*i+1])
		}
		return pyvalue.Dict(pairs...)
	case pyvalue.KindSet, pyvalue.KindFrozenSet:
		g.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		if v.Kind() == pyvalue.KindSet {
			return pyvalue.Set(items...)
		}
		return pyvalue.FrozenSet(items...)
	}
	return v
}

func TestEqualIgnoresOrderAndSpelling(t *testing.T) {
	for seed := range uint64(3000) {
		g := newGenerator(seed)
		v := g.value(3)
		w := g.reordered(v)
		if !pyvalue.Equal(v, w) || !pyvalue.Equal(w, v) {
			t.Errorf("seed %d: %s and %s are unequal", seed, show(v), show(w))
		}
		if pyvalue.Truth(v) != pyvalue.Truth(w) {
			t.Errorf("seed %d: Truth of %s and %s differ", seed, show(v), show(w))
		}
		if pyvalue.Equal(pyvalue.List(v, w), pyvalue.List(v, pyvalue.List(w))) {
			t.Errorf("seed %d: %s equals a list of itself", seed, show(w))
		}
	}
}

// TestEqualIsAnEquivalence takes few numbers, so that many of the triples are equal across types.
func TestEqualIsAnEquivalence(t *testing.T) {
	g := newGenerator(1)
	values := make([]pyvalue.Value, 60)
	for i := range values {
		values[i] = g.key(1)
	}
	for _, a := range values {
		for _, b := range values {
			if !pyvalue.Equal(a, b) {
				continue
			}
			for _, c := range values {
				if pyvalue.Equal(a, c) != pyvalue.Equal(b, c) {
					t.Errorf("%s equals %s, but only one equals %s", show(a), show(b), show(c))
				}
			}
			if pyvalue.Set(a, b).Len() != 1 {
				t.Errorf("%s equals %s, but a set keeps both", show(a), show(b))
			}
		}
	}
}

func TestCompareIsATotalOrderOfNumbers(t *testing.T) {
	g := newGenerator(2)
	values := make([]pyvalue.Value, 400)
	for i := range values {
		values[i] = g.number()
	}
	less := func(a, b pyvalue.Value) bool {
		is, ok := pyvalue.Compare("<", a, b)
		if !ok {
			t.Fatalf("Compare(<, %s, %s) ok = false", show(a), show(b))
		}
		return is
	}
	slices.SortFunc(values, func(a, b pyvalue.Value) int {
		switch {
		case less(a, b):
			return -1
		case less(b, a):
			return 1
		}
		return 0
	})
	for i, a := range values {
		for _, b := range values[i:] {
			if less(b, a) || less(a, b) == pyvalue.Equal(a, b) {
				t.Fatalf("%s sorts before %s: < %v, > %v, == %v", show(a), show(b), less(a, b), less(b, a), pyvalue.Equal(a, b))
			}
		}
	}
}

// TestContainsAgreesWithEqual looks the same element up in a list, by scan, and in a set, by hash.
func TestContainsAgreesWithEqual(t *testing.T) {
	for seed := range uint64(500) {
		g := newGenerator(seed)
		items := g.items(2, generator.key)
		list, set := pyvalue.List(items...), pyvalue.Set(slices.Clone(items)...)
		for range 20 {
			elem := g.key(1)
			inList, _ := pyvalue.Contains(list, elem)
			if inSet, ok := pyvalue.Contains(set, elem); !ok || inSet != inList {
				t.Errorf("seed %d: %s in %s = %v, in the list %v", seed, show(elem), show(set), inSet, inList)
			}
		}
	}
}

func TestTreeKeepsEveryValue(t *testing.T) {
	for seed := range uint64(500) {
		g := newGenerator(seed)
		v := pyvalue.List(g.value(3), pyvalue.Ext("collections.deque", pyvalue.List(g.value(2))), pyvalue.Tuple(g.value(1)))
		got, err := pyvalue.FromTree(pyvalue.Tree(v))
		if err != nil || !pyvalue.Equal(got, v) {
			t.Errorf("seed %d: FromTree(Tree(%s)) = %s, %v", seed, show(v), show(got), err)
		}
	}
}

// TestDecodeOfEveryPrefix cuts valid data everywhere: each cut must be an error, never a value.
func TestDecodeOfEveryPrefix(t *testing.T) {
	for seed := range uint64(100) {
		v := newGenerator(seed).value(3)
		data := pyvalue.Encode(v)
		for n := range min(len(data), 600) {
			if got, _, err := pyvalue.Decode(data[:n], pyvalue.Limits{}); err == nil {
				t.Errorf("seed %d: Decode of %d of %d bytes = %s", seed, n, len(data), show(got))
			}
		}
	}
}

// TestValuesAreShared asks about one value from several goroutines; the race detector watches.
func TestValuesAreShared(t *testing.T) {
	v := newGenerator(7).value(3)
	shared := pyvalue.List(v, wideDict(), pyvalue.Set(pyvalue.Tuple(num(1)), pyvalue.FrozenSet(v.Items()[:0]...)))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if !pyvalue.Equal(shared, shared) || show(shared) == "" || len(pyvalue.Encode(shared)) == 0 {
				t.Error("a shared value changed")
			}
			if _, ok := pyvalue.Contains(shared, v); !ok {
				t.Error("Contains on a shared list is undecided")
			}
		})
	}
	all.Wait()
}
