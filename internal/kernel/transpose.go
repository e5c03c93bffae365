package kernel

// An engine's transpose makes dst[j*dstStride + i] = src[i*srcStride + j] for i < rows, j < cols: a matrix [rows, cols]
// becomes [cols, rows]. The two do not overlap, and neither is empty.

// plainTranspose goes by squares, of which both sides stay in the first cache.
func plainTranspose(dst, src []float32, rows, cols, dstStride, srcStride int) {
	const side = 16
	for i0 := 0; i0 < rows; i0 += side {
		for j0 := 0; j0 < cols; j0 += side {
			transposeCorner(dst[j0*dstStride+i0:], src[i0*srcStride+j0:], min(side, rows-i0), min(side, cols-j0), dstStride, srcStride)
		}
	}
}

func transposeCorner(dst, src []float32, rows, cols, dstStride, srcStride int) {
	for i := range rows {
		for j, x := range src[i*srcStride : i*srcStride+cols] {
			dst[j*dstStride+i] = x
		}
	}
}
