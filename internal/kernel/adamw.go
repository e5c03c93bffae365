package kernel

import "math"

// AdamWStep has the values of one step of AdamW that are the same for all weights. One less Beta is given, since it is a
// float64's difference.
type AdamWStep struct {
	Clip         float32 // what gradients are multiplied with
	Beta1, Rest1 float32 // β₁, 1-β₁
	Beta2, Rest2 float32 // β₂, 1-β₂
	Keep         float32 // 1 - lr·decay: what weights are multiplied with
	Rate         float32 // lr/(1-β₁ᵗ)
	Root         float32 // 1/√(1-β₂ᵗ)
	Epsilon      float32
}

// AdamW changes weights w and moments m and v by gradients g, all of one length, each operation rounded on its own:
//
//	g ← g·clip;  m ← β₁·m + (1-β₁)·g;  v ← β₂·v + (1-β₂)·g·g
//	w ← w·keep − rate·(m / (√v·root + ε))
func AdamW(w, m, v, g []float32, s AdamWStep) {
	same(len(w), len(m), len(v))
	same(len(w), len(g), len(g))
	use.adamW(w, m, v, g, &s)
}

func plainAdamW(w, m, v, g []float32, s *AdamWStep) {
	for i := range w {
		w[i], m[i], v[i] = s.one(w[i], m[i], v[i], g[i])
	}
}

// one steps one weight. The conversions keep the compiler from rounding a product and a sum together.
func (s *AdamWStep) one(w, m, v, g float32) (w1, m1, v1 float32) {
	g = float32(g * s.Clip)
	m = float32(m*s.Beta1) + float32(g*s.Rest1)
	v = float32(v*s.Beta2) + float32(float32(g*s.Rest2)*g)
	below := float32(float32(math.Sqrt(float64(v)))*s.Root) + s.Epsilon
	return float32(w*s.Keep) - float32(s.Rate*(m/below)), m, v
}
