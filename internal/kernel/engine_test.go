package kernel

import (
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// engines are those of this processor.
func engines() []*engine { return append(vectorEngines(), &plain) }

// onEach puts each engine into use in turn.
func onEach() iter.Seq[string] {
	return func(yield func(string) bool) {
		before := use
		defer func() { use = before }()
		for _, e := range engines() {
			if use = e; !yield(e.name) {
				return
			}
		}
	}
}

// random are n numbers around 0, without a pattern.
func random(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// equal compares bits; all NaN are equal.
func equal(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// firstUnequal is the first place where two slices differ, or -1.
func firstUnequal(a, b []float32) int {
	for i := range a {
		if !equal(a[i], b[i]) {
			return i
		}
	}
	return -1
}

func TestChoose(t *testing.T) {
	best := engines()[0].name
	for _, c := range []struct{ name, want string }{{"", best}, {best, best}, {"off", "off"}} {
		if got := choose(c.name).name; got != c.want {
			t.Errorf("choose(%q) = %s, want %s", c.name, got, c.want)
		}
	}
	for _, name := range []string{"avx512", "avx2"} {
		if got := choose(name).name; got != name && len(engines()) == 3 {
			t.Errorf("choose(%q) = %s", name, got)
		}
	}
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, "want avx512, avx2 or off") {
			t.Errorf("choose(\"sse\") panics with %q", got)
		}
	}()
	choose("sse")
}
