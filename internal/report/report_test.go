package report_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/report"
	"github.com/acecoder/acecoder/internal/stats"
)

var update = flag.Bool("update", false, "write the golden files anew")

func example() report.Data {
	funnel := stats.NewFunnel("evol", "oss")
	funnel.Before("evol", 20)
	funnel.Before("oss", 10)
	funnel.After("evol", 15)
	funnel.Drop("oss", acecoder.DropFewTests)
	funnel.Pairs("evol", 3)
	half, one, cut := 0.5, 1.0, 0.75
	return report.Data{
		Name: "demo <one>", State: "complete", Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Facts: []report.Fact{{"isolation", "A"}},
		Table: funnel.Report(),
		Stages: []report.Stage{
			{Name: "seed", Entries: 4, Rows: 2, Kept: 2, Drops: map[acecoder.DropReason]int{acecoder.DropDuplicate: 1, acecoder.DropNotPython: 1}, Seconds: 1.5, Complete: true, Digest: "0123456789abcdef"},
			{Name: "pairs", Entries: 1, Rows: 3, Kept: 1, Seconds: 3700, Digest: "0123456789abcdef"},
		},
		Usage:  []report.Usage{{Stage: "synth", Model: "writer", Requests: 3, Samples: 2, Cached: 1, Prompt: 1234, Completion: 567, Cost: 0.0123, Seconds: 61}},
		Faults: []report.Fault{{"synth", "writer", "rate_limited", 2}},
		Config: "name: demo\n",
		Tests:  []report.Series{{"before", []int{0, 1, 3}}, {"after", []int{0, 2, 1}}},
		Rates:  []report.Series{{"programs", make([]int, 20)}},
		Means:  []report.Series{{"questions", []int{1, 0, 2}}}, HardCut: &cut,
		Oracle: []report.Point{{0.5, 0.25}, {1, 1}},
		Cases: []report.Case{{
			Why: "disputed", Chosen: "def f(x):\n    return x < 2 and '</pre><script>alert(1)</script>'", Reject: "def f(x): pass",
			Problem: acecoder.Problem{
				ID: "evol_1", Source: "evol", Question: "<img src=x onerror=alert(1)>", Tests: []string{"assert f(1) == 2", "assert f('</div>')"},
				TestsDropped: []acecoder.DroppedTest{{Test: "assert f(2) == 5", Status: acecoder.Fail}, {Test: "x", Status: acecoder.NotRun, Fault: acecoder.TestNoCall}},
				Programs: []acecoder.Program{
					{ID: "p/0", PassRate: &half, Verdicts: []acecoder.Status{acecoder.Pass, acecoder.Fail}},
					{ID: "p/1", PassRate: &one, Verdicts: []acecoder.Status{acecoder.Pass, acecoder.Timeout}},
				},
			},
		}},
	}
}

func write(t *testing.T, d report.Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	got := write(t, example())
	const path = "testdata/report.html"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page has changed; look at it, then go test -update\n%s", got)
	}
	if again := write(t, example()); again != got {
		t.Error("the same figures gave another page")
	}
}

// Whatever models and people wrote stays text, and the page asks nobody for anything.
func TestNothingBecomesMarkup(t *testing.T) {
	got := strings.ReplaceAll(write(t, example()), `"http://www.w3.org/`, "") // the namespace of the drawings
	for _, bad := range []string{"<img", "<script", "</pre><script", "<one>", "http://", "https://", ` src="`, ` href="`} {
		if _, after, found := strings.Cut(got, bad); found {
			t.Errorf("%q is in the page, before %.60q", bad, after)
		}
	}
}

func TestPlotsAreSound(t *testing.T) {
	got := write(t, example())
	plots := 0
	for rest := got; ; plots++ {
		_, after, ok := strings.Cut(rest, "<svg")
		if !ok {
			break
		}
		inner, next, ok := strings.Cut(after, "</svg>")
		if !ok {
			t.Fatal("a drawing does not end")
		}
		if err := xml.Unmarshal([]byte("<svg"+inner+"</svg>"), new(struct{})); err != nil {
			t.Errorf("a drawing is no XML: %v", err)
		}
		if strings.Contains(inner, "NaN") || strings.Contains(inner, "Inf") {
			t.Error("a drawing has a number that is none")
		}
		rest = next
	}
	if plots != 3 { // of the pass rates there is nothing to draw
		t.Errorf("%d drawings, want 3", plots)
	}
}

func TestEmpty(t *testing.T) {
	got := write(t, report.Data{Name: "x"})
	for _, no := range []string{"<svg", "Examples", "Models", "NaN"} {
		if strings.Contains(got, no) {
			t.Errorf("a run without anything has %q in its page", no)
		}
	}
}
