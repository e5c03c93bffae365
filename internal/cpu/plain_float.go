package cpu

import (
	"math"

	"github.com/gomlx/compute"
)

// plainFloats has what there is for floats alone.
func plainFloats[T float](n *node, in [][]byte, out []byte) error {
	switch n.op {
	case compute.OpTypeDotGeneral:
		plainDot[T](n, as[T](in[0]), as[T](in[1]), as[T](out))
	case compute.OpTypeFusedSoftmax:
		plainSoftmax(n.dims()[len(n.dims())-1], as[T](in[0]), as[T](out))
	case compute.OpTypeScatterSum:
		plainScatter(n, as[T](in[0]), in[1], as[T](in[2]), as[T](out))
	case compute.OpTypeSqrt, compute.OpTypeExp, compute.OpTypeLog, compute.OpTypeLogistic, compute.OpTypeSin, compute.OpTypeCos:
		f, to := floatFunctions[n.op], as[T](out)
		for i, x := range as[T](in[0]) {
			to[i] = T(f(float64(x)))
		}
	default:
		return plainNumbers[T](n, in, out)
	}
	return nil
}

var floatFunctions = map[compute.OpType]func(float64) float64{
	compute.OpTypeSqrt: math.Sqrt, compute.OpTypeExp: math.Exp, compute.OpTypeLog: math.Log,
	compute.OpTypeSin: math.Sin, compute.OpTypeCos: math.Cos,
	compute.OpTypeLogistic: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
}

// plainReduce is for any axes.
func plainReduce[T number](n *node, in, out []T) {
	x := n.in[0]
	reduced := map[int]bool{}
	for _, axis := range n.data.(reduction) {
		reduced[axis] = true
	}
	var kept, gone []int
	for axis := range x.dims() {
		if reduced[axis] {
			gone = append(gone, axis)
		} else {
			kept = append(kept, axis)
		}
	}
	v := view{dims: x.dims(), strides: contiguous(x.dims())}.transpose(append(kept, gone...)).simple()
	ordered := make([]T, len(in))
	gather(ordered, in, v, 0, len(in))
	width := len(in) / len(out)
	for i := range out {
		row := ordered[i*width : (i+1)*width]
		acc := row[0]
		switch n.op {
		case compute.OpTypeReduceMax:
			for _, y := range row[1:] {
				acc = max(acc, y)
			}
		case compute.OpTypeReduceMin:
			for _, y := range row[1:] {
				acc = min(acc, y)
			}
		default:
			for _, y := range row[1:] {
				acc += y
			}
		}
		out[i] = acc
	}
}

func plainSoftmax[T float](width int, in, out []T) {
	for at := 0; at < len(in); at += width {
		x, y := in[at:at+width], out[at:at+width]
		most := x[0]
		for _, v := range x {
			most = max(most, v)
		}
		sum := 0.0
		for i, v := range x {
			e := math.Exp(float64(v - most))
			y[i] = T(e)
			sum += e
		}
		for i := range y {
			y[i] = T(float64(y[i]) / sum)
		}
	}
}

func plainDot[T float](n *node, a, b, out []T) {
	l := layDot(n)
	left, right := make([]T, len(a)), make([]T, len(b))
	inOrder := func(x *node, order []int) view {
		return view{dims: x.dims(), strides: contiguous(x.dims())}.transpose(order).simple()
	}
	gather(left, a, inOrder(n.in[0], l.aOrder), 0, len(a))
	gather(right, b, inOrder(n.in[1], l.bOrder), 0, len(b))
	for batch := range l.batch {
		for i := range l.m {
			for j := range l.n {
				sum := 0.0
				for k := range l.k {
					sum += float64(left[(batch*l.m+i)*l.k+k]) * float64(right[(batch*l.n+j)*l.k+k])
				}
				out[(batch*l.m+i)*l.n+j] = T(sum)
			}
		}
	}
}

func plainScatter[T float](n *node, x []T, indices []byte, updates, out []T) {
	copy(out, x)
	rows := n.dims()[0]
	width := len(out) / rows
	for i, row := range indicesOf(n.in[1], indices) {
		if row < 0 || row >= rows {
			continue
		}
		to, from := out[row*width:(row+1)*width], updates[i*width:(i+1)*width]
		for k, y := range from {
			to[k] += y
		}
	}
}
