package export

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// bins is how many equal parts the histogram of pass rates has below the full mark, which has one of its own.
const bins = 10

// tally counts what is written to a split.
type tally struct {
	rows  int
	bytes int64

	sources  map[string]int
	licenses map[string]int

	tests, shown int
	programs     int
	unscored     int // programs without a pass rate
	rates        histogram

	pairs            bool
	problems         map[uint64]struct{} // of the pairs, as hashes: 8 bytes each
	chosen, rejected histogram
	margins          float64
}

// histogram counts pass rates.
type histogram struct {
	counts [bins + 1]int // the last one is the full mark
	n      int
	sum    float64
}

func (h *histogram) add(rate float64) {
	h.n++
	h.sum += rate
	h.counts[max(0, min(int(math.Floor(rate*bins)), bins))]++
}

func (h *histogram) mean() float64 { return h.sum / float64(max(h.n, 1)) }

func (h *histogram) merge(o *histogram) {
	h.n += o.n
	h.sum += o.sum
	for i := range h.counts {
		h.counts[i] += o.counts[i]
	}
}

func newTally() *tally {
	return &tally{sources: map[string]int{}, licenses: map[string]int{}, problems: map[uint64]struct{}{}}
}

func (t *tally) row(source, license string) {
	t.rows++
	t.sources[source]++
	t.licenses[license]++
}

// problem counts a problem that has become a row.
func (t *tally) problem(p *acecoder.Problem, reward []string, o Options) {
	t.row(p.Source, p.License)
	t.tests += len(p.Tests)
	t.shown += len(p.Tests) - len(reward)
	rule := stats.RateRule{Denominator: o.Denominator}
	for i := range p.Programs {
		t.programs++
		rate, ok, err := rule.Of(p, &p.Programs[i])
		if err != nil || !ok {
			t.unscored++
			continue
		}
		t.rates.add(rate.Float)
	}
}

// pair counts a pair.
func (t *tally) pair(p *acecoder.Pair, license string) {
	t.pairs = true
	t.row(p.Source, license)
	t.tests += len(p.Tests)
	sum := sha256.Sum256([]byte(p.ProblemID))
	t.problems[binary.LittleEndian.Uint64(sum[:])] = struct{}{}
	t.chosen.add(p.ChosenScore)
	t.rejected.add(p.RejectedScore)
	t.margins += p.Margin
}

// merge adds another split's counts; no problem is in both.
func (t *tally) merge(o *tally) {
	t.rows += o.rows
	t.bytes += o.bytes
	for name, n := range o.sources {
		t.sources[name] += n
	}
	for name, n := range o.licenses {
		t.licenses[name] += n
	}
	t.tests, t.shown = t.tests+o.tests, t.shown+o.shown
	t.programs, t.unscored = t.programs+o.programs, t.unscored+o.unscored
	t.rates.merge(&o.rates)
	t.pairs = t.pairs || o.pairs
	for id := range o.problems {
		t.problems[id] = struct{}{}
	}
	t.chosen.merge(&o.chosen)
	t.rejected.merge(&o.rejected)
	t.margins += o.margins
}
