package cpu

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

func (f *function) Reshape(x compute.Value, dims ...int) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Reshape(n.shape, dims)
	if err != nil {
		return nil, err
	}
	if n.op == compute.OpTypeReshape {
		n = n.in[0]
	}
	if slices.Equal(n.dims(), shape.Dimensions) {
		return n, nil
	}
	return f.add(compute.OpTypeReshape, shape, nil, n)
}

// order are the axes of a transposition's operand, as they come in its result.
type order []int

func (f *function) Transpose(x compute.Value, axes ...int) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Transpose(n.shape, axes)
	if err != nil {
		return nil, err
	}
	if slices.Equal(axes, axesUpTo(len(axes))) {
		return n, nil
	}
	if n.op == compute.OpTypeTranspose { // of a transposition: one, or none
		before := n.data.(order)
		both := make([]int, len(axes))
		for i, axis := range axes {
			both[i] = before[axis]
		}
		return f.Transpose(n.in[0], both...)
	}
	return f.add(compute.OpTypeTranspose, shape, order(slices.Clone(axes)), n)
}

// window is what a slice takes of each axis.
type window struct{ starts, limits, steps []int }

func (f *function) Slice(x compute.Value, starts, limits, steps []int) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Slice(n.shape, starts, limits, steps)
	if err != nil {
		return nil, err
	}
	if slices.Equal(shape.Dimensions, n.dims()) {
		return n, nil
	}
	return f.add(compute.OpTypeSlice, shape, window{slices.Clone(starts), slices.Clone(limits), slices.Clone(steps)}, n)
}

// places are the axes of a broadcast's result that its operand's axes become.
type places []int

func (f *function) BroadcastInDim(x compute.Value, shape shapes.Shape, axes []int) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	if err := shapeinference.BroadcastInDim(n.shape, shape, axes, nil); err != nil {
		return nil, err
	}
	shape = shapes.Shape{DType: n.dtype(), Dimensions: slices.Clone(shape.Dimensions)}
	if slices.Equal(shape.Dimensions, n.dims()) {
		return n, nil
	}
	return f.add(compute.OpTypeBroadcastInDim, shape, places(slices.Clone(axes)), n)
}

// along is the axis of a concatenation or of Iota.
type along int

func (f *function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	in, err := f.values(operands...)
	if err != nil {
		return nil, err
	}
	list := make([]shapes.Shape, len(in))
	for i, n := range in {
		list[i] = n.shape
	}
	shape, err := shapeinference.Concatenate(list, axis)
	if err != nil {
		return nil, err
	}
	if len(in) == 1 {
		return in[0], nil
	}
	return f.add(compute.OpTypeConcatenate, shape, along(axis), in...)
}

func (f *function) Iota(shape shapes.Shape, axis int) (compute.Value, error) {
	if axis < 0 || axis >= shape.Rank() {
		return nil, fmt.Errorf("Iota of %s has no axis %d", shape, axis)
	}
	return f.add(compute.OpTypeIota, shape, along(axis))
}

// Gather is known where whole rows are taken, of any size, from the first axis: [rows, …] and [n …, 1] to [n …, …].
//
//nolint:revive // compute.Function has these arguments
func (f *function) Gather(x, indices compute.Value, vectorAxis int, offsetAxes, collapsed, starts, sizes []int, sorted bool) (compute.Value, error) {
	in, err := f.values(x, indices)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Gather(in[0].shape, in[1].shape, vectorAxis, offsetAxes, collapsed, starts, sizes, sorted)
	if err != nil {
		return nil, err
	}
	rows := slices.Clone(in[0].dims())
	if len(rows) > 0 {
		rows[0] = 1
	}
	last := in[1].shape.Rank() - 1
	known := last >= 0 && vectorAxis == last && in[1].dims()[last] == 1 && slices.Equal(collapsed, []int{0}) && slices.Equal(starts, []int{0}) &&
		slices.Equal(sizes, rows) && slices.Equal(offsetAxes, axesFrom(last, in[0].shape.Rank()-1)) && in[1].dtype().IsInt()
	if !known {
		return nil, notImplemented("Gather of %s at %s other than of rows", in[0].shape, in[1].shape)
	}
	return f.add(compute.OpTypeGather, shape, nil, in...)
}

// axesFrom are n axes from the first.
func axesFrom(first, n int) []int {
	axes := make([]int, n)
	for i := range axes {
		axes[i] = first + i
	}
	return axes
}

// ScatterSum is known where whole rows are added to rows: the gradient of Gather.
//
//nolint:revive // compute.Function has these arguments
func (f *function) ScatterSum(x, indices, updates compute.Value, vectorAxis int, windowAxes, inserted, starts []int, _, _ bool) (compute.Value, error) {
	in, err := f.values(x, indices, updates)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Scatter(in[0].shape, in[1].shape, in[2].shape, vectorAxis, windowAxes, inserted, starts)
	if err != nil {
		return nil, err
	}
	last := in[1].shape.Rank() - 1
	known := last >= 0 && vectorAxis == last && in[1].dims()[last] == 1 && slices.Equal(inserted, []int{0}) && slices.Equal(starts, []int{0}) &&
		slices.Equal(windowAxes, axesFrom(last, in[0].shape.Rank()-1)) && in[1].dtype().IsInt() && in[0].dtype().IsFloat()
	if !known {
		return nil, notImplemented("ScatterSum of %s at %s other than of rows", in[0].shape, in[1].shape)
	}
	return f.widely(compute.OpTypeScatterSum, shape, nil, in...)
}

// OptimizationBarrier keeps what is behind it apart from what is equal to it.
func (f *function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	in, err := f.values(operands...)
	if err != nil {
		return nil, err
	}
	out := make([]compute.Value, len(in))
	for i, n := range in {
		if out[i], err = f.barrier(compute.OpTypeOptimizationBarrier, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// SchedulingBarrier is its operand, after the others are computed.
func (f *function) SchedulingBarrier(x compute.Value, after ...compute.Value) (compute.Value, error) {
	in, err := f.values(append([]compute.Value{x}, after...)...)
	if err != nil {
		return nil, err
	}
	return f.barrier(compute.OpTypeSchedulingBarrier, in...)
}

// apart tells a barrier from all others.
type apart int

func (f *function) barrier(op compute.OpType, in ...*node) (*node, error) {
	return f.add(op, in[0].shape, apart(len(f.nodes)), in...)
}
