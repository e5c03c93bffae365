package pairs_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pairs"
)

func TestParseRatio(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       pairs.Ratio // zero: an error
	}{
		{"decimal", "0.4", pairs.Ratio{Num: 2, Den: 5}},
		{"fraction", "2/5", pairs.Ratio{Num: 2, Den: 5}},
		{"fraction, not reduced", "8/20", pairs.Ratio{Num: 2, Den: 5}},
		{"whole", "3", pairs.Ratio{Num: 3, Den: 1}},
		{"zero", "0", pairs.Ratio{Num: 0, Den: 1}},
		{"negative", "-1", pairs.Ratio{Num: -1, Den: 1}},
		{"no digit before the point", ".5", pairs.Ratio{Num: 1, Den: 2}},
		{"empty", "", pairs.Ratio{}},
		{"word", "much", pairs.Ratio{}},
		{"by zero", "1/0", pairs.Ratio{}},
		{"exponent, however small", "1e-1", pairs.Ratio{}},
		{"exponent that takes all memory", "1e999999999", pairs.Ratio{}},
		{"more digits than fit", "0.1234567890123456789012345", pairs.Ratio{}},
		{"very long", strings.Repeat("1", 1000), pairs.Ratio{}},
		{"two fractions", "1/2/3", pairs.Ratio{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := pairs.ParseRatio(row.text)
			if got != row.want || (err == nil) != (row.want != pairs.Ratio{}) {
				t.Errorf("ParseRatio(%.40q) = %v, %v, want %v", row.text, got, err, row.want)
			}
		})
	}
}

func FuzzParseRatio(f *testing.F) {
	for _, text := range []string{"0.4", "2/5", "-1", "1e9", "1/0", "0x1p-2", "_", "+.5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := pairs.ParseRatio(text)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok || want.Cmp(big.NewRat(r.Num, r.Den)) != 0 {
			t.Errorf("ParseRatio(%q) = %v, want %v", text, r, want)
		}
		if again, err := pairs.ParseRatio(r.String()); err == nil && again != r {
			t.Errorf("%v written and read is %v", r, again)
		}
	})
}
