package nn

import "github.com/gomlx/gomlx/core/graph"

// rmsNorm scales each row of x [rows, hidden] to a root mean square of 1, and by the weight [hidden]:
//
//	y = x / sqrt(mean(x²) + ε) · w
//
// as transformers' Qwen2RMSNorm does: in float32, and in x's type before the weight.
func rmsNorm(x, weight *graph.Node, epsilon float64) *graph.Node {
	width := x.Shape().Dimensions[1]
	// The inverse root, [rows, 1]. There is no gradient of Rsqrt, and none is needed.
	inverse := func(x *graph.Node) *graph.Node {
		mean := graph.DivScalar(rowDot(x, x), float64(width))
		return graph.Reciprocal(graph.Sqrt(graph.AddScalar(mean, epsilon)))
	}
	wide := asFloat32(x)
	normed := withRule(wide,
		func(x *graph.Node) *graph.Node { return graph.Mul(x, inverse(x)) },
		// With r = inverse(x) and y = r·x: dx = r·(v − y·mean(v·y)) = r·v − x·(r³·mean(v·x)).
		func(x, v *graph.Node) *graph.Node {
			r := inverse(x)
			along := graph.DivScalar(rowDot(v, x), float64(width))
			return graph.Sub(graph.Mul(v, r), graph.Mul(x, graph.Mul(along, graph.Mul(r, graph.Mul(r, r)))))
		})
	return graph.Mul(graph.ConvertDType(normed, x.DType()), graph.Reshape(weight, 1, width))
}

// rowDot is the product of each row of a with the same row of b, [rows, 1].
func rowDot(a, b *graph.Node) *graph.Node {
	return graph.InsertAxes(graph.ReduceSum(graph.Mul(a, b), -1), -1)
}
