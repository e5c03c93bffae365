package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// plain computes a node of any type in the simplest way, from operands that lie in order. It serves for constants, and for
// what is not float32.
func plain(n *node, in [][]byte, out []byte) error {
	switch n.op {
	case compute.OpTypeIota:
		return plainIota(n, out)
	case compute.OpTypeConvertDType:
		return plainConvert(n.in[0].dtype(), in[0], n.dtype(), out)
	case compute.OpTypeWhere:
		in = stretched(n, in)
		choose(n.dtype().Size(), as[bool](in[0]), in[1], in[2], out)
		return nil
	case compute.OpTypeConcatenate:
		for i, place := range concatenated(n) {
			scatterBytes(n.dtype().Size(), out, in[i], place, 0, place.size())
		}
		return nil
	case compute.OpTypeGather:
		gatherRows(n, in[0], in[1], out)
		return nil
	}
	switch n.in[0].dtype() {
	case dtypes.Float32:
		return plainFloats[float32](n, in, out)
	case dtypes.Float64:
		return plainFloats[float64](n, in, out)
	case dtypes.Int32:
		return plainNumbers[int32](n, in, out)
	case dtypes.Int64:
		return plainNumbers[int64](n, in, out)
	case dtypes.Bool:
		return plainBools(n, in, out)
	}
	return unknown(n)
}

func unknown(n *node) error {
	return notImplemented("%s of %s", n.op, n.in[0].shape)
}

type float interface{ float32 | float64 }

type number interface{ float | int32 | int64 }

// stretched repeats operands to the shape of an element-wise operation.
func stretched(n *node, in [][]byte) [][]byte {
	out := make([][]byte, len(in))
	for i, data := range in {
		out[i] = data
		if x := n.in[i]; x.size() != n.size() {
			size := x.dtype().Size()
			out[i] = newBytes(n.size() * size)
			v := view{dims: x.dims(), strides: contiguous(x.dims())}.stretch(n.dims()).simple()
			gatherBytes(size, out[i], data, v, 0, n.size())
		}
	}
	return out
}

// choose is Where, for elements of a size.
func choose(size int, condition []bool, a, b, out []byte) {
	for i, c := range condition {
		from := b
		if c {
			from = a
		}
		copy(out[i*size:(i+1)*size], from[i*size:(i+1)*size])
	}
}

func plainNumbers[T number](n *node, in [][]byte, out []byte) error {
	switch n.op {
	case compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin:
		plainReduce(n, as[T](in[0]), as[T](out))
		return nil
	case compute.OpTypeAbs, compute.OpTypeNeg:
		to := as[T](out)
		for i, x := range as[T](in[0]) {
			if n.op == compute.OpTypeNeg || x < 0 {
				x = -x
			}
			to[i] = x
		}
		return nil
	}
	if len(in) != 2 {
		return unknown(n)
	}
	in = stretched(n, in)
	if n.dtype() == dtypes.Bool {
		return plainCompare(n, as[T](in[0]), as[T](in[1]), as[bool](out))
	}
	return plainBinary(n, as[T](in[0]), as[T](in[1]), as[T](out))
}

func plainBinary[T number](n *node, a, b, out []T) error {
	var f func(a, b T) T
	switch n.op {
	case compute.OpTypeAdd:
		f = func(a, b T) T { return a + b }
	case compute.OpTypeSub:
		f = func(a, b T) T { return a - b }
	case compute.OpTypeMul:
		f = func(a, b T) T { return a * b }
	case compute.OpTypeDiv:
		f = func(a, b T) T { return a / b }
	case compute.OpTypeMax:
		f = func(a, b T) T { return max(a, b) }
	case compute.OpTypeMin:
		f = func(a, b T) T { return min(a, b) }
	default:
		return unknown(n)
	}
	for i := range out {
		out[i] = f(a[i], b[i])
	}
	return nil
}

func plainCompare[T number](n *node, a, b []T, out []bool) error {
	var f func(a, b T) bool
	switch n.op {
	case compute.OpTypeEqual:
		f = func(a, b T) bool { return a == b }
	case compute.OpTypeNotEqual:
		f = func(a, b T) bool { return a != b }
	case compute.OpTypeLessThan:
		f = func(a, b T) bool { return a < b }
	case compute.OpTypeLessOrEqual:
		f = func(a, b T) bool { return a <= b }
	case compute.OpTypeGreaterThan:
		f = func(a, b T) bool { return a > b }
	case compute.OpTypeGreaterOrEqual:
		f = func(a, b T) bool { return a >= b }
	default:
		return unknown(n)
	}
	for i := range out {
		out[i] = f(a[i], b[i])
	}
	return nil
}

func plainBools(n *node, in [][]byte, out []byte) error {
	to := as[bool](out)
	if n.op == compute.OpTypeLogicalNot {
		for i, x := range as[bool](in[0]) {
			to[i] = !x
		}
		return nil
	}
	if len(in) != 2 {
		return unknown(n)
	}
	in = stretched(n, in)
	a, b := as[bool](in[0]), as[bool](in[1])
	for i := range to {
		switch n.op {
		case compute.OpTypeLogicalAnd:
			to[i] = a[i] && b[i]
		case compute.OpTypeLogicalOr:
			to[i] = a[i] || b[i]
		case compute.OpTypeEqual:
			to[i] = a[i] == b[i]
		case compute.OpTypeNotEqual:
			to[i] = a[i] != b[i]
		default:
			return unknown(n)
		}
	}
	return nil
}
