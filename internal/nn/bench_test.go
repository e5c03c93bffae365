package nn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// sizes are those that speed is reported for.
var sizes = []struct {
	name string
	nn.Config
}{
	{"0.15M", nn.Config{Vocab: 107, Hidden: 64, Intermediate: 176, Layers: 3, Heads: 4, KVHeads: 2, HeadDim: 16, MaxPositions: 512, RopeTheta: 1e6, Epsilon: 1e-6, Tied: true}},
	{"3.5M", nn.Config{Vocab: 1024, Hidden: 256, Intermediate: 768, Layers: 4, Heads: 8, KVHeads: 4, HeadDim: 32, MaxPositions: 512, RopeTheta: 1e6, Epsilon: 1e-6, Tied: true}},
	{"25M", nn.Config{Vocab: 4096, Hidden: 512, Intermediate: 1376, Layers: 8, Heads: 8, KVHeads: 4, HeadDim: 64, MaxPositions: 512, RopeTheta: 1e6, Epsilon: 1e-6, Tied: true}},
}

// randomIDs makes a tensor of tokens.
func randomIDs(c nn.Config, seed uint64, shape ...int) *tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	t := tensors.FromShape(shapes.Make(dtypes.Int32, shape...))
	tensors.MustMutableFlatData(t, func(flat []int32) {
		for i := range flat {
			flat[i] = int32(r.IntN(c.Vocab))
		}
	})
	return t
}

// eachSize runs a benchmark for each device and size.
func eachSize(b *testing.B, run func(b *testing.B, device compute.Backend, c nn.Config)) {
	b.Helper()
	for _, name := range devices {
		for _, s := range sizes {
			b.Run(name+"/"+s.name, func(b *testing.B) { run(b, open(name), s.Config) })
		}
	}
}

func BenchmarkGradient(b *testing.B) {
	const batch, length = 16, 128
	eachSize(b, func(b *testing.B, device compute.Backend, c nn.Config) { //nolint:thelper // it is the benchmark
		weights := c.RandomWeights(1)
		n := len(weights)
		ids, targets := randomIDs(c, 2, batch, length), randomIDs(c, 3, batch*length)
		exec := graph.MustNewExec(device, func(in []*graph.Node) []*graph.Node {
			p := nn.Parameters{Weights: in[:n]}
			logp := c.LogProbs(p, c.Trunk(p, in[n]), in[n+1])
			loss := graph.Neg(graph.ReduceAllMean(logp))
			return append([]*graph.Node{loss}, graph.Gradient(loss, in[:n]...)...)
		})
		in := anys(weights, ids, targets)
		for _, out := range exec.MustCall(in...) { // compiled
			out.MustFinalizeAll()
		}
		defer reportCPU(b)()
		for b.Loop() {
			for _, out := range exec.MustCall(in...) {
				out.MustFinalizeAll()
			}
		}
		b.ReportMetric(float64(batch*length*b.N)/b.Elapsed().Seconds(), "tokens/s")
	})
}
