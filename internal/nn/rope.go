package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// rotations are the cosines and sines by which a rotary embedding turns: [positions, dim/2] each.
type rotations struct{ cos, sin *graph.Node }

// rotationsOf gives the rotations of positions [n], int32, scaled. The angle of position p and pair i is p·θ^(−2i/dim), in
// float32 as transformers has it; cosine and sine are in the type of the weights.
func (c Config) rotationsOf(positions *graph.Node, scale float64, dtype dtypes.DType) rotations {
	half := c.HeadDim / 2
	frequencies := make([]float32, half)
	for i := range frequencies {
		frequencies[i] = float32(math.Pow(c.RopeTheta, -2*float64(i)/float64(c.HeadDim)))
	}
	g := positions.Graph()
	wide := dtypes.Float32
	if dtype == dtypes.Float64 {
		wide = dtypes.Float64
	}
	angles := graph.Mul(
		graph.Reshape(graph.ConvertDType(positions, wide), -1, 1),
		graph.Reshape(graph.ConvertDType(graph.Const(g, frequencies), wide), 1, half))
	turn := func(x *graph.Node) *graph.Node { return graph.ConvertDType(graph.MulScalar(x, scale), dtype) }
	return rotations{turn(graph.Cos(angles)), turn(graph.Sin(angles))}
}

// back are the rotations by the opposite angles; with the same scale they are the transpose.
func (r rotations) back() rotations { return rotations{r.cos, graph.Neg(r.sin)} }

// rotate turns x [..., positions, dim]: element i of the first half of dim and element i of the second are a pair, as
// Hugging Face checkpoints have it.
func (r rotations) rotate(x *graph.Node) *graph.Node {
	last := x.Rank() - 1
	half := x.Shape().Dimensions[last] / 2
	a, b := part(x, last, 0, half), part(x, last, half, 2*half)
	cos, sin := graph.ExpandLeftToRank(r.cos, x.Rank()), graph.ExpandLeftToRank(r.sin, x.Rank())
	return graph.Concatenate([]*graph.Node{
		graph.Sub(graph.Mul(a, cos), graph.Mul(b, sin)),
		graph.Add(graph.Mul(b, cos), graph.Mul(a, sin)),
	}, last)
}
