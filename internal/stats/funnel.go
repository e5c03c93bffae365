package stats

import (
	"maps"

	"github.com/acecoder/acecoder"
)

// Funnel counts what a run does to its examples, by source. Its columns stand in the order of the sources
// given, then in the order in which others were first counted. One goroutine at a time may use it.
type Funnel struct {
	order   []string
	columns map[string]*Column
	paired  bool
}

// Column is the funnel of one source, or of all.
type Column struct {
	Source string                      `json:"source"`
	Before Side                        `json:"before"`
	After  Side                        `json:"after"`
	Pairs  int                         `json:"pairs"`
	Paired int                         `json:"problems_with_pairs"`
	Drops  map[acecoder.DropReason]int `json:"drops,omitempty"`
}

// Side is the examples at one end of the funnel.
type Side struct {
	Examples     int     `json:"examples"`
	Tests        int     `json:"tests"`
	AverageTests float64 `json:"average_tests"` // 0 without examples
}

// Report is a funnel at one moment, to be written as JSON or, by Table, as text.
type Report struct {
	Sources []Column `json:"sources"`
	Overall Column   `json:"overall"`

	paired bool
}

// NewFunnel returns an empty funnel with columns for the sources given.
func NewFunnel(sources ...string) *Funnel {
	f := &Funnel{columns: map[string]*Column{}}
	for _, source := range sources {
		f.column(source)
	}
	return f
}

// Before counts an example on its way in, with its number of tests.
func (f *Funnel) Before(source string, tests int) { f.column(source).Before.add(tests) }

// After counts an example that goes on, with the number of tests it has left.
func (f *Funnel) After(source string, tests int) { f.column(source).After.add(tests) }

// Paired says that pairs are counted, if there are any: the table has the rows for them.
func (f *Funnel) Paired() { f.paired = true }

// Pairs counts n pairs of one problem. Once it was called, with 0 too, the table has the rows for pairs.
func (f *Funnel) Pairs(source string, n int) {
	f.Paired()
	c := f.column(source)
	c.Pairs += n
	if n > 0 {
		c.Paired++
	}
}

// Drop counts a record that goes no further.
func (f *Funnel) Drop(source string, reason acecoder.DropReason) { f.column(source).Drops[reason]++ }

// Report returns the counts so far, averages and the overall column filled in; later counting leaves it alone.
func (f *Funnel) Report() Report {
	report := Report{paired: f.paired, Sources: make([]Column, 0, len(f.order))}
	report.Overall = Column{Source: "Overall", Drops: map[acecoder.DropReason]int{}}
	all := &report.Overall
	for _, source := range f.order {
		c := *f.columns[source]
		c.Drops = maps.Clone(c.Drops)
		all.Before.merge(c.Before)
		all.After.merge(c.After)
		all.Pairs += c.Pairs
		all.Paired += c.Paired
		for reason, n := range c.Drops {
			all.Drops[reason] += n
		}
		c.Before.average()
		c.After.average()
		report.Sources = append(report.Sources, c)
	}
	all.Before.average()
	all.After.average()
	return report
}

func (f *Funnel) column(source string) *Column {
	c, ok := f.columns[source]
	if !ok {
		c = &Column{Source: source, Drops: map[acecoder.DropReason]int{}}
		f.columns[source] = c
		f.order = append(f.order, source)
	}
	return c
}

func (s *Side) add(tests int) {
	s.Examples++
	s.Tests += tests
}

func (s *Side) merge(other Side) {
	s.Examples += other.Examples
	s.Tests += other.Tests
}

func (s *Side) average() {
	if s.Examples > 0 {
		s.AverageTests = float64(s.Tests) / float64(s.Examples)
	}
}
