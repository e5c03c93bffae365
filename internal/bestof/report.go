package bestof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Report is the table: what each selector comes to, at each N, in each source and on average over them.
type Report struct {
	Problems int           `json:"problems"`
	Fewest   int           `json:"fewest_programs"` // of one problem; N goes no further
	N        []int         `json:"n"`
	Sources  []SourceCount `json:"sources"` // by name
	Points   []Point       `json:"points"`
	LeftOut  []LeftOut     `json:"left_out,omitempty"`

	Differences      []Difference      `json:"differences"`
	OverOptimisation *OverOptimisation `json:"over_optimisation,omitempty"` // of the selector reward
}

// SourceCount is a source and its problems.
type SourceCount struct {
	Source   string `json:"source"`
	Problems int    `json:"problems"`
}

// Point is one point of a selector's curve. One that does not depend on N has N 1.
type Point struct {
	Selector Selector `json:"selector"`
	N        int      `json:"n"`
	Drawn    bool     `json:"drawn,omitempty"` // a mean over draws, not an exact one
	Sources  []Figure `json:"sources"`         // in the order of the report's
	Average  Figure   `json:"average"`         // of the sources, each with the same weight
}

// Difference is what one selector is ahead of another at the same N, on average over the sources.
type Difference struct {
	Selector Selector `json:"selector"`
	Over     Selector `json:"over"`
	N        int      `json:"n"`
	Figure
}

// LeftOut is a selector that cannot be measured for every problem.
type LeftOut struct {
	Selector Selector `json:"selector"`
	Problems int      `json:"problems"` // those that it cannot be measured for
}

// cell is a place in the table: a selector at the k-th N.
type cell struct {
	selector Selector
	k        int
}

// Summarize makes the table of all problems' figures, whose order does not matter. The error tells of a configuration
// that cannot be, or of no problems.
func Summarize(all []Figures, cfg Config) (Report, error) {
	if err := cfg.Validate(); err != nil {
		return Report{}, err
	}
	if len(all) == 0 {
		return Report{}, errors.New("bestof: no problem can be measured")
	}
	r := Report{Problems: len(all), Fewest: all[0].Programs}
	for _, f := range all {
		r.Fewest = min(r.Fewest, f.Programs)
	}
	r.N = cfg.numbers(r.Fewest)
	if len(r.N) == 0 {
		return Report{}, fmt.Errorf("bestof: n: a problem has %d programs, fewer than the smallest n", r.Fewest)
	}
	cells := r.cells(all)
	sources := bySource(all)
	columns := make([][]resampled, len(sources))
	for i, problems := range sources {
		r.Sources = append(r.Sources, SourceCount{problems[0].Source, len(problems)})
		columns[i] = resample(rows(problems, cells), cfg, problems[0].Source)
	}
	averages := make(map[cell]resampled, len(cells))
	for c, at := range cells {
		point := Point{Selector: at.selector, N: r.N[at.k], Drawn: drawn(at, r.N, all)}
		across := make([]resampled, len(columns))
		for i := range columns {
			across[i] = columns[i][c]
			point.Sources = append(point.Sources, across[i].figure())
		}
		averages[at] = average(across)
		point.Average = averages[at].figure()
		r.Points = append(r.Points, point)
	}
	r.compare(averages)
	return r, nil
}

// cells lists the places of the table, and notes what is left out.
func (r *Report) cells(all []Figures) []cell {
	var out []cell
	for _, s := range Selectors() {
		missing := 0
		for _, f := range all {
			if f.shares[s] == nil {
				missing++
			}
		}
		switch {
		case missing > 0:
			r.LeftOut = append(r.LeftOut, LeftOut{s, missing})
		case s.constant():
			out = append(out, cell{s, 0})
		default:
			for k := range r.N {
				out = append(out, cell{s, k})
			}
		}
	}
	return out
}

// drawn reports whether a figure is a mean over drawn orders for some problem.
func drawn(at cell, ns []int, all []Figures) bool {
	switch at.selector {
	case Vote, Alike, RewardVote, RewardAlike:
		n := ns[at.k]
		return n > 1 && slices.ContainsFunc(all, func(f Figures) bool { return f.Programs > n })
	}
	return false
}

// bySource returns the problems of each source, all in an order that is not the file's.
func bySource(all []Figures) [][]Figures {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b Figures) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
	})
	var out [][]Figures
	for i, f := range sorted {
		if i == 0 || f.Source != sorted[i-1].Source {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], f)
	}
	return out
}

// rows returns the problems' figures in the order of the cells.
func rows(problems []Figures, cells []cell) [][]float64 {
	out := make([][]float64, len(problems))
	for i, f := range problems {
		for _, c := range cells {
			out[i] = append(out[i], f.shares[c.selector][c.k])
		}
	}
	return out
}

// compare fills in what follows from the averages: the differences of every two selectors at each N, the later one over
// the earlier, and whether choosing by reward is over-optimised.
func (r *Report) compare(averages map[cell]resampled) {
	at := func(s Selector, k int) (resampled, bool) {
		if s.constant() {
			k = 0
		}
		a, ok := averages[cell{s, k}]
		return a, ok
	}
	r.Differences = []Difference{}
	all := Selectors()
	for i, over := range all {
		for _, s := range all[i+1:] {
			for k, n := range r.N {
				if s.constant() && k > 0 {
					break // two constants
				}
				a, okA := at(s, k)
				b, okB := at(over, k)
				if okA && okB {
					r.Differences = append(r.Differences, Difference{s, over, n, a.minus(b).figure()})
				}
			}
		}
	}
	var curve []resampled
	for k := range r.N {
		if a, ok := at(Reward, k); ok {
			curve = append(curve, a)
		}
	}
	if len(curve) > 1 {
		found := overOptimised(curve, r.N)
		r.OverOptimisation = &found
	}
}
