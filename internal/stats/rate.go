package stats

import (
	"fmt"
	"math"
	"math/big"

	"github.com/acecoder/acecoder"
)

// Denominator says by which tests a pass rate is divided.
type Denominator string

// The paper divides by the tests that the oracle passes. The published code divides by all tests, those set
// aside included, so that a program cannot reach a full mark where the oracle failed a test.
const (
	Kept Denominator = "kept"
	All  Denominator = "all"
)

// Valid reports whether d is one of the two.
func (d Denominator) Valid() bool { return d == Kept || d == All }

// Rate is a program's pass rate.
type Rate struct {
	Exact *big.Rat // read only
	Float float64  // the nearest to Exact, or the row's own number where the row has nothing else
}

// RateRule says how a program's pass rate is read from a scored row.
type RateRule struct {
	Denominator     Denominator
	AcceptInProcess bool // count passes that were found in process, where the row tells of them
}

const (
	near        = 1e-9 // a written pass rate this close to a fraction is that fraction
	denominator = 1000 // two different fractions with denominators up to this are 1e-6 apart or more
)

// Of returns the pass rate of prog, a program of p; false where the row does not tell it. The error tells of a
// row that contradicts itself, by field.
//
// Counts are exact: passed first, else the verdicts. A row with only a written rate, as AceCode-87K has them,
// is read as the fraction that it stands for; rates that are close to none are taken as the float64 they are.
// A program with an in_process verdict and no count of its trusted passes has no rate, unless accepted.
func (r RateRule) Of(p *acecoder.Problem, prog *acecoder.Program) (Rate, bool, error) {
	kept := len(p.Tests)
	if n := len(prog.Verdicts); n > 0 && kept == 0 {
		kept = n
	} else if n > 0 && n != kept {
		return Rate{}, false, fmt.Errorf("verdicts: %d words for %d tests", n, kept)
	}
	passed, counted, err := r.passed(prog, kept)
	switch {
	case err != nil:
		return Rate{}, false, err
	case counted:
		if r.Denominator == All {
			kept += len(p.TestsDropped)
		}
		return rational(big.NewRat(int64(passed), int64(kept))), true, nil
	case prog.Trust == acecoder.TrustInProcess && !r.AcceptInProcess:
		return Rate{}, false, nil
	}
	return r.written(prog, kept, len(p.TestsDropped))
}

// passed counts the passes among the kept tests, if the row has them.
func (r RateRule) passed(prog *acecoder.Program, kept int) (int, bool, error) {
	if kept == 0 {
		return 0, false, nil
	}
	passes := 0
	for _, status := range prog.Verdicts {
		if status == acecoder.Pass {
			passes++
		}
	}
	judged := len(prog.Verdicts) > 0
	if prog.Passed == nil || (judged && r.AcceptInProcess) {
		return passes, judged && (r.AcceptInProcess || prog.Trust != acecoder.TrustInProcess), nil
	}
	passed := *prog.Passed
	if passed < 0 || passed > kept {
		return 0, false, fmt.Errorf("passed: %d of %d tests", passed, kept)
	}
	if judged && passed > passes {
		return 0, false, fmt.Errorf("passed: %d, but its verdicts have %d passes", passed, passes)
	}
	return passed, true, nil
}

// written reads a rate from the fields that hold it as a number.
func (r RateRule) written(prog *acecoder.Program, kept, dropped int) (Rate, bool, error) {
	own, other := prog.PassRate, prog.PassRateAll
	field, tests, otherTests := "pass_rate", kept, kept+dropped
	if r.Denominator == All {
		own, other = other, own
		field, tests, otherTests = "pass_rate_all", otherTests, tests
	}
	if own != nil {
		return readRate(*own, tests, field)
	}
	if other == nil {
		return Rate{}, false, nil
	}
	if field = "pass_rate"; r.Denominator == Kept {
		field = "pass_rate_all"
	}
	rate, ok, err := readRate(*other, otherTests, field)
	if err != nil || dropped == 0 || kept == 0 {
		return rate, ok, err
	}
	// The same passes over the other number of tests.
	exact := new(big.Rat).Mul(rate.Exact, big.NewRat(int64(otherTests), int64(tests)))
	if exact.Cmp(big.NewRat(1, 1)) > 0 {
		return Rate{}, false, fmt.Errorf("%s: %v is more than %d of %d tests", field, *other, kept, kept+dropped)
	}
	return rational(exact), true, nil
}

// readRate turns a written rate over a known number of tests (0: unknown) into the fraction it stands for.
func readRate(rate float64, tests int, field string) (Rate, bool, error) {
	if !(rate >= 0 && rate <= 1) {
		return Rate{}, false, fmt.Errorf("%s: %v is not within 0 to 1", field, rate)
	}
	if tests > 0 {
		i := math.Round(rate * float64(tests))
		if math.Abs(rate-i/float64(tests)) <= near {
			return Rate{big.NewRat(int64(i), int64(tests)), rate}, true, nil
		}
	}
	// The published rows divide by the tests before filtering and do not say how many those were; the fraction
	// is still the only one near with a denominator of that size.
	if exact := fraction(rate); exact != nil {
		return Rate{exact, rate}, true, nil
	}
	return Rate{new(big.Rat).SetFloat64(rate), rate}, true, nil
}

// fraction returns the one fraction within near of x, 0 <= x <= 1, with a denominator up to the limit, or nil.
// It is found among the convergents of x's continued fraction, as every fraction p/q closer than 1/2q² is.
func fraction(x float64) *big.Rat {
	p0, q0, p1, q1 := int64(0), int64(1), int64(1), int64(0)
	for rest := x; ; {
		whole := math.Floor(rest)
		if whole > denominator {
			return nil
		}
		p0, q0, p1, q1 = p1, q1, int64(whole)*p1+p0, int64(whole)*q1+q0
		if q1 > denominator {
			return nil
		}
		if math.Abs(x-float64(p1)/float64(q1)) <= near {
			return big.NewRat(p1, q1)
		}
		rest = 1 / (rest - whole)
	}
}

func rational(exact *big.Rat) Rate {
	f, _ := exact.Float64()
	return Rate{exact, f}
}
