package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/verify"
)

// judged runs a stage that judges: filter or score. Problems go through the engine, some at a time, and leave in
// the order of the input, each to the output or to the drops.
type judged struct {
	name   string
	flags  *stageFlags
	opt    verify.Options
	config any

	// do is the stage: a problem that goes on, or the reason why not.
	do func(context.Context, *verify.Verifier, acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error)
	// count, if set, counts what goes on.
	count func(*tally, *acecoder.Problem)

	v          *verify.Verifier
	in         *input[acecoder.Problem]
	out, drops *output
	funnel     *stats.Funnel
	report     report
}

// fate is what must become of a problem because an interrupted run has decided it already.
type fate int

const (
	undecided fate = iota
	kept           // it went on, and its row was lost
	dropped        // it was dropped, and the reason was lost or not kept
)

// passage is a problem on its way through the stage.
type passage struct {
	source string
	tests  int // on the way in
	p      acecoder.Problem
	drop   *acecoder.Drop
	done   bool // by the run that was interrupted
	fate   fate
}

func (j *judged) run(a *app, cmd *cobra.Command) error {
	if err := j.flags.check(); err != nil {
		return err
	}
	reader, err := jsonl.Open(j.flags.in)
	if err != nil {
		return err
	}
	defer reader.Close()
	if j.v, err = open(a.drain, j.opt); err != nil {
		return err
	}
	defer j.v.Close()
	if j.out, err = create(j.flags.out, j.flags.resume); err != nil {
		return err
	}
	if j.drops, err = create(j.flags.drops, j.flags.resume); err != nil {
		return j.out.finish(err, true)
	}
	j.in = problemInput(reader, cmd.ErrOrStderr())
	j.funnel = stats.NewFunnel()
	j.report = report{Stage: j.name, Engine: reportEngine(j.v, j.opt), Config: j.config}
	if j.count != nil {
		j.report.Verdicts = newTally()
	}
	p := newProgress(cmd.ErrOrStderr(), j.name)
	err = j.pass(a, p)
	err = j.out.finish(j.drops.finish(err, true), true)
	j.report.Seconds = p.stop()
	if err != nil {
		return err
	}
	j.report.Rows, j.report.BadRows, j.report.Funnel = j.in.rows, j.in.bad, j.funnel.Report()
	return j.flags.conclude(cmd, &j.report)
}

// pass sends the problems through.
func (j *judged) pass(a *app, p *progress) error {
	for item, err := range flow.Map(a.stop, j.v.Jobs(), j.feed(a.drain), j.work) {
		if err != nil {
			return err
		}
		p.add()
		if err := j.deliver(&item); err != nil {
			return err
		}
	}
	return nil
}

// feed reads the problems and finds out which of them an interrupted run has done.
func (j *judged) feed(ctx context.Context) iter.Seq2[passage, error] {
	return func(yield func(passage, error) bool) {
		for r, err := range j.in.all(ctx) {
			if err != nil {
				yield(passage{}, err)
				return
			}
			item, err := j.recall(r.value)
			if !yield(item, err) || err != nil {
				return
			}
		}
		for _, o := range []*output{j.out, j.drops} {
			if err := o.checkEnd(); err != nil {
				yield(passage{}, err)
				return
			}
		}
	}
}

// recall looks for a problem among what is done.
func (j *judged) recall(p acecoder.Problem) (passage, error) {
	item := passage{source: p.Source, tests: len(p.Tests), p: p}
	row, err := j.out.take(p.ID, false)
	if err != nil {
		return item, err
	}
	if row != nil {
		item.done = true
		item.p = acecoder.Problem{}
		return item, json.Unmarshal(row, &item.p)
	}
	if row, err = j.drops.take(p.ID, false); err != nil {
		return item, err
	}
	if row != nil {
		item.done = true
		return item, json.Unmarshal(row, &item.drop)
	}
	// The files were cut at different places: where one of them goes on behind this problem, its fate is
	// decided, and only the row is missing.
	switch {
	case j.out.left() > 0 && j.drops.left() > 0:
		return item, fmt.Errorf("problem %s is in neither of the unfinished outputs, but later ones are: "+
			"the input has changed; start again without --resume", p.ID)
	case j.out.left() > 0:
		item.fate = dropped
	case j.drops.left() > 0:
		item.fate = kept
	}
	return item, nil
}

func (j *judged) work(ctx context.Context, item passage) (passage, error) {
	if item.done {
		return item, nil
	}
	id := item.p.ID
	var err error
	if item.p, item.drop, err = j.do(ctx, j.v, item.p); err != nil {
		return item, err
	}
	if item.fate == kept && item.drop != nil || item.fate == dropped && item.drop == nil {
		return item, fmt.Errorf("problem %s has another fate than in the interrupted run: the input or the flags "+
			"have changed; start again without --resume", id)
	}
	return item, nil
}

// deliver counts a problem and writes it where it belongs.
func (j *judged) deliver(item *passage) error {
	j.funnel.Before(item.source, item.tests)
	if item.drop != nil {
		j.report.Drops++
		j.funnel.Drop(item.source, item.drop.Reason)
		if item.done {
			return nil
		}
		return j.drops.put(item.drop)
	}
	j.funnel.After(item.source, len(item.p.Tests))
	if j.count != nil {
		j.count(j.report.Verdicts, &item.p)
	}
	if item.done {
		return nil
	}
	return j.out.put(item.p)
}
