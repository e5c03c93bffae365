package kernel

import "math"

func plainPairs(op operation, dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = of(op, a[i], b[i])
	}
}

func plainScalar(op operation, dst, a []float32, s float32) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = of(op, a[i], s)
	}
}

func of(op operation, a, b float32) float32 {
	switch op {
	case add:
		return a + b
	case sub:
		return a - b
	case mul:
		return a * b
	case div:
		return a / b
	case largest:
		return max(a, b)
	case smallest:
		return min(a, b)
	case subFrom:
		return b - a
	default:
		return b / a
	}
}

func plainUnary(f function, dst, a []float32) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = ofOne(f, a[i])
	}
}

func ofOne(f function, x float32) float32 {
	switch f {
	case neg:
		return -x
	case abs:
		return float32(math.Abs(float64(x)))
	case sqrt:
		return float32(math.Sqrt(float64(x)))
	case exp:
		return plainExp(x)
	case log:
		return float32(math.Log(float64(x)))
	default:
		return plainLogistic(x)
	}
}

func plainExp(x float32) float32 { return float32(math.Exp(float64(x))) }

func plainLogistic(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// Sin makes dst[i] = sin a[i].
func Sin(dst, a []float32) { each(dst, a, math.Sin) }

// Cos makes dst[i] = cos a[i].
func Cos(dst, a []float32) { each(dst, a, math.Cos) }

func each(dst, a []float32, f func(float64) float64) {
	same(len(dst), len(a), len(a))
	for i, x := range a {
		dst[i] = float32(f(float64(x)))
	}
}
