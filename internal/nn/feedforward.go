package nn

import "github.com/gomlx/gomlx/core/graph"

// swiglu is silu(gate)·up of x = [gate, up], [rows, 2·width] to [rows, width], with silu(g) = g·σ(g).
func swiglu(x *graph.Node) *graph.Node {
	split := func(x *graph.Node) (gate, up *graph.Node) {
		width := x.Shape().Dimensions[1] / 2
		return part(x, 1, 0, width), part(x, 1, width, 2*width)
	}
	return withRule(x,
		func(x *graph.Node) *graph.Node {
			gate, up := split(x)
			return graph.Mul(graph.Mul(gate, graph.Sigmoid(gate)), up)
		},
		// dup = v·silu(g), dgate = v·up·σ(g)·(1 + g·(1 − σ(g))) = v·up·(σ(g) + silu(g)·(1 − σ(g)))
		func(x, v *graph.Node) *graph.Node {
			gate, up := split(x)
			s := graph.Sigmoid(gate)
			silu := graph.Mul(gate, s)
			slope := graph.Add(s, graph.Mul(silu, graph.OneMinus(s)))
			return graph.Concatenate([]*graph.Node{graph.Mul(graph.Mul(v, up), slope), graph.Mul(v, silu)}, 1)
		})
}
