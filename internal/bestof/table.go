package bestof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table renders the report as aligned text in the form of the paper's Table 2: a row for each selector and N, a column a
// source and their average, in per cent, and after each selector its best over the baseline: over greedy, where there
// is that, else over average. It ends with a newline.
func (r *Report) Table() string {
	base := r.baseline()
	t := [][]string{r.head()}
	for i, p := range r.Points {
		t = append(t, r.row(&p))
		if last := i+1 == len(r.Points) || r.Points[i+1].Selector != p.Selector; last && chooses(p.Selector) {
			t = append(t, r.delta(p.Selector, base))
		}
	}
	var b strings.Builder
	write(&b, t)
	b.WriteString(r.notes())
	return b.String()
}

// chooses reports whether a selector's rows end with its best over the baseline: all that depend on N and can be used.
func chooses(s Selector) bool { return !s.constant() && s != Oracle }

func (r *Report) head() []string {
	row := []string{"selector", "N"}
	for _, s := range r.Sources {
		switch {
		case s.Source == "":
			row = append(row, "(none)")
		case strings.ContainsFunc(s.Source, func(c rune) bool { return !strconv.IsPrint(c) }):
			row = append(row, strconv.QuoteToGraphic(s.Source)) // a line break in it would break the table
		default:
			row = append(row, s.Source)
		}
	}
	return append(row, "average", "95 % interval")
}

func (r *Report) row(p *Point) []string {
	n := strconv.Itoa(p.N)
	if p.Selector.constant() {
		n = ""
	}
	row := []string{string(p.Selector), n}
	for _, f := range p.Sources {
		row = append(row, percent(f.Share))
	}
	return append(row, percent(p.Average.Share), percent(p.Average.Low)+" – "+percent(p.Average.High))
}

// baseline is what the others are measured by: greedy comes first where there is that, and average is always there.
func (r *Report) baseline() *Point {
	return &r.Points[slices.IndexFunc(r.Points, func(p Point) bool { return p.Selector == Greedy || p.Selector == Average })]
}

// delta is a selector's row of the best over all N, by column, over the baseline.
func (r *Report) delta(s Selector, base *Point) []string {
	best := slices.Repeat([]float64{-1}, len(r.Sources))
	average := -1.0
	for _, p := range r.Points {
		if p.Selector != s {
			continue
		}
		for i, f := range p.Sources {
			best[i] = max(best[i], f.Share)
		}
		average = max(average, p.Average.Share)
	}
	row := []string{"  best over " + string(base.Selector), ""}
	for i := range best {
		row = append(row, fmt.Sprintf("%+.1f", 100*(best[i]-base.Sources[i].Share)))
	}
	return append(row, fmt.Sprintf("%+.1f", 100*(average-base.Average.Share)), "")
}

// notes are the lines below the table.
func (r *Report) notes() string {
	var b strings.Builder
	for _, l := range r.LeftOut {
		fmt.Fprintf(&b, "%s is left out: %d of %d problems have nothing for it\n", l.Selector, l.Problems, r.Problems)
	}
	o := r.OverOptimisation
	switch {
	case o == nil:
	case o.Detected:
		fmt.Fprintf(&b, "reward is over-optimised: from N = %d to N = %d it falls by %.1f points, by at least %.1f at 95 %%\n",
			o.BestN, o.N, 100*o.Fall, 100*o.Low)
	default:
		fmt.Fprintf(&b, "reward is not seen to be over-optimised: best at N = %d\n", o.BestN)
	}
	return b.String()
}

func percent(share float64) string { return fmt.Sprintf("%.1f", 100*share) }

// write aligns rows of cells: the first column to the left, the others to the right.
func write(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			if i == 0 {
				line.WriteString(text + gap)
			} else {
				line.WriteString("  " + gap + text)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
