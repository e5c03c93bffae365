package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/verify"
)

// corpus is the problems with at most so many tests each; 0: all.
type corpus struct {
	name string
	most int
}

// tests finds which of the asserts parse, and which are wrong.
func (e *experiment) tests(ctx context.Context) error {
	begin := time.Now()
	v, err := e.verifier(ctx, "acecoder-labels-oracle", nil)
	if err != nil {
		return err
	}
	defer v.Close()
	ask := func(ctx context.Context, p *problem) (int, error) { return p.findTests(ctx, v.Judge) }
	texts, all, wrong := 0, 0, 0
	for n, err := range flow.Map(ctx, v.Jobs(), e.each(), ask) {
		if err != nil {
			return err
		}
		texts += n
	}
	for _, p := range e.problems {
		all += len(p.tests)
		wrong += len(p.wrong)
	}
	e.logf("tests: %d asserts by CodeT's rule, %d of them stay (parse, first %d a text, each once), %d wrong (%s %%), %s",
		texts, all, perText, wrong, share(wrong, all), time.Since(begin).Round(time.Second))
	return nil
}

// findTests fills tests and wrong, and returns the number of asserts there were to choose from.
func (p *problem) findTests(ctx context.Context, ask judge) (int, error) {
	all := slices.Concat(p.texts...)
	n := len(all)
	slices.Sort(all)
	all = slices.Compact(all)
	if n == 0 {
		return 0, nil
	}
	outcomes, err := ask(ctx, verify.Job{ID: p.id, Tests: all, EntryPoint: p.entry, Programs: []acecoder.Program{p.plus}})
	if err != nil {
		return 0, err
	}
	status := map[string]acecoder.Status{}
	for i, v := range outcomes[0].Tests {
		status[all[i]] = v.Status // the program compiles, so syntax speaks of the test
	}
	p.tests = choose(p.texts, func(test string) bool { return status[test] != acecoder.Syntax })
	for _, test := range p.tests {
		if status[test] != acecoder.Pass {
			p.wrong[test] = true
		}
	}
	return n, nil
}

// row is the problem as filter, score and pairs take it.
func (p *problem) row(c corpus, oracles []acecoder.Program) acecoder.Problem {
	out := acecoder.Problem{
		ID: p.id, Source: "humaneval", Question: p.prompt, EntryPoint: p.entry, Tests: p.tests, Oracles: oracles,
	}
	if c.most > 0 && len(out.Tests) > c.most {
		out.Tests = out.Tests[:c.most]
	}
	// A program never judges itself: it would pass every test that it voted for.
	for _, x := range p.programs {
		if !slices.ContainsFunc(oracles, func(o acecoder.Program) bool { return o.Program == x.Program }) {
			out.Programs = append(out.Programs, x)
		}
	}
	return out
}

// write writes a corpus as the commands take it.
func (e *experiment) write(c corpus) error {
	var rows []acecoder.Problem
	for _, p := range e.problems {
		if len(p.tests) > 0 {
			rows = append(rows, p.row(c, []acecoder.Program{p.canonical}))
		}
	}
	return writeRows(e.path(fmt.Sprintf("problems-%s.jsonl", c.name)), rows)
}

// table holds verdicts by program and test. It stands in for the verifier where many filters ask about the same
// tests: a program's verdict on a test does not depend on the tests beside it, but for programs that keep running out
// of time, whose further tests are no longer tried; the report counts those.
type table map[string]map[string]acecoder.Verdict

// fill judges all programs of the problem by all its tests.
func (p *problem) fill(ctx context.Context, ask judge) error {
	row := p.row(corpus{}, nil)
	job := verify.Job{ID: p.id, Tests: row.Tests, EntryPoint: p.entry}
	p.table = table{}
	for _, x := range row.Programs {
		if p.table[x.Program] == nil {
			p.table[x.Program] = map[string]acecoder.Verdict{}
			job.Programs = append(job.Programs, x)
		}
	}
	if len(job.Tests) == 0 {
		return nil
	}
	outcomes, err := ask(ctx, job)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		for t, v := range o.Tests {
			v.Message = ""
			p.table[job.Programs[i].Program][job.Tests[t]] = v
		}
	}
	return nil
}

// judge answers from the table.
func (t table) judge(_ context.Context, job verify.Job) ([]acecoder.Outcome, error) {
	out := make([]acecoder.Outcome, len(job.Programs))
	for i, x := range job.Programs {
		out[i].ID = x.ID
		for _, test := range job.Tests {
			v, ok := t[x.Program][test]
			if !ok {
				return nil, fmt.Errorf("%s: no verdict on %q", x.ID, test)
			}
			out[i].Tests = append(out[i].Tests, v)
		}
		out[i].Summarize()
	}
	return out, nil
}
