//go:build goexperiment.simd && amd64

package kernel

import (
	"math"
	"simd/archsimd"
)

func reduce8(r reduction, a []float32) float32 {
	if r == total {
		return sum8(a)
	}
	return most8(a)
}

func sum8(a []float32) float32 {
	var s0, s1, s2, s3 v8
	p := data(a)
	i := 0
	for ; i+lanes <= len(a); i += lanes {
		at := bytes(i)
		s0, s1, s2, s3 = s0.Add(load8(p, at)), s1.Add(load8(p, at+32)), s2.Add(load8(p, at+64)), s3.Add(load8(p, at+96))
	}
	if a = a[i:]; len(a) > 0 {
		var left [lanes]float32
		copy(left[:], a)
		p := data(left[:])
		s0, s1, s2, s3 = s0.Add(load8(p, 0)), s1.Add(load8(p, 32)), s2.Add(load8(p, 64)), s3.Add(load8(p, 96))
	}
	return fold8(s0, s1, s2, s3)
}

// fold8 adds lanes up as halves does.
func fold8(s0, s1, s2, s3 v8) float32 {
	x := s0.Add(s2).Add(s1.Add(s3))
	y := x.GetLo().Add(x.GetHi())
	return (y.GetElem(0) + y.GetElem(2)) + (y.GetElem(1) + y.GetElem(3))
}

// most8 looks for NaN apart, since what the instruction makes of it hangs on the order.
func most8(a []float32) float32 {
	lowest := float32(math.Inf(-1))
	x := archsimd.BroadcastFloat32x8(lowest)
	y, nan := x, x.Sub(x).Equal(x) // false
	p := data(a)
	i := 0
	for ; i+16 <= len(a); i += 16 {
		v, w := load8(p, bytes(i)), load8(p, bytes(i+8))
		x, y, nan = x.Max(v), y.Max(w), nan.Or(v.NotEqual(v)).Or(w.NotEqual(w))
	}
	var s [8]float32
	x.Max(y).Merge(archsimd.BroadcastFloat32x8(float32(math.NaN())), nan.ToInt32x8().Equal(archsimd.BroadcastInt32x8(0))).Store(&s)
	most := lowest
	for _, x := range s {
		most = max(most, x)
	}
	for _, x := range a[i:] {
		most = max(most, x)
	}
	return most
}

func softmax8(dst, a []float32) {
	exp8(dst, a, most8(a))
	scalar8(mul, dst, dst, 1/sum8(dst))
}
