package stats

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/acecoder/acecoder"
)

// Table renders the report as aligned text in the form of the paper's Table 1: a column a source and Overall,
// the rows before and after, the pairs where pairs were counted, and the drops by reason where there were any.
// It ends with a newline.
func (r Report) Table() string {
	columns := append(slices.Clone(r.Sources), r.Overall)
	t := table{columns: columns}
	t.row("", func(c Column) string {
		if c.Source == "" {
			return "(none)"
		}
		if strings.ContainsFunc(c.Source, func(r rune) bool { return !strconv.IsPrint(r) }) {
			return strconv.QuoteToGraphic(c.Source) // a line break in it would break the table
		}
		return c.Source
	})
	t.row("before: examples", func(c Column) string { return Grouped(c.Before.Examples) })
	t.row("before: average tests", func(c Column) string { return average(c.Before) })
	t.row("after: examples", func(c Column) string { return Grouped(c.After.Examples) })
	t.row("after: average tests", func(c Column) string { return average(c.After) })
	if r.paired {
		t.row("pairs", func(c Column) string { return Grouped(c.Pairs) })
		t.row("problems with pairs", func(c Column) string { return Grouped(c.Paired) })
		t.row("  of those before", func(c Column) string { return percent(c.Paired, c.Before.Examples) })
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Overall.Drops)) {
		t.row("dropped: "+string(reason), dropped(reason))
	}
	return t.String()
}

// Grouped writes a count with a comma between the thousands.
func Grouped(n int) string {
	digits := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func average(s Side) string {
	if s.Examples == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", s.AverageTests)
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(part)/float64(whole))
}

func dropped(reason acecoder.DropReason) func(Column) string {
	return func(c Column) string { return Grouped(c.Drops[reason]) }
}

// table collects rows of cells and aligns them: names to the left, figures to the right.
type table struct {
	columns []Column
	rows    [][]string
}

func (t *table) row(name string, cell func(Column) string) {
	cells := []string{name}
	for _, c := range t.columns {
		cells = append(cells, cell(c))
	}
	t.rows = append(t.rows, cells)
}

func (t *table) String() string {
	widths := make([]int, len(t.columns)+1)
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, row := range t.rows {
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				out.WriteString(cell + gap)
			} else {
				out.WriteString("  " + gap + cell)
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}
