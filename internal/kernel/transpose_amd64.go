//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// transpose8 goes by squares of 8, or by 4 rows of 8 where only so many are left; what then is left is done one by one.
func transpose8(dst, src []float32, rows, cols, dstStride, srcStride int) {
	const band = 64 // columns that are done for all rows together: their cache lines of dst stay until they are full
	for j := 0; j < cols; j += band {
		n := min(band, cols-j)
		band8(dst[j*dstStride:], src[j:], rows, n, dstStride, srcStride)
	}
}

func band8(dst, src []float32, rows, cols, dstStride, srcStride int) {
	whole := cols &^ 7
	d, s := bytes(dstStride), bytes(srcStride)
	i := 0
	for ; i+16 <= rows; i += 16 { // two squares below each other are whole cache lines of dst
		for j := 0; j < whole; j += 8 {
			square8(data(dst[j*dstStride+i:]), data(src[i*srcStride+j:]), d, s)
			square8(data(dst[j*dstStride+i+8:]), data(src[(i+8)*srcStride+j:]), d, s)
		}
	}
	for ; i+8 <= rows; i += 8 {
		for j := 0; j < whole; j += 8 {
			square8(data(dst[j*dstStride+i:]), data(src[i*srcStride+j:]), d, s)
		}
	}
	for ; i+4 <= rows; i += 4 {
		for j := 0; j < whole; j += 8 {
			square4(data(dst[j*dstStride+i:]), data(src[i*srcStride+j:]), d, s)
			square4(data(dst[(j+4)*dstStride+i:]), data(src[i*srcStride+j+4:]), d, s)
		}
	}
	if i < rows && whole > 0 {
		transposeCorner(dst[i:], src[i*srcStride:], rows-i, whole, dstStride, srcStride)
	}
	if whole < cols {
		transposeCorner(dst[whole*dstStride:], src[whole:], rows, cols-whole, dstStride, srcStride)
	}
}

// square8 transposes 8 rows of 8, s bytes apart, to ones d bytes apart.
func square8(dst, src pointer, d, s uintptr) {
	// Each vector holds four elements of row i and four of row i+4, so that no later step crosses the middle.
	low, high := src, after(src, 4*s)
	a0, a1, a2, a3 := fours8(low, high, 0), fours8(low, high, s), fours8(low, high, 2*s), fours8(low, high, 3*s)
	b0, b1, b2, b3 := fours8(low, high, 16), fours8(low, high, s+16), fours8(low, high, 2*s+16), fours8(low, high, 3*s+16)
	four8(dst, d, a0, a1, a2, a3)
	four8(after(dst, 4*d), d, b0, b1, b2, b3)
}

// fours8 has four elements at each of two places.
func fours8(low, high pointer, at uintptr) v8 {
	var x v8
	return x.SetLo(load4(low, at)).SetHi(load4(high, at))
}

func load4(p pointer, at uintptr) archsimd.Float32x4 {
	return archsimd.LoadFloat32x4((*[4]float32)(after(p, at)))
}

// four8 transposes four rows of two fours each, and stores them.
func four8(dst pointer, d uintptr, x0, x1, x2, x3 v8) {
	p, q := interleaveLow8(x0, x1), interleaveLow8(x2, x3)
	put8(dst, 0, p.SelectFromPairGrouped(0, 1, 4, 5, q))
	put8(dst, d, p.SelectFromPairGrouped(2, 3, 6, 7, q))
	p, q = interleaveHigh8(x0, x1), interleaveHigh8(x2, x3)
	put8(dst, 2*d, p.SelectFromPairGrouped(0, 1, 4, 5, q))
	put8(dst, 3*d, p.SelectFromPairGrouped(2, 3, 6, 7, q))
}

func interleaveLow8(x, y v8) v8 {
	return x.AsInt32x8().InterleaveLoGrouped(y.AsInt32x8()).AsFloat32x8()
}

func interleaveHigh8(x, y v8) v8 {
	return x.AsInt32x8().InterleaveHiGrouped(y.AsInt32x8()).AsFloat32x8()
}

// square4 transposes 4 rows of 4.
func square4(dst, src pointer, d, s uintptr) {
	x0, x1, x2, x3 := load4(src, 0).AsInt32x4(), load4(src, s).AsInt32x4(), load4(src, 2*s).AsInt32x4(), load4(src, 3*s).AsInt32x4()
	p, q := x0.InterleaveLo(x1).AsFloat32x4(), x2.InterleaveLo(x3).AsFloat32x4()
	put4(dst, 0, p.SelectFromPair(0, 1, 4, 5, q))
	put4(dst, d, p.SelectFromPair(2, 3, 6, 7, q))
	p, q = x0.InterleaveHi(x1).AsFloat32x4(), x2.InterleaveHi(x3).AsFloat32x4()
	put4(dst, 2*d, p.SelectFromPair(0, 1, 4, 5, q))
	put4(dst, 3*d, p.SelectFromPair(2, 3, 6, 7, q))
}

func put4(p pointer, at uintptr, x archsimd.Float32x4) { x.Store((*[4]float32)(after(p, at))) }
