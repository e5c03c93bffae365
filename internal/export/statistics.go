package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/stats"
)

// statistics writes what was counted while the rows were written.
func (s *Set) statistics(b *strings.Builder, done []finished, all *tally) {
	fmt.Fprintf(b, "\n## Statistics\n\n")
	header(b, append([]string{""}, names(done)...))
	columns := append([]*tally{}, tallies(done)...)
	if len(done) > 1 {
		columns = append(columns, all)
	}
	line := func(name string, cell func(*tally) string) {
		cells := []string{name}
		for _, t := range columns {
			cells = append(cells, cell(t))
		}
		row(b, cells)
	}
	line("rows", func(t *tally) string { return stats.Grouped(t.rows) })
	if all.pairs {
		pairLines(line)
	} else {
		problemLines(line, all)
	}
	if s.options.HeldOut > 0 {
		fmt.Fprintf(b, "\n`test` is the share of %v of the problems, chosen by a hash of their ids: no problem has rows in both.\n", s.options.HeldOut)
	}
	s.histograms(b, all)
	table(b, "Licenses", "license", all.licenses)
	table(b, "Sources", "source", all.sources)
	s.drops(b)
}

func names(done []finished) []string {
	var out []string
	for _, d := range done {
		out = append(out, d.name)
	}
	if len(out) > 1 {
		out = append(out, "all")
	}
	return out
}

func tallies(done []finished) []*tally {
	var out []*tally
	for _, d := range done {
		out = append(out, d.tally)
	}
	return out
}

func pairLines(line func(string, func(*tally) string)) {
	line("problems", func(t *tally) string { return stats.Grouped(len(t.problems)) })
	line("pairs a problem", func(t *tally) string { return ratio(t.rows, len(t.problems)) })
	line("tests a row", func(t *tally) string { return ratio(t.tests, t.rows) })
	line("mean pass rate of chosen", func(t *tally) string { return fmt.Sprintf("%.4f", t.chosen.mean()) })
	line("mean pass rate of rejected", func(t *tally) string { return fmt.Sprintf("%.4f", t.rejected.mean()) })
	line("mean margin", func(t *tally) string { return fmt.Sprintf("%.4f", t.margins/float64(max(t.rows, 1))) })
}

func problemLines(line func(string, func(*tally) string), all *tally) {
	line("tests a problem", func(t *tally) string { return ratio(t.tests, t.rows) })
	if all.shown > 0 {
		line("of them shown in prompts", func(t *tally) string { return ratio(t.shown, t.rows) })
	}
	line("programs a problem", func(t *tally) string { return ratio(t.programs, t.rows) })
	if all.unscored > 0 {
		line("programs without a pass rate", func(t *tally) string { return stats.Grouped(t.unscored) })
	}
	line("mean pass rate", func(t *tally) string { return fmt.Sprintf("%.4f", t.rates.mean()) })
}

// histograms writes how the pass rates are spread.
func (s *Set) histograms(b *strings.Builder, all *tally) {
	columns := []string{"pass rate", "programs"}
	of := []*histogram{&all.rates}
	if all.pairs {
		columns, of = []string{"pass rate", "chosen", "rejected"}, []*histogram{&all.chosen, &all.rejected}
	}
	if of[0].n == 0 {
		return
	}
	fmt.Fprintf(b, "\n### Pass rates\n\n")
	if !all.pairs {
		over := "the kept tests"
		if s.options.Denominator == stats.All {
			over = "all tests, those that were set aside included"
		}
		fmt.Fprintf(b, "Passed tests over %s.\n\n", over)
	}
	header(b, columns)
	for i := range bins + 1 {
		name := fmt.Sprintf("%.1f to below %.1f", float64(i)/bins, float64(i+1)/bins)
		if i == bins {
			name = "1"
		}
		cells := []string{name}
		for _, h := range of {
			cells = append(cells, fmt.Sprintf("%s (%.1f %%)", stats.Grouped(h.counts[i]), 100*float64(h.counts[i])/float64(max(h.n, 1))))
		}
		row(b, cells)
	}
}

// drops writes what did not come this far.
func (s *Set) drops(b *strings.Builder) {
	if len(s.options.Drops) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### Dropped on the way\n\n")
	header(b, []string{"stage", "reason", "records"})
	for _, d := range s.options.Drops {
		row(b, []string{d.Stage, string(d.Reason), stats.Grouped(d.Count)})
	}
}

// table writes counts, the largest first.
func table(b *strings.Builder, title, column string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### %s\n\n", title)
	header(b, []string{column, "rows"})
	keys := slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(counts))), func(x, y string) int { return counts[y] - counts[x] })
	for _, key := range keys {
		row(b, []string{cmp.Or(key, "not known"), stats.Grouped(counts[key])})
	}
}

func header(b *strings.Builder, cells []string) {
	row(b, cells)
	b.WriteString("|" + strings.Repeat("---|", len(cells)) + "\n")
}

func row(b *strings.Builder, cells []string) {
	for i := range cells {
		// Names of sources and licenses come from rows and must not break the table.
		cells[i] = strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ").Replace(cells[i])
	}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func ratio(n, of int) string { return fmt.Sprintf("%.2f", float64(n)/float64(max(of, 1))) }
