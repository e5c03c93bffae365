//go:build goexperiment.simd && amd64

package kernel

import "simd/archsimd"

// vectorEngines are those that this processor has, the best first. Functions of elements wait for memory, and have the same
// arithmetic in vectors of 8 lanes as in those of 16; so the two differ in Gemm alone.
func vectorEngines() []*engine {
	if !archsimd.X86.AVX2() || !archsimd.X86.FMA() {
		return nil
	}
	avx2 := engine{
		name: "avx2", columns: 16, tile: tile8, edge: edge8,
		pairs: pairs8, scalar: scalar8, unary: unary8,
		reduce: reduce8, softmax: softmax8, transpose: transpose8,
		fromBF16: fromBF16x8, toBF16: toBF16x8,
	}
	if !archsimd.X86.AVX512() {
		return []*engine{&avx2}
	}
	avx512 := avx2
	avx512.name, avx512.columns, avx512.tile, avx512.edge = "avx512", 32, tile16, edge16
	return []*engine{&avx512, &avx2}
}
