package cpu

import "github.com/gomlx/compute/dtypes"

func plainIota(n *node, out []byte) error {
	axis := int(n.data.(along))
	inner := product(n.dims()[axis+1:])
	at := func(i int) int { return i / inner % n.dims()[axis] }
	switch n.dtype() {
	case dtypes.Float32:
		for i, x := 0, as[float32](out); i < len(x); i++ {
			x[i] = float32(at(i))
		}
	case dtypes.Float64:
		for i, x := 0, as[float64](out); i < len(x); i++ {
			x[i] = float64(at(i))
		}
	case dtypes.Int32:
		for i, x := 0, as[int32](out); i < len(x); i++ {
			x[i] = int32(at(i))
		}
	case dtypes.Int64:
		for i, x := 0, as[int64](out); i < len(x); i++ {
			x[i] = int64(at(i))
		}
	default:
		return notImplemented("Iota of %s", n.shape)
	}
	return nil
}

func plainConvert(from dtypes.DType, in []byte, to dtypes.DType, out []byte) error {
	switch from {
	case dtypes.Float32:
		if to == dtypes.BFloat16 {
			roundBF16(as[uint16](out), as[float32](in))
			return nil
		}
		return convertNumbers(as[float32](in), to, out)
	case dtypes.Float64:
		return convertNumbers(as[float64](in), to, out)
	case dtypes.Int32:
		return convertNumbers(as[int32](in), to, out)
	case dtypes.Int64:
		return convertNumbers(as[int64](in), to, out)
	case dtypes.Bool:
		return convertNumbers(numbersOf(as[bool](in)), to, out)
	case dtypes.BFloat16:
		if to == dtypes.Float32 {
			widenBF16(as[float32](out), as[uint16](in))
			return nil
		}
	}
	return notImplemented("conversion of %s to %s", from, to)
}

func numbersOf(in []bool) []int32 {
	out := make([]int32, len(in))
	for i, x := range in {
		if x {
			out[i] = 1
		}
	}
	return out
}

func convertNumbers[T number](in []T, to dtypes.DType, out []byte) error {
	switch to {
	case dtypes.Float32:
		convertTo[T, float32](in, out)
	case dtypes.Float64:
		convertTo[T, float64](in, out)
	case dtypes.Int32:
		convertTo[T, int32](in, out)
	case dtypes.Int64:
		convertTo[T, int64](in, out)
	case dtypes.Bool:
		flags := as[bool](out)
		for i, x := range in {
			flags[i] = x != 0
		}
	default:
		return notImplemented("conversion to %s", to)
	}
	return nil
}

func convertTo[T, U number](in []T, out []byte) {
	to := as[U](out)
	for i, x := range in {
		to[i] = U(x)
	}
}
