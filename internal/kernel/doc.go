// Package kernel does the arithmetic of models on the processor: matrix products, functions of elements, sums of rows, on
// slices of float32, with AVX-512 or AVX2 where the processor has them and in plain Go elsewhere.
//
// Nothing here starts a goroutine or, a growing Workspace aside, allocates: the caller divides work by rows and owns the memory.
//
// The invariant is that an element's bits depend on its inputs alone, and never on where it lies: not on the number of rows
// that a call has, nor on the place in a vector. A product sums in the order of k, in blocks of a fixed length; Sum and Dot
// have an order that hangs on the length alone. So work may be divided anyhow, and a batch gives what single rows give.
// AVX-512 and AVX2 agree to the bit; plain Go agrees within rounding.
package kernel
