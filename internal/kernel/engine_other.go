//go:build !goexperiment.simd || !amd64

package kernel

// vectorEngines are none where the compiler has no vectors.
func vectorEngines() []*engine { return nil }
