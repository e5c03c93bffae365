package cpu

import "slices"

// view is how a tensor lies in memory: element (i, j …) is at offset + i·strides[0] + j·strides[1] … , counted in elements.
type view struct {
	slot    int // of a frame
	offset  int
	dims    []int
	strides []int
}

// contiguous are the strides of a tensor that lies in order.
func contiguous(dims []int) []int {
	strides := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = n
		n *= dims[i]
	}
	return strides
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func (v view) size() int { return product(v.dims) }

// inOrder reports whether the elements lie one after the other.
func (v view) inOrder() bool {
	n := 1
	for i := len(v.dims) - 1; i >= 0; i-- {
		if v.dims[i] != 1 && v.strides[i] != n {
			return false
		}
		n *= v.dims[i]
	}
	return true
}

// simple leaves out axes of 1 and joins neighbours that can be one axis. Its elements are the same in the same order.
func (v view) simple() view {
	out := view{slot: v.slot, offset: v.offset}
	for i, d := range v.dims {
		if d == 1 {
			continue
		}
		last := len(out.dims) - 1
		if last >= 0 && out.strides[last] == d*v.strides[i] {
			out.dims[last] *= d
			out.strides[last] = v.strides[i]
			continue
		}
		out.dims, out.strides = append(out.dims, d), append(out.strides, v.strides[i])
	}
	return out
}

// reshape returns the same elements in the same order under other dimensions, if that can be had without a copy.
func (v view) reshape(dims []int) (view, bool) {
	s := v.simple()
	out := view{slot: v.slot, offset: v.offset, dims: slices.Clone(dims), strides: make([]int, len(dims))}
	axis := len(s.dims) - 1
	left, stride := 1, 1 // what is left of the axis of s, and the next stride in it
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] == 1 {
			continue
		}
		if left == 1 {
			if axis < 0 {
				return view{}, false
			}
			left, stride = s.dims[axis], s.strides[axis]
			axis--
		}
		if left%dims[i] != 0 {
			return view{}, false
		}
		out.strides[i] = stride
		stride *= dims[i]
		left /= dims[i]
	}
	return out, left == 1 && axis < 0
}

func (v view) transpose(order []int) view {
	out := view{slot: v.slot, offset: v.offset}
	for _, axis := range order {
		out.dims, out.strides = append(out.dims, v.dims[axis]), append(out.strides, v.strides[axis])
	}
	return out
}

func (v view) slice(starts, limits, steps []int) view {
	out := view{slot: v.slot, offset: v.offset, dims: make([]int, len(v.dims)), strides: make([]int, len(v.dims))}
	for i := range v.dims {
		step := 1
		if steps != nil {
			step = steps[i]
		}
		out.dims[i] = (limits[i] - starts[i] + step - 1) / step
		out.strides[i] = v.strides[i] * step
		out.offset += starts[i] * v.strides[i]
	}
	return out
}

// broadcast puts axis i of v at axes[i] of dims, and repeats it where it is 1.
func (v view) broadcast(dims, axes []int) view {
	out := view{slot: v.slot, offset: v.offset, dims: slices.Clone(dims), strides: make([]int, len(dims))}
	for i, axis := range axes {
		if v.dims[i] == dims[axis] {
			out.strides[axis] = v.strides[i]
		}
	}
	return out
}

// stretch repeats axes of 1, and scalars, to the dimensions of an element-wise operation.
func (v view) stretch(dims []int) view {
	if len(v.dims) == 0 {
		return v.broadcast(dims, nil)
	}
	return v.broadcast(dims, axesUpTo(len(dims)))
}

func axesUpTo(n int) []int {
	axes := make([]int, n)
	for i := range axes {
		axes[i] = i
	}
	return axes
}

// walk goes over the elements from lo to hi, in order, of a simple view, as runs: of n elements from position at, by a
// stride.
func (v view) walk(lo, hi int, run func(at, n, stride int)) {
	last := len(v.dims) - 1
	if lo >= hi {
		return
	}
	if last < 0 {
		run(v.offset, hi-lo, 0)
		return
	}
	inner, stride := v.dims[last], v.strides[last]
	// Where lo is.
	var index [maxRank]int
	at, rest := v.offset, lo
	for i := last; i >= 0; i-- {
		index[i] = rest % v.dims[i]
		rest /= v.dims[i]
		at += index[i] * v.strides[i]
	}
	for lo < hi {
		n := min(inner-index[last], hi-lo)
		run(at, n, stride)
		lo += n
		at -= index[last] * stride
		index[last] = 0
		for i := last - 1; i >= 0; i-- {
			index[i]++
			at += v.strides[i]
			if index[i] < v.dims[i] {
				break
			}
			at -= index[i] * v.strides[i]
			index[i] = 0
		}
	}
}

// maxRank bounds the axes of a tensor.
const maxRank = 8

// gather copies the elements from lo to hi of a simple view, in order.
func gather[T any](dst, src []T, v view, lo, hi int) {
	to := 0
	v.walk(lo, hi, func(at, n, stride int) {
		out := dst[to : to+n]
		to += n
		switch stride {
		case 1:
			copy(out, src[at:at+n])
		case 0:
			x := src[at]
			for i := range out {
				out[i] = x
			}
		default:
			for i := range out {
				out[i] = src[at]
				at += stride
			}
		}
	})
}

// scatter is the opposite: it copies elements in order to where a simple view has them.
func scatter[T any](dst, src []T, v view, lo, hi int) {
	from := 0
	v.walk(lo, hi, func(at, n, stride int) {
		in := src[from : from+n]
		from += n
		if stride == 1 {
			copy(dst[at:at+n], in)
			return
		}
		for _, x := range in {
			dst[at] = x
			at += stride
		}
	})
}

// gatherBytes is gather for elements of a size.
func gatherBytes(size int, dst, src []byte, v view, lo, hi int) {
	switch size {
	case 1:
		gather(dst, src, v, lo, hi)
	case 2:
		gather(as[uint16](dst), as[uint16](src), v, lo, hi)
	case 4:
		gather(as[uint32](dst), as[uint32](src), v, lo, hi)
	default:
		gather(as[uint64](dst), as[uint64](src), v, lo, hi)
	}
}

// scatterBytes is scatter for elements of a size.
func scatterBytes(size int, dst, src []byte, v view, lo, hi int) {
	switch size {
	case 1:
		scatter(dst, src, v, lo, hi)
	case 2:
		scatter(as[uint16](dst), as[uint16](src), v, lo, hi)
	case 4:
		scatter(as[uint32](dst), as[uint32](src), v, lo, hi)
	default:
		scatter(as[uint64](dst), as[uint64](src), v, lo, hi)
	}
}
