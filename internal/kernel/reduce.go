package kernel

import "math"

// reduction makes one number of a row.
type reduction uint8

const (
	total reduction = iota
	maximum
)

// lanes is the number of partial sums of a reduction: element i goes into sum i mod lanes, and the sums are added in halves.
const lanes = 32

// Sum is the sum of a, in lanes; 0 for none.
func Sum(a []float32) float32 { return use.reduce(total, a) }

// MaxOf is the largest of a: -Inf of none, NaN if one is NaN.
func MaxOf(a []float32) float32 { return use.reduce(maximum, a) }

// Softmax makes dst = e^(a-max a) / its sum. With NaN or +Inf in a, all is NaN.
func Softmax(dst, a []float32) {
	same(len(dst), len(a), len(a))
	use.softmax(dst, a)
}

// halves adds lanes up.
func halves(s *[lanes]float32) float32 {
	for n := lanes / 2; n > 0; n /= 2 {
		for i := range n {
			s[i] += s[i+n]
		}
	}
	return s[0]
}

func plainReduce(r reduction, a []float32) float32 {
	if r == maximum {
		most := float32(math.Inf(-1))
		for _, x := range a {
			most = max(most, x)
		}
		return most
	}
	var s [lanes]float32
	for i, x := range a {
		s[i%lanes] += x
	}
	return halves(&s)
}

func plainSoftmax(dst, a []float32) {
	most := plainReduce(maximum, a)
	for i, x := range a {
		dst[i] = plainExp(x - most)
	}
	plainScalar(mul, dst, dst, 1/plainReduce(total, dst))
}
