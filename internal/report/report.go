// Package report writes what a run has come to as one page of HTML that needs nothing beside it: the funnel and Table 1,
// why records were dropped, how tests and pass rates are spread, what was asked of models and what it cost, and examples
// to look at.
//
// In: the figures, collected by whoever knows the run. Out: the page. Its invariant: the same figures give the same bytes,
// and nothing in them can become markup or script of the page.
package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// Data is all that the page tells.
type Data struct {
	Name    string
	State   string // in words: complete, interrupted …
	Made    time.Time
	Facts   []Fact // versions, isolation, models and the like
	Table   stats.Report
	Stages  []Stage
	Usage   []Usage
	Faults  []Fault
	Config  string // as it was resolved, in YAML
	Tests   []Series
	Rates   []Series // of programs' pass rates, in 20 equal steps
	Means   []Series // of problems' mean pass rates, likewise
	HardCut *float64 // the greatest mean of a hard problem
	Oracle  []Point  // a problem each: share of its tests that the oracle passes, mean pass rate of the programs
	Cases   []Case
}

// Fact is a name and a value.
type Fact struct{ Name, Value string }

// Stage is a line of the funnel.
type Stage struct {
	Name     string
	Entries  int // seeds that have been through it
	Rows     int // that went on; of pairs several a seed
	Kept     int // seeds that went on
	Drops    map[acecoder.DropReason]int
	Seconds  float64 // of work, all records together
	Complete bool
	Digest   string
}

// Usage is what one model was asked in one stage.
type Usage struct {
	Stage, Model              string
	Requests, Samples, Cached int
	Prompt, Completion        int // tokens
	Cost, Seconds             float64
}

// Fault is something that went wrong between us and a server, and how often.
type Fault struct {
	Stage, Model, Kind string
	N                  int
}

// Series is counts by equal steps.
type Series struct {
	Name   string
	Counts []int
}

// Point is one problem in a plot of two shares.
type Point struct{ X, Y float64 }

// Case is a problem to look at.
type Case struct {
	Why     string // why it was chosen
	Problem acecoder.Problem
	Chosen  string // the programs of one of its pairs, if it has any
	Reject  string
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count":   stats.Grouped,
	"money":   func(v float64) string { return fmt.Sprintf("%.4g", v) },
	"seconds": duration,
	"share":   share,
	"drops":   drops,
	"percent": func(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" },
	"rate":    rate,
	"glyph":   glyph,
	"short":   func(s string) string { return s[:min(12, len(s))] },
}).Parse(pageText))

// Write writes the page.
func Write(w io.Writer, d Data) error {
	plots, err := draws(d)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, struct {
		Data
		Plots []drawing
	}{d, plots}); err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// drawing is a plot with the sentence that says how to read it.
type drawing struct {
	Title, Text string
	SVG         template.HTML
}

// draws makes the plots of which there are figures.
func draws(d Data) ([]drawing, error) {
	var all []drawing
	add := func(title, text string, svg template.HTML, err error) error {
		if err != nil {
			return fmt.Errorf("make the report: plot %q: %w", title, err)
		}
		all = append(all, drawing{title, text, svg})
		return nil
	}
	if some(d.Tests) {
		svg, err := bars("Tests a question", "tests", "questions", 1, nil, d.Tests...)
		if err := add("Tests a question", "How many tests the writer gave that can be used at all, and how many of them an oracle's program passes.", svg, err); err != nil {
			return nil, err
		}
	}
	if some(d.Rates) {
		svg, err := bars("Pass rates", "pass rate of a program", "programs", 0.05, nil, d.Rates...)
		if err := add("Pass rates", "Over the kept tests. Pairs are made across the gap in the middle.", svg, err); err != nil {
			return nil, err
		}
	}
	if some(d.Means) {
		svg, err := bars("Mean pass rates", "mean pass rate of a question's programs", "questions", 0.05, d.HardCut, d.Means...)
		if err := add("Mean pass rates", "The hard subset is taken from the left of the line, those with the widest spread.", svg, err); err != nil {
			return nil, err
		}
	}
	if len(d.Oracle) > 0 {
		svg, err := scatter("Oracle against programs", "share of the tests that the oracle passes", "mean pass rate of the programs", d.Oracle)
		if err := add("Oracle against programs", "A question each. Far right and low: hard, or tests that only the oracle agrees with. Left: many hallucinated tests.", svg, err); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func some(series []Series) bool {
	for _, s := range series {
		for _, n := range s.Counts {
			if n > 0 {
				return true
			}
		}
	}
	return false
}

// plotArea is where a plot is drawn, with room for the last label of an axis.
func plotArea(c vg.CanvasSizer) draw.Canvas {
	return draw.Crop(draw.New(c), 0, -vg.Points(8), 0, -vg.Points(4))
}

func duration(s float64) string {
	switch {
	case s < 60:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
	}
	return fmt.Sprintf("%d h %02d min", int(s)/3600, int(s)%3600/60)
}

// share is a part of the whole as a percentage for a bar's width.
func share(part, whole int) string {
	if whole == 0 {
		return "0"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 2, 64)
}

// drops writes reasons and their counts, the most frequent first.
func drops(m map[acecoder.DropReason]int) string {
	reasons := slices.SortedFunc(maps.Keys(m), func(a, b acecoder.DropReason) int {
		if m[a] != m[b] {
			return m[b] - m[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var parts []string
	for _, r := range reasons {
		parts = append(parts, fmt.Sprintf("%s %s", r, stats.Grouped(m[r])))
	}
	return strings.Join(parts, ", ")
}

func rate(p acecoder.Program) string {
	if p.PassRate == nil {
		return "–"
	}
	return strconv.FormatFloat(*p.PassRate, 'f', 2, 64)
}

// glyph is a verdict as one sign, for the matrix of tests and programs.
func glyph(s acecoder.Status) string {
	switch s {
	case acecoder.Pass:
		return "●"
	case acecoder.Fail:
		return "○"
	case acecoder.Timeout:
		return "t"
	case acecoder.NotRun:
		return "·"
	}
	return "×"
}
