package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// operations are those that a graph may have.
var operations = []compute.OpType{
	compute.OpTypeParameter, compute.OpTypeConstant, compute.OpTypeIdentity, compute.OpTypeIota,
	compute.OpTypeReshape, compute.OpTypeTranspose, compute.OpTypeSlice, compute.OpTypeBroadcastInDim,
	compute.OpTypeConcatenate, compute.OpTypeGather, compute.OpTypeScatterSum, compute.OpTypeDotGeneral,
	compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeFusedSoftmax,
	compute.OpTypeAbs, compute.OpTypeNeg, compute.OpTypeSqrt, compute.OpTypeExp, compute.OpTypeLog,
	compute.OpTypeLogistic, compute.OpTypeSin, compute.OpTypeCos,
	compute.OpTypeAdd, compute.OpTypeSub, compute.OpTypeMul, compute.OpTypeDiv, compute.OpTypeMax, compute.OpTypeMin,
	compute.OpTypeEqual, compute.OpTypeNotEqual, compute.OpTypeLessThan, compute.OpTypeLessOrEqual,
	compute.OpTypeGreaterThan, compute.OpTypeGreaterOrEqual,
	compute.OpTypeLogicalAnd, compute.OpTypeLogicalOr, compute.OpTypeLogicalNot,
	compute.OpTypeWhere, compute.OpTypeConvertDType, compute.OpTypeOptimizationBarrier, compute.OpTypeSchedulingBarrier,
}

// wide returns nodes as float32 where they are bfloat16, and whether they were.
func (f *function) wide(in []*node) (out []*node, was bool, err error) {
	out = slices.Clone(in)
	for i, n := range in {
		if n.dtype() == dtypes.BFloat16 {
			was = true
			if out[i], err = f.convert(n, dtypes.Float32); err != nil {
				return nil, false, err
			}
		}
	}
	return out, was, nil
}

// widely makes a node that is computed in float32 where its operands are bfloat16, and rounded then.
func (f *function) widely(op compute.OpType, shape shapes.Shape, data any, in ...*node) (*node, error) {
	in, was, err := f.wide(in)
	if err != nil {
		return nil, err
	}
	if !was || shape.DType != dtypes.BFloat16 {
		return f.add(op, shape, data, in...)
	}
	n, err := f.add(op, shapes.Shape{DType: dtypes.Float32, Dimensions: shape.Dimensions}, data, in...)
	if err != nil {
		return nil, err
	}
	return f.convert(n, dtypes.BFloat16)
}

func (f *function) unary(op compute.OpType, x compute.Value) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.UnaryOp(op, n.shape)
	if err != nil {
		return nil, err
	}
	return f.widely(op, shape, nil, n)
}

func (f *function) Abs(x compute.Value) (compute.Value, error) { return f.unary(compute.OpTypeAbs, x) }

func (f *function) Neg(x compute.Value) (compute.Value, error) { return f.unary(compute.OpTypeNeg, x) }

func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, x)
}

func (f *function) Exp(x compute.Value) (compute.Value, error) { return f.unary(compute.OpTypeExp, x) }

func (f *function) Log(x compute.Value) (compute.Value, error) { return f.unary(compute.OpTypeLog, x) }

func (f *function) Sin(x compute.Value) (compute.Value, error) { return f.unary(compute.OpTypeSin, x) }

func (f *function) Cos(x compute.Value) (compute.Value, error) { return f.unary(compute.OpTypeCos, x) }

func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, x)
}

func (f *function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogicalNot, x)
}

func (f *function) binary(op compute.OpType, a, b compute.Value) (compute.Value, error) {
	in, err := f.values(a, b)
	if err != nil {
		return nil, err
	}
	infer := shapeinference.BinaryOp
	if shapeinference.ComparisonOperations.Has(op) {
		infer = shapeinference.ComparisonOp
	}
	shape, err := infer(op, in[0].shape, in[1].shape)
	if err != nil {
		return nil, err
	}
	return f.widely(op, shape, nil, in...)
}

func (f *function) Add(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, a, b)
}

func (f *function) Sub(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, a, b)
}

func (f *function) Mul(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, a, b)
}

func (f *function) Div(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, a, b)
}

func (f *function) Max(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, a, b)
}

func (f *function) Min(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, a, b)
}

func (f *function) Equal(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeEqual, a, b)
}

func (f *function) NotEqual(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeNotEqual, a, b)
}

func (f *function) LessThan(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLessThan, a, b)
}

func (f *function) LessOrEqual(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLessOrEqual, a, b)
}

func (f *function) GreaterThan(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeGreaterThan, a, b)
}

func (f *function) GreaterOrEqual(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeGreaterOrEqual, a, b)
}

func (f *function) LogicalAnd(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, a, b)
}

func (f *function) LogicalOr(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, a, b)
}

func (f *function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	in, err := f.values(condition, onTrue, onFalse)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Where(in[0].shape, in[1].shape, in[2].shape)
	if err != nil {
		return nil, err
	}
	return f.widely(compute.OpTypeWhere, shape, nil, in...)
}

func (f *function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	return f.convert(n, dtype)
}

// convert goes by way of float32 from and to bfloat16.
func (f *function) convert(n *node, dtype dtypes.DType) (*node, error) {
	if n.dtype() == dtype {
		return n, nil
	}
	if (n.dtype() == dtypes.BFloat16) != (dtype == dtypes.BFloat16) && n.dtype() != dtypes.Float32 && dtype != dtypes.Float32 {
		var err error
		if n, err = f.convert(n, dtypes.Float32); err != nil {
			return nil, err
		}
	}
	return f.add(compute.OpTypeConvertDType, shapes.Shape{DType: dtype, Dimensions: n.dims()}, nil, n)
}

// Identity is its operand: there is nothing to tell them apart by.
func (f *function) Identity(x compute.Value) (compute.Value, error) { return f.node(x) }

// reduction are the axes that are summed up, in order.
type reduction []int

func (f *function) reduce(op compute.OpType, x compute.Value, axes []int) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	if len(axes) == 0 {
		axes = axesUpTo(n.shape.Rank())
	}
	if len(axes) == 0 {
		return n, nil
	}
	axes = slices.Sorted(slices.Values(axes))
	shape, err := shapeinference.Reduce(n.shape, axes)
	if err != nil {
		return nil, err
	}
	return f.widely(op, shape, reduction(axes), n)
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceSum, x, axes)
}

func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMax, x, axes)
}

func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMin, x, axes)
}

func (f *function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	n, err := f.node(x)
	if err != nil {
		return nil, err
	}
	if axis != n.shape.Rank()-1 || !n.dtype().IsFloat() {
		return nil, notImplemented("softmax of %s over axis %d", n.shape, axis)
	}
	return f.widely(compute.OpTypeFusedSoftmax, n.shape, nil, n)
}

// dotAxes say which axes of the operands of DotGeneral are multiplied and summed, and which are batches.
type dotAxes struct{ aSum, aBatch, bSum, bBatch []int }

//nolint:revive // compute.Function has these arguments
func (f *function) DotGeneral(a compute.Value, aSum, aBatch []int, b compute.Value, bSum, bBatch []int, c compute.DotGeneralConfig) (compute.Value, error) {
	in, err := f.values(a, b)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.DotGeneral(in[0].shape, aSum, aBatch, in[1].shape, bSum, bBatch, c)
	if err != nil {
		return nil, err
	}
	half := in[0].dtype() == dtypes.BFloat16
	accumulates := c.AccumulatorDType == dtypes.InvalidDType || c.AccumulatorDType == in[0].dtype() || half && c.AccumulatorDType == dtypes.Float32
	if !accumulates || !in[0].dtype().IsFloat() {
		return nil, notImplemented("DotGeneral of %s summed in %s", in[0].dtype(), c.AccumulatorDType)
	}
	axes := dotAxes{slices.Clone(aSum), slices.Clone(aBatch), slices.Clone(bSum), slices.Clone(bBatch)}
	if in, _, err = f.wide(in); err != nil {
		return nil, err
	}
	n, err := f.add(compute.OpTypeDotGeneral, shapes.Shape{DType: in[0].dtype(), Dimensions: shape.Dimensions}, axes, in...)
	if err != nil {
		return nil, err
	}
	return f.convert(n, shape.DType)
}
