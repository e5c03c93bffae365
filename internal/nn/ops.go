package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// dense is the linear layer y = x·wᵀ, of x [rows, in] and w [out, in], to [rows, out].
func dense(x, w *graph.Node) *graph.Node { return graph.DotGeneral(x, []int{1}, nil, w, []int{1}, nil) }

// batchedTransposed is a·bᵀ for each batch: [n, rows, k] and [n, columns, k] to [n, rows, columns].
func batchedTransposed(a, b *graph.Node) *graph.Node {
	return graph.DotGeneral(a, []int{2}, []int{0}, b, []int{2}, []int{0})
}

// batched is a·b for each batch: [n, rows, k] and [n, k, columns] to [n, rows, columns].
func batched(a, b *graph.Node) *graph.Node {
	return graph.DotGeneral(a, []int{2}, []int{0}, b, []int{1}, []int{0})
}

// flip exchanges the last two axes of [n, rows, columns].
func flip(x *graph.Node) *graph.Node { return graph.TransposeAllAxes(x, 0, 2, 1) }

func asFloat32(x *graph.Node) *graph.Node {
	if x.DType() == dtypes.Float64 { // for checks by finite differences
		return x
	}
	return graph.ConvertDType(x, dtypes.Float32)
}

// part is the elements from start to end of an axis.
func part(x *graph.Node, axis, start, end int) *graph.Node {
	return graph.SliceAxis(x, axis, graph.AxisRange(start, end))
}
