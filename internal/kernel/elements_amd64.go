//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

func pairs8(op operation, dst, a, b []float32) { elements8(op, dst, a, b, group) }

func scalar8(op operation, dst, a []float32, s float32) {
	if len(dst) < 8 { // not worth the copies
		plainScalar(op, dst, a, s)
		return
	}
	var b [group]float32
	x := archsimd.BroadcastFloat32x8(s)
	for i := 0; i < group; i += 8 {
		x.StoreSlice(b[i:])
	}
	elements8(op, dst, a, b[:], 0)
}

// group is the number of elements that an operation is chosen for at a time.
const group = 32

// elements8 makes dst of a and b. For each group it goes on by move elements of b: a scalar is a group that it stays at.
func elements8(op operation, dst, a, b []float32, move int) {
	d, p, q := data(dst), data(a), data(b)
	i, j := 0, 0
	for ; i+group <= len(dst); i, j = i+group, j+move {
		at, bt := bytes(i), bytes(j)
		x0, x1, x2, x3 := load8(p, at), load8(p, at+32), load8(p, at+64), load8(p, at+96)
		y0, y1, y2, y3 := load8(q, bt), load8(q, bt+32), load8(q, bt+64), load8(q, bt+96)
		switch op {
		case add:
			x0, x1, x2, x3 = x0.Add(y0), x1.Add(y1), x2.Add(y2), x3.Add(y3)
		case sub:
			x0, x1, x2, x3 = x0.Sub(y0), x1.Sub(y1), x2.Sub(y2), x3.Sub(y3)
		case mul:
			x0, x1, x2, x3 = x0.Mul(y0), x1.Mul(y1), x2.Mul(y2), x3.Mul(y3)
		case div:
			x0, x1, x2, x3 = x0.Div(y0), x1.Div(y1), x2.Div(y2), x3.Div(y3)
		case largest:
			x0, x1, x2, x3 = larger8(x0, y0), larger8(x1, y1), larger8(x2, y2), larger8(x3, y3)
		case smallest:
			x0, x1, x2, x3 = smaller8(x0, y0), smaller8(x1, y1), smaller8(x2, y2), smaller8(x3, y3)
		case subFrom:
			x0, x1, x2, x3 = y0.Sub(x0), y1.Sub(x1), y2.Sub(x2), y3.Sub(x3)
		default:
			x0, x1, x2, x3 = y0.Div(x0), y1.Div(x1), y2.Div(x2), y3.Div(x3)
		}
		put8(d, at, x0)
		put8(d, at+32, x1)
		put8(d, at+64, x2)
		put8(d, at+96, x3)
	}
	for ; i+8 <= len(dst); i, j = i+8, j+move/4 {
		put8(d, bytes(i), of8(op, load8(p, bytes(i)), load8(q, bytes(j))))
	}
	plainPairs(op, dst[i:], a[i:], b[j:]) // all of these are rightly rounded, so the same
}

func of8(op operation, x, y v8) v8 {
	switch op {
	case add:
		return x.Add(y)
	case sub:
		return x.Sub(y)
	case mul:
		return x.Mul(y)
	case div:
		return x.Div(y)
	case largest:
		return larger8(x, y)
	case smallest:
		return smaller8(x, y)
	case subFrom:
		return y.Sub(x)
	default:
		return y.Div(x)
	}
}

// larger8 and smaller8 are Go's max and min: NaN where either is, and zeros have signs. The instructions give one of the two
// then, and the compiler does not keep to which.
func larger8(x, y v8) v8 {
	return numbers8(x.Max(y), x.AsInt32x8().And(y.AsInt32x8()).AsFloat32x8(), x, y)
}

func smaller8(x, y v8) v8 {
	return numbers8(x.Min(y), x.AsInt32x8().Or(y.AsInt32x8()).AsFloat32x8(), x, y)
}

// numbers8 is z, same where x is y, and NaN where one of them is.
func numbers8(z, same, x, y v8) v8 {
	return same.Merge(z, x.Equal(y)).Merge(x, x.Equal(x)).Merge(y, y.Equal(y))
}

func put8(p pointer, at uintptr, x v8) { x.Store((*[8]float32)(after(p, at))) }
