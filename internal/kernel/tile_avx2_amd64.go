//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// tile8 does a tile of 16 columns.
func tile8(t *tile) {
	a0, a1, a2, a3 := t.rowsOfA()
	b := data(t.b)
	aStep, bStep := bytes(t.aStep), bytes(t.bStep)
	ap, bp := uintptr(0), uintptr(0)
	var c00, c01, c10, c11, c20, c21, c30, c31 v8
	for range t.k {
		b0, b1 := load8(b, bp), load8(b, bp+32)
		x := broadcast8(a0, ap)
		c00, c01 = x.MulAdd(b0, c00), x.MulAdd(b1, c01)
		x = broadcast8(a1, ap)
		c10, c11 = x.MulAdd(b0, c10), x.MulAdd(b1, c11)
		x = broadcast8(a2, ap)
		c20, c21 = x.MulAdd(b0, c20), x.MulAdd(b1, c21)
		x = broadcast8(a3, ap)
		c30, c31 = x.MulAdd(b0, c30), x.MulAdd(b1, c31)
		ap, bp = ap+aStep, bp+bStep
	}
	c, row := data(t.c), bytes(t.cRow)
	store8(c, t.add, c00, c01)
	if t.rows > 1 {
		store8(after(c, row), t.add, c10, c11)
	}
	if t.rows > 2 {
		store8(after(c, 2*row), t.add, c20, c21)
	}
	if t.rows > 3 {
		store8(after(c, 3*row), t.add, c30, c31)
	}
}

// store8 puts a row of 16 sums, or adds it.
func store8(c pointer, add bool, x, y v8) {
	if add {
		x, y = load8(c, 0).Add(x), load8(c, 32).Add(y)
	}
	x.Store((*[8]float32)(c))
	y.Store((*[8]float32)(after(c, 32)))
}

// edge8 does a tile of at most 8 columns.
//
//go:nocheckptr
func edge8(t *tile) {
	a0, a1, a2, a3 := t.rowsOfA()
	b := data(t.b)
	aStep, bStep := bytes(t.aStep), bytes(t.bStep)
	ap, bp := uintptr(0), uintptr(0)
	mask := first8(t.columns)
	var c0, c1, c2, c3 v8
	for range t.k {
		x := archsimd.LoadMaskedFloat32x8((*[8]float32)(after(b, bp)), mask)
		c0 = broadcast8(a0, ap).MulAdd(x, c0)
		c1 = broadcast8(a1, ap).MulAdd(x, c1)
		c2 = broadcast8(a2, ap).MulAdd(x, c2)
		c3 = broadcast8(a3, ap).MulAdd(x, c3)
		ap, bp = ap+aStep, bp+bStep
	}
	c, row := data(t.c), bytes(t.cRow)
	storePart8(c, t.add, c0, mask)
	if t.rows > 1 {
		storePart8(after(c, row), t.add, c1, mask)
	}
	if t.rows > 2 {
		storePart8(after(c, 2*row), t.add, c2, mask)
	}
	if t.rows > 3 {
		storePart8(after(c, 3*row), t.add, c3, mask)
	}
}

// storePart8 puts some of a row of sums, or adds it.
//
//go:nocheckptr
func storePart8(c pointer, add bool, x v8, mask archsimd.Mask32x8) {
	if add {
		x = archsimd.LoadMaskedFloat32x8((*[8]float32)(c), mask).Add(x)
	}
	x.StoreMasked((*[8]float32)(c), mask)
}

// first8 is true for the first n lanes.
func first8(n int) archsimd.Mask32x8 {
	return archsimd.BroadcastInt32x8(int32(n)).Greater(archsimd.LoadInt32x8(&[8]int32{0, 1, 2, 3, 4, 5, 6, 7}))
}
