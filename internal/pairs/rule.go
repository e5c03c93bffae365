// Package pairs makes preference pairs: of two programs of one problem, one that passes clearly more tests and
// one that passes clearly fewer but not none (AceCoder §3, equation 3). A scored problem goes in, pairs or a
// drop come out. Whether two programs make a pair depends on their two pass rates and texts alone, and by
// default on exact fractions: 17/20 - 9/20 is 0.4 and nothing less.
package pairs

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/acecoder/acecoder/internal/stats"
)

// Dedupe says which pairs of one problem are the same pair.
type Dedupe string

const (
	// ByTexts takes two pairs for one if they have the same chosen and the same rejected text.
	ByTexts Dedupe = "texts"
	// ByConcat takes two pairs for one if chosen and rejected, written one after the other, are the same text,
	// as published. It also drops the pair of "a" and "bc" beside that of "ab" and "c".
	ByConcat Dedupe = "concat"
)

// Rule says which two programs make a pair. Start from Paper or Published; the zero Rule is not valid.
type Rule struct {
	Gap         Ratio `json:"gap"`          // chosen is above rejected by more than this
	MinChosen   Ratio `json:"min_chosen"`   // chosen is above this
	MinRejected Ratio `json:"min_rejected"` // rejected is above this, strictly under every rule

	// Inclusive takes pass rates exactly at Gap and MinChosen too: ≥ in place of >. MinRejected stays
	// strict, in the published code as well, or programs that pass nothing would come in.
	Inclusive bool `json:"inclusive"`
	// Float compares in float64, as the published code does: 17/20 - 9/20 is then below 0.4.
	Float       bool              `json:"float"`
	Denominator stats.Denominator `json:"denominator"`

	ASCIIOnly bool   `json:"ascii_only"` // drop problems whose question is not ASCII
	SameModel bool   `json:"same_model"` // pair only programs of one model with each other
	Dedupe    Dedupe `json:"dedupe"`
	Cap       int    `json:"cap"` // pairs a problem, the widest of the best programs first; 0: all

	MarginScale     Ratio `json:"margin_scale"` // margin = scale × (chosen - rejected)
	AcceptInProcess bool  `json:"accept_in_process"`
}

// Paper returns the rule as the paper has it: s_i > s_j + 0.4, s_i > 0.8, s_j > 0, over the kept tests.
func Paper() Rule {
	return Rule{
		Gap:         Ratio{2, 5},
		MinChosen:   Ratio{4, 5},
		MinRejected: Ratio{0, 1},
		Denominator: stats.Kept,
		Dedupe:      ByTexts,
		MarginScale: Ratio{1, 1},
	}
}

// Published returns the rule as the published code ran: ≥ in float64, over all tests, ASCII questions only,
// within one model, without duplicates by concatenation. Two things are ours: a pair that two models both
// give is kept once, so that ids stay unique, and a program is not paired with its own text.
func Published() Rule {
	r := Paper()
	r.Inclusive, r.Float = true, true
	r.Denominator = stats.All
	r.ASCIIOnly, r.SameModel = true, true
	r.Dedupe = ByConcat
	return r
}

// Validate says what is wrong with the rule, by field.
func (r Rule) Validate() error {
	for _, f := range []struct {
		field     string
		value     Ratio
		low, high int64
	}{
		{"gap", r.Gap, 0, 1},
		{"min_chosen", r.MinChosen, 0, 1},
		{"min_rejected", r.MinRejected, -1, 1}, // below 0: programs that pass nothing may be rejected ones
		{"margin_scale", r.MarginScale, 0, 1 << 20},
	} {
		if f.value.Den <= 0 {
			return fmt.Errorf("pair rule: %s: not set", f.field)
		}
		v := f.value.rat()
		if v.Cmp(big.NewRat(f.low, 1)) < 0 || v.Cmp(big.NewRat(f.high, 1)) > 0 {
			return fmt.Errorf("pair rule: %s: %s is not within %d to %d", f.field, f.value, f.low, f.high)
		}
	}
	switch {
	case r.Gap.Num == 0 && r.Inclusive:
		return errors.New("pair rule: gap: 0 with ≥ would pair programs of equal pass rate")
	case !r.Denominator.Valid():
		return fmt.Errorf("pair rule: denominator: %q is neither %s nor %s", r.Denominator, stats.Kept, stats.All)
	case r.Dedupe != ByTexts && r.Dedupe != ByConcat:
		return fmt.Errorf("pair rule: dedupe: %q is neither %s nor %s", r.Dedupe, ByTexts, ByConcat)
	case r.Cap < 0:
		return fmt.Errorf("pair rule: cap: %d is below 0", r.Cap)
	}
	return nil
}

// judge holds a rule's thresholds in the form in which they are compared.
type judge struct {
	rule                             Rule
	gap, chosen, rejected, scale     *big.Rat
	gapF, chosenF, rejectedF, scaleF float64
}

func (r Rule) judge() judge {
	return judge{
		rule: r,
		gap:  r.Gap.rat(), chosen: r.MinChosen.rat(), rejected: r.MinRejected.rat(), scale: r.MarginScale.rat(),
		gapF: r.Gap.float(), chosenF: r.MinChosen.float(), rejectedF: r.MinRejected.float(),
		scaleF: r.MarginScale.float(),
	}
}

// compare orders two pass rates.
func (j *judge) compare(a, b stats.Rate) int {
	if j.rule.Float {
		return order(a.Float, b.Float)
	}
	return a.Exact.Cmp(b.Exact)
}

// mayBeChosen: s_i > min_chosen.
func (j *judge) mayBeChosen(s stats.Rate) bool {
	if j.rule.Float {
		return j.over(order(s.Float, j.chosenF))
	}
	return j.over(s.Exact.Cmp(j.chosen))
}

// mayBeRejected: s_j > min_rejected.
func (j *judge) mayBeRejected(s stats.Rate) bool {
	if j.rule.Float {
		return s.Float > j.rejectedF
	}
	return s.Exact.Cmp(j.rejected) > 0
}

// apart: s_i - s_j > gap. The published code subtracts, and in float64 that differs from s_i > s_j + gap.
func (j *judge) apart(chosen, rejected stats.Rate) bool {
	if j.rule.Float {
		return j.over(order(chosen.Float-rejected.Float, j.gapF))
	}
	return j.over(new(big.Rat).Sub(chosen.Exact, rejected.Exact).Cmp(j.gap))
}

// margin is scale × (chosen - rejected), rounded once, or step by step where the rule computes in float64.
func (j *judge) margin(chosen, rejected stats.Rate) float64 {
	if j.rule.Float {
		return (chosen.Float - rejected.Float) * j.scaleF
	}
	exact := new(big.Rat).Sub(chosen.Exact, rejected.Exact)
	margin, _ := exact.Mul(exact, j.scale).Float64()
	return margin
}

func (j *judge) over(comparison int) bool {
	return comparison > 0 || (comparison == 0 && j.rule.Inclusive)
}

func order(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
