package verify_test

import (
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// chancy are calls of which a program's answer hangs on the state it starts in.
var chancy = []struct {
	name, program string
	varied        string // under a variation: other, same, or any
}{
	{"random numbers", "import random\ndef f(): return [random.random(), random.randint(0, 10**9), random.sample(range(99), 5)]", "other"},
	{"random numbers, imported late", "def f():\n    import random as r\n    return r.getrandbits(64)", "other"},
	{"numpy's random numbers", "import numpy as np\ndef f(): return [float(x) for x in np.random.rand(3)]", "other"},
	{"the order of a set of strings", "def f(): return list({w for w in 'the quick brown fox jumps over the lazy dog'.split()})", "other"},
	{"the order of a set of objects", "class A:\n    def __init__(self, n): self.n = n\ndef f(): return [a.n for a in {A(i) for i in range(40)}]", "any"},
	{"hashes of strings", "def f(): return hash('acecoder')", "other"},
	{"nothing of the kind", "def f(): return sorted({'b', 'a'})", "same"},
}

// values returns what the programs return, in their order.
func values(t *testing.T, opt verify.Options) []string {
	t.Helper()
	opt.Jobs, opt.Values, opt.CacheSize = 1, true, -1
	v := newVerifier(t, opt)
	var out []string
	for _, c := range chancy {
		if c.name == "numpy's random numbers" && v.Python().NumPy == "" {
			out = append(out, "")
			continue
		}
		got, err := v.Judge(t.Context(), verify.Job{
			ID: c.name, Tests: []string{"assert f() == 0"}, Programs: []acecoder.Program{{ID: "p", Program: c.program}},
		})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, got[0].Tests[0].Value)
	}
	return out
}

// A program starts in the same state every time, in another verifier too; a variation changes all of it.
func TestSameEveryTime(t *testing.T) {
	first, again, varied := values(t, verify.Options{}), values(t, verify.Options{}), values(t, verify.Options{Variation: 1})
	for i, c := range chancy {
		if first[i] != again[i] {
			t.Errorf("%s: %s, and then %s", c.name, first[i], again[i])
		}
		if c.varied != "any" && (varied[i] == first[i]) != (c.varied == "same") && first[i] != "" {
			t.Errorf("%s: %s, under a variation %s, want %s", c.name, first[i], varied[i], c.varied)
		}
	}
}
