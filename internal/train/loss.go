package train

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// CrossEntropy is the objective of supervised fine-tuning, the sum of −log p over the targets. Its tensors are those that
// SFTMicro makes.
func CrossEntropy(c nn.Config) Objective {
	return func(p nn.Parameters, in []*graph.Node) *graph.Node {
		ids, next, weight := in[0], in[1], in[2]
		logp := c.LogProbs(p, c.Trunk(p, ids), graph.Reshape(next, -1))
		return graph.Neg(graph.ReduceAllSum(graph.Mul(logp, graph.Reshape(weight, -1))))
	}
}

// SFTMicro makes the tensors of a micro-batch: ids, each one's next token, and 1 where that is a target, else 0, all
// [rows, length].
func SFTMicro(examples []SFTExample, m Micro) []*tensors.Tensor {
	rows := len(m.Rows)
	ids := tensors.FromShape(shapes.Make(dtypes.Int32, rows, m.Length))
	next := tensors.FromShape(shapes.Make(dtypes.Int32, rows, m.Length))
	weight := tensors.FromShape(shapes.Make(dtypes.Float32, rows, m.Length))
	fill := func(t *tensors.Tensor, f func(e SFTExample, row []int32)) {
		tensors.MustMutableFlatData(t, func(flat []int32) {
			for i, e := range m.Rows {
				f(examples[e], flat[i*m.Length:(i+1)*m.Length])
			}
		})
	}
	fill(ids, func(e SFTExample, row []int32) { copy(row, e.IDs) })
	fill(next, func(e SFTExample, row []int32) { copy(row, e.IDs[1:]) })
	tensors.MustMutableFlatData(weight, func(flat []float32) {
		for i, e := range m.Rows {
			for k, target := range examples[e].Targets[1:] {
				if target {
					flat[i*m.Length+k] = 1
				}
			}
		}
	})
	return []*tensors.Tensor{ids, next, weight}
}
