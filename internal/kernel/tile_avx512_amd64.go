//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// tile16 does a tile of 32 columns. Eight sums of 16 lanes keep the multipliers busy and, with what they are made of, fit
// into the 15 registers that the compiler uses.
func tile16(t *tile) {
	a0, a1, a2, a3 := t.rowsOfA()
	b := data(t.b)
	aStep, bStep := bytes(t.aStep), bytes(t.bStep)
	ap, bp := uintptr(0), uintptr(0)
	var c00, c01, c10, c11, c20, c21, c30, c31 v16
	for range t.k {
		b0, b1 := load16(b, bp), load16(b, bp+64)
		x := broadcast16(a0, ap)
		c00, c01 = x.MulAdd(b0, c00), x.MulAdd(b1, c01)
		x = broadcast16(a1, ap)
		c10, c11 = x.MulAdd(b0, c10), x.MulAdd(b1, c11)
		x = broadcast16(a2, ap)
		c20, c21 = x.MulAdd(b0, c20), x.MulAdd(b1, c21)
		x = broadcast16(a3, ap)
		c30, c31 = x.MulAdd(b0, c30), x.MulAdd(b1, c31)
		ap, bp = ap+aStep, bp+bStep
	}
	c, row := data(t.c), bytes(t.cRow)
	store16(c, t.add, c00, c01)
	if t.rows > 1 {
		store16(after(c, row), t.add, c10, c11)
	}
	if t.rows > 2 {
		store16(after(c, 2*row), t.add, c20, c21)
	}
	if t.rows > 3 {
		store16(after(c, 3*row), t.add, c30, c31)
	}
}

// store16 puts a row of 32 sums, or adds it.
func store16(c pointer, add bool, x, y v16) {
	if add {
		x, y = load16(c, 0).Add(x), load16(c, 64).Add(y)
	}
	x.Store((*[16]float32)(c))
	y.Store((*[16]float32)(after(c, 64)))
}

// edge16 does a tile of at most 16 columns.
//
//go:nocheckptr
func edge16(t *tile) {
	a0, a1, a2, a3 := t.rowsOfA()
	b := data(t.b)
	aStep, bStep := bytes(t.aStep), bytes(t.bStep)
	ap, bp := uintptr(0), uintptr(0)
	mask := archsimd.Mask32x16FromBits(1<<t.columns - 1)
	var c0, c1, c2, c3 v16
	for range t.k {
		x := archsimd.LoadMaskedFloat32x16((*[16]float32)(after(b, bp)), mask)
		c0 = broadcast16(a0, ap).MulAdd(x, c0)
		c1 = broadcast16(a1, ap).MulAdd(x, c1)
		c2 = broadcast16(a2, ap).MulAdd(x, c2)
		c3 = broadcast16(a3, ap).MulAdd(x, c3)
		ap, bp = ap+aStep, bp+bStep
	}
	c, row := data(t.c), bytes(t.cRow)
	storePart16(c, t.add, c0, mask)
	if t.rows > 1 {
		storePart16(after(c, row), t.add, c1, mask)
	}
	if t.rows > 2 {
		storePart16(after(c, 2*row), t.add, c2, mask)
	}
	if t.rows > 3 {
		storePart16(after(c, 3*row), t.add, c3, mask)
	}
}

// storePart16 puts some of a row of sums, or adds it.
//
//go:nocheckptr
func storePart16(c pointer, add bool, x v16, mask archsimd.Mask32x16) {
	if add {
		x = archsimd.LoadMaskedFloat32x16((*[16]float32)(c), mask).Add(x)
	}
	x.StoreMasked((*[16]float32)(c), mask)
}
