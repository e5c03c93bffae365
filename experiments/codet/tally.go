package main

import (
	"slices"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// count is programs that a set of tests accepts or rejects, by what they truly are.
type count struct {
	problems             int
	wrong, wrongAccepted int
	right, rightRejected int
}

func (c *count) add(right, accepted bool) {
	if right {
		c.right++
		if !accepted {
			c.rightRejected++
		}
		return
	}
	c.wrong++
	if accepted {
		c.wrongAccepted++
	}
}

// buckets are the first and last number of kept tests of the rows of the table.
var buckets = [][2]int{{1, 4}, {5, 9}, {10, 19}, {20, 49}, {50, 1 << 30}}

// firsts are the numbers of kept tests that are used of those there are; 0: all.
var firsts = []int{1, 2, 5, 10, 20, 50, 0}

// tally is what one way made of a corpus.
type tally struct {
	name   string
	funnel *stats.Funnel
	work   [2]time.Duration // filter, score; problems side by side count twice

	noOracle, tooFew int

	tests, wrongTests int // of all problems, before
	kept, wrongKept   int // of the problems that go on

	all      count    // a program is accepted if it passes all kept tests
	mostly   count    // accepted if it passes more than 0.8 of them, as a chosen program must
	sound    [2]count // the problems whose vote the truly right oracles carry alone, and the others
	bucket   []count
	first    []count
	pairs    int
	pairsOK  int     // chosen truly right, rejected truly wrong
	pairsBad int     // chosen truly wrong, rejected truly right
	pairsTwo [2]int  // both right, both wrong
	shares   float64 // sum over problems of the share of their pairs that are sound
	paired   int     // problems with pairs
	differs  []string
	compared int
}

// tallies counts what each way made of the problems that it and all ways of must keep; must may be empty.
func tallies(byWay [][]*result, must ...int) []*tally {
	out := make([]*tally, len(ways))
	for w, results := range byWay {
		out[w] = newTally(ways[w].name)
		for i, r := range results {
			if !slices.ContainsFunc(must, func(other int) bool { return byWay[other][i].drop != nil }) {
				out[w].add(r)
			}
		}
	}
	return out
}

func newTally(name string) *tally {
	return &tally{
		name: name, funnel: stats.NewFunnel(), bucket: make([]count, len(buckets)), first: make([]count, len(firsts)),
	}
}

func (t *tally) add(r *result) {
	source := r.before.Source
	t.funnel.Before(source, len(r.before.Tests))
	t.work[0] += r.took[0]
	t.work[1] += r.took[1]
	t.tests += len(r.before.Tests)
	t.wrongTests += wrongOf(r.p, r.before.Tests)
	if r.drop != nil {
		t.funnel.Drop(source, r.drop.Reason)
		if r.drop.Reason == acecoder.DropNoOracle {
			t.noOracle++
		} else {
			t.tooFew++
		}
		return
	}
	t.funnel.After(source, len(r.after.Tests))
	t.funnel.Pairs(source, len(r.pairs))
	t.kept += len(r.after.Tests)
	t.wrongKept += wrongOf(r.p, r.after.Tests)
	t.differs = slices.Concat(t.differs, r.differs)
	t.compared += len(r.after.Tests) * len(r.after.Programs)
	t.addPrograms(r)
	t.addPairs(r)
}

func (t *tally) addPrograms(r *result) {
	n := len(r.after.Tests)
	bucket := -1
	for i, b := range buckets {
		if n >= b[0] && n <= b[1] {
			bucket = i
			t.bucket[i].problems++
		}
	}
	t.all.problems++
	t.mostly.problems++
	sound := &t.sound[1]
	if r.sound() {
		sound = &t.sound[0]
	}
	sound.problems++
	for i := range firsts {
		t.first[i].problems++
	}
	for _, x := range r.after.Programs {
		right := r.p.truth[x.Program].right
		t.all.add(right, *x.Passed == n)
		sound.add(right, *x.Passed == n)
		t.mostly.add(right, 5**x.Passed > 4*n)
		t.bucket[bucket].add(right, *x.Passed == n)
		for i, first := range firsts {
			if first == 0 {
				first = n
			}
			t.first[i].add(right, passes(x.Verdicts[:min(first, n)]))
		}
	}
}

func (t *tally) addPairs(r *result) {
	text := map[string]string{}
	for _, x := range r.after.Programs {
		text[x.ID] = x.Program
	}
	t.pairs += len(r.pairs)
	if len(r.pairs) > 0 {
		t.paired++
	}
	before := t.pairsOK
	for _, pair := range r.pairs {
		chosen, rejected := r.p.truth[text[pair.ChosenID]].right, r.p.truth[text[pair.RejectedID]].right
		switch {
		case chosen && !rejected:
			t.pairsOK++
		case rejected && !chosen:
			t.pairsBad++
		case rejected:
			t.pairsTwo[0]++
		default:
			t.pairsTwo[1]++
		}
	}
	if len(r.pairs) > 0 {
		t.shares += float64(t.pairsOK-before) / float64(len(r.pairs))
	}
}

func passes(verdicts []acecoder.Status) bool {
	for _, v := range verdicts {
		if v != acecoder.Pass {
			return false
		}
	}
	return true
}

func wrongOf(p *problem, tests []string) int {
	n := 0
	for _, t := range tests {
		if p.wrong[t] {
			n++
		}
	}
	return n
}
