package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/score"
	"github.com/acecoder/acecoder/internal/stats"
)

// way is one way to choose tests.
type way struct {
	name    string
	vote    int // 0: no filter
	oracles func(*problem, string) []acecoder.Program
}

var ways = []way{
	{"no filter", 0, func(*problem, string) []acecoder.Program { return nil }},
	{"canonical oracle", 1, func(p *problem, _ string) []acecoder.Program { return []acecoder.Program{p.canonical} }},
	{"one sampled, right on HumanEval's inputs", 1, func(p *problem, seed string) []acecoder.Program {
		sound := slices.DeleteFunc(p.shuffled(seed), func(x acecoder.Program) bool { return !p.truth[x.Program].base })
		return sound[:min(1, len(sound))]
	}},
	{"one sampled", 1, func(p *problem, seed string) []acecoder.Program { return p.shuffled(seed)[:1] }},
	{"3 of 5 sampled", 3, func(p *problem, seed string) []acecoder.Program { return p.shuffled(seed)[:5] }},
}

// result is what one way made of one problem.
type result struct {
	p      *problem
	vote   int
	before acecoder.Problem
	after  acecoder.Problem // filtered and scored, unless drop says otherwise
	drop   *acecoder.Drop
	pairs  []acecoder.Pair
	took   [2]time.Duration // filter, score

	differs []string // verdicts that differ between the run over the kept tests and the table
}

// sound reports whether the truly right oracles are enough to carry the vote.
func (r *result) sound() bool {
	right := 0
	for _, o := range r.before.Oracles {
		if r.p.truth[o.Program].right {
			right++
		}
	}
	return right >= r.vote
}

// inEarnest is the way whose kept tests are run; the others' verdicts are looked up.
const inEarnest = 1

// compare runs all ways over a corpus and prints what came of them. The canonical oracle's is run in earnest, the
// others' programs are looked up in the table of all tests.
func (e *experiment) compare(ctx context.Context, c corpus) error {
	oracle, err := e.verifier(ctx, "acecoder-labels-oracle", nil)
	if err != nil {
		return err
	}
	defer oracle.Close()
	labels, err := e.verifier(ctx, "acecoder-labels", nil)
	if err != nil {
		return err
	}
	defer labels.Close()
	if err := e.fillTables(ctx, labels.Judge); err != nil {
		return err
	}
	byWay := make([][]*result, len(ways))
	took := make([]time.Duration, len(ways))
	for i, w := range ways {
		begin := time.Now()
		one := func(ctx context.Context, p *problem) (*result, error) {
			ask := p.table.judge
			if i == inEarnest {
				ask = labels.Judge
			}
			return e.try(ctx, c, w, p, stage{filter: oracle.Judge, score: ask})
		}
		for r, err := range flow.Map(ctx, e.cfg.jobs, e.each(), one) {
			if err != nil {
				return err
			}
			byWay[i] = append(byWay[i], r)
		}
		took[i] = time.Since(begin)
	}
	e.report(c, byWay, took)
	return nil
}

func (e *experiment) fillTables(ctx context.Context, ask judge) error {
	if e.problems[0].table != nil {
		return nil
	}
	begin := time.Now()
	verdicts := 0
	one := func(ctx context.Context, p *problem) (int, error) {
		err := p.fill(ctx, ask)
		return len(p.table) * len(p.tests), err
	}
	for n, err := range flow.Map(ctx, e.cfg.jobs, e.each(), one) {
		if err != nil {
			return err
		}
		verdicts += n
	}
	e.logf("all programs by all tests: %s verdicts, %s", stats.Grouped(verdicts), time.Since(begin).Round(time.Second))
	return nil
}

// stage is who judges in the two stages.
type stage struct{ filter, score judge }

// try takes one problem through filter, score and pairs.
func (e *experiment) try(ctx context.Context, c corpus, w way, p *problem, s stage) (*result, error) {
	r := &result{p: p, vote: w.vote, before: p.row(c, w.oracles(p, e.cfg.seed))}
	r.after = r.before
	var err error
	begin := time.Now()
	if w.vote > 0 {
		r.after, r.drop, err = filter.Do(ctx, s.filter, r.before, filter.Config{MinTests: 5, Vote: w.vote})
	} else if len(r.before.Tests) < 5 {
		r.drop = &acecoder.Drop{Reason: acecoder.DropFewTests}
	}
	r.took[0] = time.Since(begin)
	if err != nil || r.drop != nil {
		return r, err
	}
	begin = time.Now()
	if r.after, r.drop, err = score.Do(ctx, s.score, r.after, score.Config{}); err != nil || r.drop != nil {
		return r, err
	}
	r.took[1] = time.Since(begin)
	for _, x := range r.after.Programs {
		for i, test := range r.after.Tests {
			if was := p.table[x.Program][test].Status; was != x.Verdicts[i] {
				r.differs = append(r.differs, fmt.Sprintf("%s: %s among the kept tests, %s among all: %q", x.ID, x.Verdicts[i], was, test))
			}
		}
	}
	r.pairs, _, err = pairs.Make(r.after, pairs.Paper())
	if err != nil {
		return r, fmt.Errorf("pairs %s: %w", p.id, err)
	}
	return r, nil
}
