package kernel

import (
	"fmt"
	"os"
)

// engine is one way to do all of it.
type engine struct {
	name string
	// A tile is of at most tileRows rows and columns columns.
	columns int
	tile    func(*tile)
	edge    func(*tile) // of at most columns/2 columns

	pairs     func(op operation, dst, a, b []float32)
	scalar    func(op operation, dst, a []float32, s float32)
	unary     func(f function, dst, a []float32)
	reduce    func(r reduction, a []float32) float32
	softmax   func(dst, a []float32)
	transpose func(dst, src []float32, rows, cols, dstStride, srcStride int)
	fromBF16  func(dst []float32, src []uint16)
	toBF16    func(dst []uint16, src []float32)
}

// use is the engine of this process.
var use = choose(os.Getenv("ACECODER_SIMD"))

// choose finds an engine by its name, for tests of the slower ones. Without a name, or where the processor or the build has
// not got what is named, it is the best there is.
func choose(name string) *engine {
	all := append(vectorEngines(), &plain)
	for _, e := range all {
		if e.name == name {
			return e
		}
	}
	if name != "" && name != "avx512" && name != "avx2" {
		panic(fmt.Sprintf("kernel: ACECODER_SIMD is %q, want avx512, avx2 or off", name))
	}
	return all[0]
}
