package nn

import "github.com/gomlx/gomlx/core/graph"

// LogProbs are the log-probabilities of targets [rows], int32, after hidden states [rows, hidden], in float32: [rows].
//
//	log p(t) = h·w_t − log Σ exp(h·w)
//
// The first term is taken from the target's row of the head alone, so that its gradient is not spread over the vocabulary.
func (c Config) LogProbs(p Parameters, states, targets *graph.Node) *graph.Node {
	head := asFloat32(c.index(p.Weights).head)
	states = asFloat32(states)
	chosen := graph.Gather(head, graph.Reshape(targets, -1, 1))
	return graph.Sub(graph.ReduceSum(graph.Mul(states, chosen), -1), logSumExp(dense(states, head)))
}

// logSumExp is log Σ exp of each row of x [rows, n]: [rows]. With p = softmax(x) it is max(x) − log max(p), and its
// gradient is p; max(p) is at least 1/n.
func logSumExp(x *graph.Node) *graph.Node {
	return withRule(x,
		func(x *graph.Node) *graph.Node {
			return graph.Sub(graph.ReduceMax(x, -1), graph.Log(graph.ReduceMax(softmax(x), -1)))
		},
		func(x, v *graph.Node) *graph.Node { return graph.Mul(softmax(x), graph.InsertAxes(v, -1)) })
}
