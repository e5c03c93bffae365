package generate

import "math"

// exp returns e to the x for x at most 0, within 1.5e-13 of it relatively, and 0 for x below -700. A draw takes it of every
// token of the vocabulary, once or twice, and takes less than half as long as with math.Exp.
//
//	e^x = 2^(n/parts) e^r,  n = round(x parts / ln 2),  |r| ≤ ln 2 / (2 parts)
//
// with the first factor from a table and the second by its series, of which r^5/120 < 5e-14 is the first term left out.
// NaN gives NaN.
func exp(x float64) float64 {
	if x < -700 {
		return 0
	}
	// Adding 1.5 times 2^52 leaves no bits behind the point: it rounds, and n is in the lowest bits.
	const rounder = 3 << 51
	shifted := x*(parts/math.Ln2) + rounder
	n := int64(int32(math.Float64bits(shifted)))
	r := x - (shifted-rounder)*(math.Ln2/parts)
	series := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24))))
	return series * math.Float64frombits(powers[n&(parts-1)]+uint64(n>>logParts<<52))
}

const (
	logParts = 6
	parts    = 1 << logParts
)

// powers are the bits of 2^(i/parts).
var powers = func() (out [parts]uint64) {
	for i := range out {
		out[i] = math.Float64bits(math.Exp2(float64(i) / parts))
	}
	return out
}()
