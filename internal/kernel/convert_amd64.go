//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

func fromBF16x8(dst []float32, src []uint16) {
	i := 0
	for ; i+8 <= len(src); i += 8 {
		archsimd.LoadUint16x8Slice(src[i:]).ExtendToUint32().ShiftAllLeft(16).AsFloat32x8().StoreSlice(dst[i:])
	}
	plainFromBF16(dst[i:], src[i:])
}

func toBF16x8(dst []uint16, src []float32) {
	i := 0
	for ; i+8 <= len(src); i += 8 {
		x := archsimd.LoadFloat32x8Slice(src[i:])
		bits := x.AsInt32x8()
		even := bits.ShiftAllLeft(15).AsUint32x8().ShiftAllRight(31).AsInt32x8() // bit 16
		rounded := bits.Add(archsimd.BroadcastInt32x8(0x7fff)).Add(even)
		quiet := bits.Or(archsimd.BroadcastInt32x8(1 << 22)) // what is left of a NaN's bits may be an infinity's
		y := rounded.Merge(quiet, x.Equal(x)).AsUint32x8().ShiftAllRight(16).AsInt32x8()
		y.GetLo().SaturateToUint16Concat(y.GetHi()).StoreSlice(dst[i:])
	}
	plainToBF16(dst[i:], src[i:])
}
