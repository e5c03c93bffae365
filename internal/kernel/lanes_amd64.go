//go:build goexperiment.simd && amd64

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

// Loads and stores go by pointers, since a check of bounds at each would cost as much as the arithmetic. The exported functions
// have checked that matrices lie in their slices and that slices have one length; nothing here touches more. Places are counted
// from a slice's beginning, so that no pointer ever goes past its end.
type (
	v16     = archsimd.Float32x16
	v8      = archsimd.Float32x8
	pointer = unsafe.Pointer
)

// bytes is the length of n elements.
func bytes(n int) uintptr { return uintptr(n) * 4 }

func data(s []float32) pointer { return pointer(unsafe.SliceData(s)) } //nolint:gosec // see above

func after(p pointer, n uintptr) pointer { return unsafe.Add(p, n) }

func broadcast16(p pointer, at uintptr) v16 {
	return archsimd.BroadcastFloat32x16(*(*float32)(after(p, at)))
}

func broadcast8(p pointer, at uintptr) v8 {
	return archsimd.BroadcastFloat32x8(*(*float32)(after(p, at)))
}

func load16(p pointer, at uintptr) v16 { return archsimd.LoadFloat32x16((*[16]float32)(after(p, at))) }

func load8(p pointer, at uintptr) v8 { return archsimd.LoadFloat32x8((*[8]float32)(after(p, at))) }

// rowsOfA are the rows of a tile's part of A. What lies past the last one is the last one again: worked out, and not stored.
func (t *tile) rowsOfA() (a0, a1, a2, a3 pointer) {
	a, last, row := data(t.a), t.rows-1, bytes(t.aRow)
	return a, after(a, uintptr(min(1, last))*row), after(a, uintptr(min(2, last))*row), after(a, uintptr(min(3, last))*row)
}
