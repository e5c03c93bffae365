package stats_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

func words(text string) []acecoder.Status {
	var list []acecoder.Status
	for _, letter := range text {
		list = append(list, map[rune]acecoder.Status{'p': acecoder.Pass, 'f': acecoder.Fail, 't': acecoder.Timeout}[letter])
	}
	return list
}

func TestRate(t *testing.T) {
	f := func(x float64) *float64 { return &x }
	n := func(x int) *int { return &x }
	const inProcess = acecoder.TrustInProcess
	for _, row := range []struct {
		name       string
		tests, set int // kept tests, tests set aside
		program    acecoder.Program
		accept     bool
		kept, all  string // "": no rate
	}{
		{name: "counted", tests: 20, set: 5, program: acecoder.Program{Passed: n(17)}, kept: "17/20", all: "17/25"},
		{name: "counted, though the written rate says otherwise", tests: 4, program: acecoder.Program{Passed: n(1), PassRate: f(0.9)}, kept: "1/4", all: "1/4"},
		{name: "verdicts alone", tests: 3, set: 1, program: acecoder.Program{Verdicts: words("pft")}, kept: "1/3", all: "1/4"},
		{name: "verdicts without the tests", program: acecoder.Program{Verdicts: words("pp")}, kept: "1/1", all: "1/1"},
		{name: "written over the kept tests", tests: 3, set: 1, program: acecoder.Program{PassRate: f(0.3333333333)}, kept: "1/3", all: "1/4"},
		{name: "written over all tests", tests: 3, set: 1, program: acecoder.Program{PassRateAll: f(0.5)}, kept: "2/3", all: "1/2"},
		{name: "published row: the denominator is not the number of tests", tests: 16, program: acecoder.Program{PassRate: f(0.85)}, kept: "17/20", all: "17/20"},
		{name: "written without tests", program: acecoder.Program{PassRate: f(0.45)}, kept: "9/20", all: "9/20"},
		{name: "zero", tests: 4, program: acecoder.Program{PassRate: f(0)}, kept: "0/1", all: "0/1"},
		{name: "one", tests: 4, program: acecoder.Program{PassRate: f(1)}, kept: "1/1", all: "1/1"},
		{name: "close to no fraction", tests: 4, program: acecoder.Program{PassRate: f(0.123456789)}, kept: "exact", all: "exact"},
		{name: "nothing", tests: 4, program: acecoder.Program{}},
		{name: "passed without tests", program: acecoder.Program{Passed: n(3)}},
		{name: "in process, verdicts alone", tests: 2, program: acecoder.Program{Verdicts: words("pp"), Trust: inProcess}},
		{name: "in process, written rate alone", tests: 2, program: acecoder.Program{PassRate: f(1), Trust: inProcess}},
		{name: "in process, trusted passes counted", tests: 2, program: acecoder.Program{Verdicts: words("pp"), Passed: n(1), Trust: inProcess}, kept: "1/2", all: "1/2"},
		{name: "in process, accepted", tests: 2, program: acecoder.Program{Verdicts: words("pp"), Passed: n(1), Trust: inProcess}, accept: true, kept: "1/1", all: "1/1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := acecoder.Problem{Tests: make([]string, row.tests), TestsDropped: make([]acecoder.DroppedTest, row.set)}
			for denominator, want := range map[stats.Denominator]string{stats.Kept: row.kept, stats.All: row.all} {
				rule := stats.RateRule{Denominator: denominator, AcceptInProcess: row.accept}
				rate, ok, err := rule.Of(&p, &row.program)
				if err != nil {
					t.Fatalf("%s: %v", denominator, err)
				}
				if !ok {
					if want != "" {
						t.Errorf("%s: no rate, want %s", denominator, want)
					}
					continue
				}
				got := rate.Exact.String()
				if want == "exact" {
					want = new(big.Rat).SetFloat64(*row.program.PassRate).String()
				}
				if got != want {
					t.Errorf("%s: rate %s, want %s", denominator, got, want)
				}
				if exact, _ := rate.Exact.Float64(); math.Abs(exact-rate.Float) > 1e-9 {
					t.Errorf("%s: as float64 %v, exactly %v", denominator, rate.Float, exact)
				}
			}
		})
	}
}

func TestRateOfARowThatContradictsItself(t *testing.T) {
	f := func(x float64) *float64 { return &x }
	n := func(x int) *int { return &x }
	for _, row := range []struct {
		name       string
		tests, set int
		program    acecoder.Program
		want       string
	}{
		{"more passes than tests", 3, 0, acecoder.Program{Passed: n(4)}, "passed: 4 of 3 tests"},
		{"fewer than none", 3, 0, acecoder.Program{Passed: n(-1)}, "passed: -1 of 3 tests"},
		{"verdicts of other tests", 3, 0, acecoder.Program{Verdicts: words("pp")}, "verdicts: 2 words for 3 tests"},
		{"more passes than the verdicts have", 2, 0, acecoder.Program{Passed: n(2), Verdicts: words("pf")}, "passed: 2, but"},
		{"above one", 2, 0, acecoder.Program{PassRate: f(1.5)}, "pass_rate: 1.5 is not within"},
		{"below zero", 2, 0, acecoder.Program{PassRateAll: f(-0.5)}, "pass_rate_all: -0.5 is not within"},
		{"not a number", 2, 0, acecoder.Program{PassRate: f(math.NaN())}, "pass_rate: NaN"},
		{"passes tests that were set aside", 1, 3, acecoder.Program{PassRateAll: f(0.5)}, "pass_rate_all: 0.5 is more than 1 of 4"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := acecoder.Problem{Tests: make([]string, row.tests), TestsDropped: make([]acecoder.DroppedTest, row.set)}
			_, _, err := stats.RateRule{Denominator: stats.Kept}.Of(&p, &row.program)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
		})
	}
}

func TestEveryWrittenFractionIsRead(t *testing.T) {
	for q := int64(1); q <= 200; q++ {
		for p := int64(0); p <= q; p++ {
			rate := float64(p) / float64(q)
			got, ok, err := stats.RateRule{Denominator: stats.Kept}.Of(&acecoder.Problem{}, &acecoder.Program{PassRate: &rate})
			if want := big.NewRat(p, q); err != nil || !ok || got.Exact.Cmp(want) != 0 {
				t.Fatalf("%d/%d written as %v is read as %v (%v, %v)", p, q, rate, got.Exact, ok, err)
			}
		}
	}
}
