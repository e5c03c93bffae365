package nn_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/acecoder/acecoder/internal/nn"
)

// small is a model whose parts all have other sizes.
var small = nn.Config{
	Vocab: 37, Hidden: 24, Intermediate: 40, Layers: 3, Heads: 6, KVHeads: 2, HeadDim: 8, MaxPositions: 150,
	RopeTheta: 10000, Epsilon: 1e-6, Tied: false,
}

func newModel(t testing.TB, c nn.Config, seed uint64) *nn.Model {
	t.Helper()
	weights := c.RandomWeights(seed)
	for i, w := range c.Weights() { // larger than at the beginning of a training, so that logits differ
		if len(w.Shape) == 2 {
			scale(weights[i], 8)
		}
	}
	m, err := nn.NewModel(c, backend(), weights)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fullLogits are those after every token of a sequence alone.
func fullLogits(t testing.TB, m *nn.Model, sequence []int32) [][]float32 {
	t.Helper()
	n := len(m.Weights)
	exec := graph.MustNewExec(m.Device, func(in []*graph.Node) *graph.Node {
		p := nn.Parameters{Weights: in[:n]}
		return m.Logits(p, m.Trunk(p, in[n]))
	})
	defer exec.Finalize()
	flat := floats(exec.MustCall(anys(m.Weights, idsOf([][]int32{sequence}))...)[0])
	out := make([][]float32, len(sequence))
	for i := range out {
		for _, x := range flat[i*m.Vocab : (i+1)*m.Vocab] {
			out[i] = append(out[i], float32(x))
		}
	}
	return out
}

// gap is the largest difference.
func gap(a, b []float32) float64 {
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst
}

func randomSequence(r *rand.Rand, vocab, n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(r.IntN(vocab))
	}
	return out
}

// Sequences that come and go, of any lengths, in any company, have the logits of the full forward pass of each alone.
func TestDecoderIsTheForwardPass(t *testing.T) {
	for name, c := range map[string]nn.Config{"untied": small, "tied": golden} {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, c, 1)
			d, err := nn.NewDecoder(m, 7)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			r := rand.New(rand.NewPCG(1, 2))
			sequences := map[int][]int32{} // by slot
			check := func(what string, slot int, logits []float32) {
				t.Helper()
				full := fullLogits(t, m, sequences[slot])
				if g := gap(logits, full[len(full)-1]); g > 1e-4 {
					t.Fatalf("%s: slot %d with %d tokens: logits differ by %v", what, slot, len(sequences[slot]), g)
				}
			}
			for range 25 {
				var free, used []int
				for s := range d.Slots() {
					if sequences[s] == nil {
						free = append(free, s)
					} else {
						used = append(used, s)
					}
				}
				r.Shuffle(len(used), func(i, j int) { used[i], used[j] = used[j], used[i] })
				switch k := r.IntN(6); {
				case k == 0 && len(free) > 0 || len(used) == 0:
					chosen := free[:1+r.IntN(len(free))]
					var prompts [][]int32
					for _, s := range chosen {
						sequences[s] = randomSequence(r, c.Vocab, 1+r.IntN(40))
						prompts = append(prompts, sequences[s])
					}
					logits, err := d.Prefill(chosen, prompts)
					if err != nil {
						t.Fatal(err)
					}
					for i, s := range chosen {
						check("prefill", s, logits[i])
					}
				case k == 1:
					d.Free(used[0])
					delete(sequences, used[0])
				case k == 2 && len(free) > 0:
					if err := d.Copy(free[0], used[0]); err != nil {
						t.Fatal(err)
					}
					sequences[free[0]] = append([]int32(nil), sequences[used[0]]...)
				default:
					chosen := used[:1+r.IntN(len(used))]
					tokens := randomSequence(r, c.Vocab, len(chosen))
					for i, s := range chosen {
						if len(sequences[s]) >= d.Capacity() {
							t.Skip("grew too long")
						}
						sequences[s] = append(sequences[s], tokens[i])
					}
					logits, err := d.Step(chosen, tokens)
					if err != nil {
						t.Fatal(err)
					}
					for i, s := range chosen {
						check("step", s, logits[i])
					}
				}
			}
		})
	}
}

func TestDecoderRefuses(t *testing.T) {
	m := newModel(t, small, 1)
	d, err := nn.NewDecoder(m, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Prefill([]int{0}, [][]int32{make([]int32, small.MaxPositions)}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		do   func() error
		want string
	}{
		"too long":        {func() error { _, err := d.Prefill([]int{1}, [][]int32{make([]int32, 151)}); return err }, "151 tokens, and the model's context 150"},
		"empty":           {func() error { _, err := d.Prefill([]int{1}, [][]int32{{}}); return err }, "no token"},
		"in use":          {func() error { _, err := d.Prefill([]int{0}, [][]int32{{1}}); return err }, "slot 0"},
		"twice":           {func() error { _, err := d.Prefill([]int{1, 1}, [][]int32{{1}, {2}}); return err }, "slot 1"},
		"unknown token":   {func() error { _, err := d.Prefill([]int{1}, [][]int32{{37}}); return err }, "token 37"},
		"negative token":  {func() error { _, err := d.Prefill([]int{1}, [][]int32{{-1}}); return err }, "token -1"},
		"step in nothing": {func() error { _, err := d.Step([]int{1}, []int32{1}); return err }, "slot 1"},
		"step when full":  {func() error { _, err := d.Step([]int{0}, []int32{1}); return err }, "150 tokens"},
		"copy of nothing": {func() error { return d.Copy(0, 1) }, "slot 0 is not free"},
	} {
		if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
