package pairs_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scored returns a problem with so many tests and programs "p0", "p1" … that pass so many of them each.
func scored(tests int, passed ...int) acecoder.Problem {
	p := acecoder.Problem{ID: "q1", Source: "evol", Question: "Add two numbers.", Tests: make([]string, tests)}
	for i := range p.Tests {
		p.Tests[i] = fmt.Sprintf("assert add(%d, 1) == %d", i, i+1)
	}
	for i, n := range passed {
		p.Programs = append(p.Programs, acecoder.Program{ID: fmt.Sprint(i), Program: fmt.Sprintf("p%d", i), Passed: &n})
	}
	return p
}

func inclusive() pairs.Rule {
	r := pairs.Paper()
	r.Inclusive = true
	return r
}

func made(t *testing.T, p acecoder.Problem, r pairs.Rule) []acecoder.Pair {
	t.Helper()
	list, drop, err := pairs.Make(p, r)
	if err != nil {
		t.Fatal(err)
	}
	if (drop == nil) == (len(list) == 0) {
		t.Fatalf("%d pairs with drop %v", len(list), drop)
	}
	return list
}

// names writes pairs as "chosen>rejected".
func names(list []acecoder.Pair) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Chosen+">"+p.Rejected)
	}
	return strings.Join(out, " ")
}

func TestThresholds(t *testing.T) {
	for _, row := range []struct {
		name                   string
		tests, better, worse   int
		paper, ge, asPublished bool
	}{
		{"gap exactly 0.4, which float64 takes for less: 17/20, 9/20", 20, 17, 9, false, true, false},
		{"gap exactly 0.4, which float64 takes for 0.4: 18/20, 10/20", 20, 18, 10, false, true, true},
		{"gap exactly 0.4 from a full mark: 5/5, 3/5", 5, 5, 3, false, true, true},
		{"gap above: 18/20, 9/20", 20, 18, 9, true, true, true},
		{"gap below: 17/20, 10/20", 20, 17, 10, false, false, false},
		{"chosen exactly 0.8: 16/20, 5/20", 20, 16, 5, false, true, true},
		{"chosen below 0.8: 15/20, 5/20", 20, 15, 5, false, false, false},
		{"rejected passes nothing: 20/20, 0/20", 20, 20, 0, false, false, false},
		{"rejected passes one: 20/20, 1/20", 20, 20, 1, true, true, true},
		{"equal", 20, 20, 20, false, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := scored(row.tests, row.better, row.worse)
			for _, use := range []struct {
				name string
				rule pairs.Rule
				want bool
			}{{"paper", pairs.Paper(), row.paper}, {"paper with >=", inclusive(), row.ge}, {"published", pairs.Published(), row.asPublished}} {
				if got := len(made(t, p, use.rule)) == 1; got != use.want {
					t.Errorf("%s: pair of %d/%d and %d/%d = %v, want %v", use.name, row.better, row.tests, row.worse, row.tests, got, use.want)
				}
			}
		})
	}
}

func TestWrittenRatesAreTheFractionsTheyStandFor(t *testing.T) {
	// As AceCode-87K has them: a rate over a number of tests that the row does not tell.
	better, worse := 0.85, 0.45
	p := scored(16)
	p.Programs = []acecoder.Program{{ID: "a", Program: "a", PassRate: &better}, {ID: "b", Program: "b", PassRate: &worse}}
	if got := names(made(t, p, pairs.Paper())); got != "" {
		t.Errorf("paper: pairs %q, want none: 17/20 - 9/20 is not above 2/5", got)
	}
	if got := names(made(t, p, inclusive())); got != "a>b" {
		t.Errorf("paper with >=: pairs %q, want a>b: 17/20 - 9/20 is exactly 2/5", got)
	}
	if got := names(made(t, p, pairs.Published())); got != "" {
		t.Errorf("published: pairs %q, want none: in float64 the gap is %v", got, better-worse)
	}
}

func TestOrder(t *testing.T) {
	// 0 and 2 pass all; the worst comes first, and of equal ones the later.
	p := scored(10, 10, 3, 10, 3, 1, 9)
	const want = "p0>p4 p0>p3 p0>p1 p2>p4 p2>p3 p2>p1 p5>p4 p5>p3 p5>p1"
	if got := names(made(t, p, pairs.Paper())); got != want {
		t.Errorf("pairs %q, want %q", got, want)
	}
	r := pairs.Paper()
	for r.Cap = 1; r.Cap <= 12; r.Cap++ {
		all := strings.Fields(want)
		capped := strings.Join(all[:min(r.Cap, len(all))], " ")
		if got := names(made(t, p, r)); got != capped {
			t.Errorf("cap %d: pairs %q, want the first ones, %q", r.Cap, got, capped)
		}
	}
}

func TestDenominator(t *testing.T) {
	// 10 of 10 kept tests, but 3 were set aside: 10/13 is below 0.8.
	p := scored(10, 10, 2)
	p.TestsDropped = make([]acecoder.DroppedTest, 3)
	list := made(t, p, pairs.Paper())
	if len(list) != 1 || list[0].ChosenScore != 1 || list[0].RejectedScore != 0.2 {
		t.Errorf("kept: %+v, want one pair of 1 and 0.2", list)
	}
	r := pairs.Paper()
	r.Denominator = stats.All
	if got := names(made(t, p, r)); got != "" {
		t.Errorf("all: pairs %q, want none", got)
	}
}

func TestDuplicates(t *testing.T) {
	text := func(p acecoder.Problem, texts ...string) acecoder.Problem {
		for i, program := range texts {
			p.Programs[i].Program = program
		}
		return p
	}
	concat := pairs.Paper()
	concat.Dedupe = pairs.ByConcat
	for _, row := range []struct {
		name          string
		problem       acecoder.Problem
		texts, concat string
	}{
		{"the same chosen twice", text(scored(4, 4, 4, 1), "a", "a", "b"), "a>b", "a>b"},
		{"the same rejected twice", text(scored(4, 4, 1, 1), "a", "b", "b"), "a>b", "a>b"},
		{"a text never beside itself, whatever its scores", text(scored(4, 4, 1), "a", "a"), "", ""},
		{"two pairs with one concatenation", text(scored(10, 10, 9, 2, 1), "ab", "a", "c", "bc"), "ab>bc ab>c a>bc a>c", "ab>bc ab>c a>c"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := names(made(t, row.problem, pairs.Paper())); got != row.texts {
				t.Errorf("by texts: pairs %q, want %q", got, row.texts)
			}
			if got := names(made(t, row.problem, concat)); got != row.concat {
				t.Errorf("by concatenation: pairs %q, want %q", got, row.concat)
			}
		})
	}
}

func TestSameModel(t *testing.T) {
	p := scored(10, 10, 2, 10, 2)
	for i, model := range []string{"7b", "7b", "32b", "32b"} {
		p.Programs[i].Model = model
	}
	if got, want := names(made(t, p, pairs.Paper())), "p0>p3 p0>p1 p2>p3 p2>p1"; got != want {
		t.Errorf("all models: pairs %q, want %q", got, want)
	}
	r := pairs.Paper()
	r.SameModel = true
	if got, want := names(made(t, p, r)), "p0>p1 p2>p3"; got != want {
		t.Errorf("same model: pairs %q, want %q", got, want)
	}
}

func TestInProcess(t *testing.T) {
	none := 0
	p := scored(2, 0, 0)
	p.Programs[0] = acecoder.Program{
		ID: "0", Program: "forged", Passed: &none, Trust: acecoder.TrustInProcess,
		Verdicts: []acecoder.Status{acecoder.Pass, acecoder.Pass},
	}
	p.Programs[1] = acecoder.Program{
		ID: "1", Program: "honest", Trust: acecoder.TrustValue,
		Verdicts: []acecoder.Status{acecoder.Pass, acecoder.Fail},
	}
	if got := names(made(t, p, pairs.Paper())); got != "" {
		t.Errorf("pairs %q, want none from passes found in process", got)
	}
	r := pairs.Paper()
	r.AcceptInProcess = true
	if got := names(made(t, p, r)); got != "forged>honest" {
		t.Errorf("accepted: pairs %q, want forged>honest", got)
	}
}

func TestMargin(t *testing.T) {
	p := scored(20, 20, 6)
	thrice := pairs.Paper()
	thrice.MarginScale = pairs.Ratio{Num: 3, Den: 1}
	published := pairs.Published()
	published.MarginScale = thrice.MarginScale
	one, three := 1.0, 0.3 // variables: constants are exact
	for _, row := range []struct {
		name string
		rule pairs.Rule
		want float64
	}{
		{"exact", pairs.Paper(), 0.7},
		{"three times, rounded once", thrice, 2.1},
		{"published, rounded at each step", published, (one - three) * 3},
	} {
		if got := made(t, p, row.rule)[0].Margin; got != row.want {
			t.Errorf("%s: margin %v, want %v", row.name, got, row.want)
		}
	}
}

func TestDrops(t *testing.T) {
	german := scored(10, 10, 2)
	german.Question = "Zähle."
	unscored := scored(10, 1, 1)
	unscored.Programs[0].Passed, unscored.Programs[1].Passed = nil, nil
	ascii := pairs.Paper()
	ascii.ASCIIOnly = true
	for _, row := range []struct {
		name    string
		problem acecoder.Problem
		rule    pairs.Rule
		want    acecoder.DropReason
	}{
		{"no programs", scored(10), pairs.Paper(), acecoder.DropNoPrograms},
		{"no pass rates", unscored, pairs.Paper(), acecoder.DropUnscored},
		{"all alike", scored(10, 10, 10), pairs.Paper(), acecoder.DropNoPair},
		{"one program", scored(10, 10), pairs.Paper(), acecoder.DropNoPair},
		{"not ASCII, which the code minds", german, pairs.Published(), acecoder.DropNotASCII},
		{"not ASCII, on request", german, ascii, acecoder.DropNotASCII},
		{"not ASCII, which the paper does not mind", german, pairs.Paper(), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, drop, err := pairs.Make(row.problem, row.rule)
			if err != nil {
				t.Fatal(err)
			}
			var got acecoder.DropReason
			if drop != nil {
				got = drop.Reason
				if drop.ID != row.problem.ID || drop.Stage != pairs.Stage {
					t.Errorf("drop of %s in %s, want %s in %s", drop.ID, drop.Stage, row.problem.ID, pairs.Stage)
				}
			}
			if got != row.want {
				t.Errorf("dropped for %q, want %q", got, row.want)
			}
		})
	}
}

func TestARowThatContradictsItselfIsAnErrorThatSaysWhere(t *testing.T) {
	_, _, err := pairs.Make(scored(10, 3, 11), pairs.Paper())
	if err == nil || !strings.Contains(err.Error(), "q1: program 1 (1): passed: 11 of 10 tests") {
		t.Errorf("error %v, want one that names problem, program and field", err)
	}
}

func TestRulesThatAreNotValid(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*pairs.Rule)
		want   string
	}{
		{"no gap", func(r *pairs.Rule) { r.Gap = pairs.Ratio{} }, "gap: not set"},
		{"gap above one", func(r *pairs.Rule) { r.Gap = pairs.Ratio{Num: 3, Den: 2} }, "gap: 3/2"},
		{"zero gap with >=", func(r *pairs.Rule) { r.Gap, r.Inclusive = pairs.Ratio{Num: 0, Den: 1}, true }, "gap: 0"},
		{"negative chosen", func(r *pairs.Rule) { r.MinChosen = pairs.Ratio{Num: -1, Den: 2} }, "min_chosen"},
		{"rejected above one", func(r *pairs.Rule) { r.MinRejected = pairs.Ratio{Num: 2, Den: 1} }, "min_rejected"},
		{"no scale", func(r *pairs.Rule) { r.MarginScale = pairs.Ratio{} }, "margin_scale"},
		{"unknown denominator", func(r *pairs.Rule) { r.Denominator = "some" }, "denominator"},
		{"unknown dedupe", func(r *pairs.Rule) { r.Dedupe = "often" }, "dedupe"},
		{"negative cap", func(r *pairs.Rule) { r.Cap = -1 }, "cap"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := pairs.Paper()
			row.change(&r)
			if _, _, err := pairs.Make(scored(1, 1), r); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
		})
	}
	for name, r := range map[string]pairs.Rule{"paper": pairs.Paper(), "published": pairs.Published()} {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMakeLeavesTheProblemAlone(t *testing.T) {
	p := scored(10, 2, 10, 4, 9)
	before := asJSON(t, p)
	made(t, p, pairs.Paper())
	if after := asJSON(t, p); after != before {
		t.Errorf("problem changed to %s", after)
	}
}

func TestGolden(t *testing.T) {
	p := scored(3, 3, 1, 3, 0, 2)
	got := asJSON(t, map[string]any{"paper": made(t, p, pairs.Paper()), "published": made(t, p, pairs.Published()), "rules": []pairs.Rule{pairs.Paper(), pairs.Published()}})
	path := filepath.Join("testdata", "pairs.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("pairs\n%s\nwant\n%s", got, want)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

func ids(list []acecoder.Pair) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.ID)
	}
	slices.Sort(out)
	return out
}
