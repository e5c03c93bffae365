package main

import (
	"fmt"
	"time"

	"github.com/acecoder/acecoder/internal/stats"
)

// report prints a corpus's tables, in Markdown.
func (e *experiment) report(c corpus, byWay [][]*result, took []time.Duration) {
	ts := tallies(byWay)
	e.logf("\n## Corpus %s\n", c.name)
	e.reportTests(ts)
	e.logf("### Programs\n")
	e.reportAcceptance(ts)
	e.logf("### Programs, of the problems that every way keeps\n")
	e.reportAcceptance(tallies(byWay, 0, 1, 2, 3, 4))
	e.reportSound(ts)
	e.reportBuckets(ts)
	e.reportFirsts(ts)
	e.reportPairs(ts)
	one := ts[inEarnest]
	e.logf("```\n%s```\n", one.funnel.Report().Table())
	e.logf("%s: %s wall; work filter %s, score %s; %d of %s verdicts differ from those of the run over all tests\n",
		one.name, took[inEarnest].Round(time.Second), one.work[0].Round(time.Second), one.work[1].Round(time.Second),
		len(one.differs), stats.Grouped(one.compared))
	for _, d := range one.differs {
		e.logf("* %s", d)
	}
}

func (e *experiment) reportTests(ts []*tally) {
	e.logf("| filter | problems kept | no oracle | other drops | tests kept | of them right | right tests kept |")
	e.logf("|---|---|---|---|---|---|---|")
	for _, t := range ts {
		e.logf("| %s | %d | %d | %d | %s (%.0f %%) | %s %% | %s %% |", t.name, t.all.problems, t.noOracle, t.tooFew,
			stats.Grouped(t.kept), 100*float64(t.kept)/float64(t.tests),
			share(t.kept-t.wrongKept, t.kept), share(t.kept-t.wrongKept, t.tests-t.wrongTests))
	}
	e.logf("")
}

const acceptanceHead = "wrong programs | **accepted, %%** | right programs | **rejected, %%** |"

func (c count) cells() string {
	return fmt.Sprintf("%s | %s | %s | %s |", stats.Grouped(c.wrong), share(c.wrongAccepted, c.wrong),
		stats.Grouped(c.right), share(c.rightRejected, c.right))
}

func (e *experiment) reportAcceptance(ts []*tally) {
	e.logf("| filter | problems | accepted if it passes | " + acceptanceHead)
	e.logf("|---|---|---|---|---|---|---|")
	for _, t := range ts {
		e.logf("| %s | %d | all | %s", t.name, t.all.problems, t.all.cells())
		e.logf("| %s | %d | > 0.8 | %s", t.name, t.mostly.problems, t.mostly.cells())
	}
	e.logf("")
}

func (e *experiment) reportSound(ts []*tally) {
	e.logf("| filter | right oracles carry the vote | problems | " + acceptanceHead)
	e.logf("|---|---|---|---|---|---|---|")
	for _, t := range ts[1:] {
		for i, name := range []string{"yes", "no"} {
			e.logf("| %s | %s | %d | %s", t.name, name, t.sound[i].problems, t.sound[i].cells())
		}
	}
	e.logf("")
}

func (e *experiment) reportBuckets(ts []*tally) {
	e.logf("| filter | kept tests | problems | " + acceptanceHead)
	e.logf("|---|---|---|---|---|---|---|")
	for _, t := range ts {
		for i, b := range buckets {
			if t.bucket[i].problems == 0 {
				continue
			}
			name := fmt.Sprintf("%d–%d", b[0], b[1])
			if i == len(buckets)-1 {
				name = fmt.Sprintf("%d+", b[0])
			}
			e.logf("| %s | %s | %d | %s", t.name, name, t.bucket[i].problems, t.bucket[i].cells())
		}
	}
	e.logf("")
}

func (e *experiment) reportFirsts(ts []*tally) {
	e.logf("| filter | first kept tests | " + acceptanceHead)
	e.logf("|---|---|---|---|---|---|")
	for _, t := range ts {
		for i, n := range firsts {
			name := fmt.Sprint(n)
			if n == 0 {
				name = "all"
			}
			e.logf("| %s | %s | %s", t.name, name, t.first[i].cells())
		}
	}
	e.logf("")
}

func (e *experiment) reportPairs(ts []*tally) {
	e.logf("| filter | pairs | problems with pairs | chosen right, rejected wrong, %% | mean over problems | both right | both wrong | upside down |")
	e.logf("|---|---|---|---|---|---|---|---|")
	for _, t := range ts {
		e.logf("| %s | %s | %d | %s | %.1f | %s | %s | %s |", t.name, stats.Grouped(t.pairs), t.paired,
			share(t.pairsOK, t.pairs), 100*t.shares/float64(max(t.paired, 1)), share(t.pairsTwo[0], t.pairs),
			share(t.pairsTwo[1], t.pairs), share(t.pairsBad, t.pairs))
	}
	e.logf("")
}
