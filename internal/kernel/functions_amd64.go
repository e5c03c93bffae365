//go:build goexperiment.simd && amd64

package kernel

import (
	"math"
	"simd/archsimd"
)

func unary8(f function, dst, a []float32) {
	switch f {
	case exp:
		exp8(dst, a, 0)
	case log:
		log8(dst, a)
	case logistic:
		logistic8(dst, a)
	case neg:
		scalar8(mul, dst, a, -1)
	case sqrt:
		sqrt8(dst, a)
	default:
		abs8(dst, a)
	}
}

func sqrt8(dst, a []float32) {
	d, p := data(dst), data(a)
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		put8(d, bytes(i), load8(p, bytes(i)).Sqrt())
	}
	plainUnary(sqrt, dst[i:], a[i:]) // rightly rounded, so the same
}

func abs8(dst, a []float32) {
	d, p, sign := data(dst), data(a), archsimd.BroadcastInt32x8(math.MinInt32)
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		put8(d, bytes(i), load8(p, bytes(i)).AsInt32x8().AndNot(sign).AsFloat32x8())
	}
	plainUnary(abs, dst[i:], a[i:])
}

// Below, what is left of a row at its end is made a whole vector, and goes the same way.

// exp8 makes dst = e^(a-shift).
func exp8(dst, a []float32, shift float32) {
	d, p, s := data(dst), data(a), archsimd.BroadcastFloat32x8(shift)
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		at := bytes(i)
		x := load8(p, at).Sub(s)
		n, r := parts8(x)
		put8(d, at, scaled8(series8(r), n, x))
	}
	if i < len(dst) {
		var left [8]float32
		copy(left[:], a[i:])
		exp8(left[:], left[:], shift)
		copy(dst[i:], left[:])
	}
}

// logistic8 makes dst = 1/(1+e^-|a|), or e^-|a|/(1+e^-|a|) below 0, so that nothing overflows or cancels.
func logistic8(dst, a []float32) {
	d, p := data(dst), data(a)
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		at := bytes(i)
		x := load8(p, at)
		negative := x.AsInt32x8().Or(archsimd.BroadcastInt32x8(math.MinInt32)).AsFloat32x8()
		n, r := parts8(negative)
		e := scaled8(series8(r), n, negative)
		one := archsimd.BroadcastFloat32x8(1)
		put8(d, at, one.Merge(e, x.GreaterEqual(archsimd.BroadcastFloat32x8(0))).Div(one.Add(e)))
	}
	if i < len(dst) {
		var left [8]float32
		copy(left[:], a[i:])
		logistic8(left[:], left[:])
		copy(dst[i:], left[:])
	}
}

// log8 makes dst = ln a.
func log8(dst, a []float32) {
	d, p := data(dst), data(a)
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		at := bytes(i)
		x := load8(p, at)
		n, f := mantissa8(x)
		put8(d, at, special8(x, log1p8(f, n)))
	}
	if i < len(dst) {
		var left [8]float32
		copy(left[:], a[i:])
		log8(left[:], left[:])
		copy(dst[i:], left[:])
	}
}

// horner8 is y·x + c.
func horner8(y, x v8, c float32) v8 { return y.MulAdd(x, archsimd.BroadcastFloat32x8(c)) }

// ln2 in two parts, of which the first has so few bits that its product with an exponent is exact.
const (
	ln2High = 0x1.62e4p-1
	ln2Low  = math.Ln2 - ln2High
)

// parts8 are those of e^x = 2ⁿ·e^r: x = n·ln 2 + r, |r| ≤ ln 2/2. Bounds that give infinity and 0 keep n in range.
func parts8(x v8) (n, r v8) {
	x = x.Min(archsimd.BroadcastFloat32x8(89)).Max(archsimd.BroadcastFloat32x8(-104))
	n = x.Mul(archsimd.BroadcastFloat32x8(math.Log2E)).RoundToEven()
	r = n.MulAdd(archsimd.BroadcastFloat32x8(-ln2High), x)
	return n, n.MulAdd(archsimd.BroadcastFloat32x8(-ln2Low), r)
}

// series8 is e^r by its Taylor series to r⁷/7!, whose rest is below 6e-9. The terms are taken in pairs, since a chain of seven
// would keep the processor waiting.
func series8(r v8) v8 {
	r2 := r.Mul(r)
	y := horner8(archsimd.BroadcastFloat32x8(1.0/5040), r, 1.0/720)
	y = y.MulAdd(r2, horner8(archsimd.BroadcastFloat32x8(1.0/120), r, 1.0/24))
	y = y.MulAdd(r2, horner8(archsimd.BroadcastFloat32x8(1.0/6), r, 1.0/2))
	return horner8(horner8(y, r, 1), r, 1)
}

// scaled8 is y·2ⁿ, or x where that is NaN, of which the bounds may have made a number. 2ⁿ is multiplied in two halves, since
// 2¹²⁸ and numbers below 2⁻¹²⁶ are not normal, and so that only the last product rounds.
func scaled8(y, n, x v8) v8 {
	whole := n.ConvertToInt32()
	half := whole.ShiftAllRight(1)
	return y.Mul(power8(half)).Mul(power8(whole.Sub(half))).Merge(x, x.Equal(x))
}

// power8 is 2ⁿ for n in -126 to 127.
func power8(n archsimd.Int32x8) v8 {
	return n.Add(archsimd.BroadcastInt32x8(127)).ShiftAllLeft(23).AsFloat32x8()
}

// sqrtHalf has the bits of √½.
const sqrtHalf = 0x3f3504f3

// mantissa8 are n and f of x = 2ⁿ·(1+f), 1+f between √½ and √2.
func mantissa8(x v8) (n, f v8) {
	subnormal := x.Less(archsimd.BroadcastFloat32x8(0x1p-126))
	bits := x.Mul(archsimd.BroadcastFloat32x8(0x1p23)).Merge(x, subnormal).AsInt32x8()
	root := archsimd.BroadcastInt32x8(sqrtHalf)
	bits = bits.Sub(root)
	f = bits.And(archsimd.BroadcastInt32x8(1<<23 - 1)).Add(root).AsFloat32x8().Sub(archsimd.BroadcastFloat32x8(1))
	return bits.ShiftAllRight(23).ConvertToFloat32().Sub(archsimd.BroadcastFloat32x8(23).Masked(subnormal)), f
}

// log1p8 is n·ln 2 + ln(1+f), with
//
//	ln(1+f) = f - s·(f-R),  s = f/(2+f),  R = s²·2/3 + s⁴·2/5 + s⁶·2/7 + s⁸·2/9
//
// the series of 2·artanh s, whose rest is below 3e-9 of the whole.
func log1p8(f, n v8) v8 {
	s := f.Div(f.Add(archsimd.BroadcastFloat32x8(2)))
	z := s.Mul(s)
	r := horner8(archsimd.BroadcastFloat32x8(2.0/9), z, 2.0/7)
	r = horner8(horner8(r, z, 2.0/5), z, 2.0/3).Mul(z)
	y := n.MulAdd(archsimd.BroadcastFloat32x8(ln2Low), s.Mul(r.Sub(f))).Add(f)
	return n.MulAdd(archsimd.BroadcastFloat32x8(ln2High), y)
}

// special8 is the logarithm y of x, where x is positive and finite; else what belongs there.
func special8(x, y v8) v8 {
	zero, infinity := archsimd.BroadcastFloat32x8(0), archsimd.BroadcastFloat32x8(float32(math.Inf(1)))
	y = y.Merge(archsimd.BroadcastFloat32x8(float32(math.Inf(-1))), x.NotEqual(zero))
	y = y.Merge(archsimd.BroadcastFloat32x8(float32(math.NaN())), x.GreaterEqual(zero))
	return y.Merge(x, x.Less(infinity).Or(x.Less(zero)))
}
