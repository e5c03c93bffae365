package kernel

import "math"

// ConvertBF16 makes float32 of bfloat16, exactly.
func ConvertBF16(dst []float32, src []uint16) {
	same(len(dst), len(src), len(src))
	use.fromBF16(dst, src)
}

// ToBF16 rounds to bfloat16, halves to even; a NaN stays one.
func ToBF16(dst []uint16, src []float32) {
	same(len(dst), len(src), len(src))
	use.toBF16(dst, src)
}

func plainFromBF16(dst []float32, src []uint16) {
	for i, x := range src {
		dst[i] = math.Float32frombits(uint32(x) << 16)
	}
}

func plainToBF16(dst []uint16, src []float32) {
	for i, x := range src {
		bits := math.Float32bits(x)
		if x != x {
			bits |= 1 << 22 // what is left of a NaN's bits may be an infinity's
		} else {
			bits += 0x7fff + bits>>16&1
		}
		dst[i] = uint16(bits >> 16)
	}
}
