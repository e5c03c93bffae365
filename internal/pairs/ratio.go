package pairs

import (
	"fmt"
	"math/big"
	"strings"
)

// Ratio is an exact fraction for a threshold, Num / Den. It is written and read as text, "0.4" or "2/5".
type Ratio struct{ Num, Den int64 }

// ParseRatio reads a decimal number or a fraction, exactly.
func ParseRatio(text string) (Ratio, error) {
	// Exponents are refused: 1e999999999 is short and takes all memory.
	if len(text) > 32 || strings.Trim(text, "0123456789.+-/") != "" {
		return Ratio{}, fmt.Errorf("ratio %.40q: want a decimal such as 0.4 or a fraction such as 2/5", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return Ratio{}, fmt.Errorf("ratio %q: want a decimal such as 0.4 or a fraction such as 2/5", text)
	}
	if !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return Ratio{}, fmt.Errorf("ratio %q: too many digits", text)
	}
	return Ratio{r.Num().Int64(), r.Denom().Int64()}, nil
}

// String writes the ratio as a fraction, or as a whole number where it is one.
func (r Ratio) String() string {
	if r.Den == 1 {
		return fmt.Sprint(r.Num)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// MarshalText writes the ratio as String does.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRatio reads.
func (r *Ratio) UnmarshalText(text []byte) error {
	parsed, err := ParseRatio(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}

// rat returns the ratio; the denominator must not be 0.
func (r Ratio) rat() *big.Rat { return big.NewRat(r.Num, r.Den) }

// float returns the nearest float64, which is what the literal of the published code is.
func (r Ratio) float() float64 {
	f, _ := r.rat().Float64()
	return f
}
