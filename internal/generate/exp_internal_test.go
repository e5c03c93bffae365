package generate

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	far := 0.0
	for i := range 500_000 {
		x := -700 * random.Float64()
		if i%2 == 0 {
			x = -math.Ln2 / parts / 2 * float64(random.IntN(5000)) // where n changes
		}
		far = max(far, math.Abs(exp(x)/math.Exp(x)-1))
	}
	if !(far < 1.5e-13) {
		t.Errorf("exp is up to %v off relatively", far)
	}
	for x, want := range map[float64]float64{0: 1, math.Inf(-1): 0, -701: 0, -1e300: 0, -5e-324: 1} {
		if got := exp(x); got != want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if got := exp(math.NaN()); !math.IsNaN(got) {
		t.Errorf("exp(NaN) = %v", got)
	}
}
