package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// A batch holds at most so many rows, and so many bytes of programs, whatever the input is.
const (
	batchRows  = 64
	batchBytes = 16 << 20
)

// batch is rows of one question that stand next to each other.
type batch struct {
	job      verify.Job
	outcomes []acecoder.Outcome
	done     bool // judged by the run that was interrupted
	size     int
}

// lull is how long a row waits for another of its question: who writes a row and waits for its verdict gets it.
const lull = 20 * time.Millisecond

// lulls yields what all yields, and nil whenever nothing has come for a while. It reads ahead by one row.
func lulls[T any](ctx context.Context, all func(context.Context) iter.Seq2[T, error]) iter.Seq2[*T, error] {
	type read struct {
		row T
		err error
	}
	return func(yield func(*T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ahead := make(chan read)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			defer close(ahead)
			for row, err := range all(ctx) {
				ahead <- read{row, err}
			}
		}()
		defer func() {
			cancel() // ends the reading; what it still has is thrown away
			for range ahead {
			}
			<-ended
		}()
		for {
			select {
			case r, ok := <-ahead:
				if !ok || !yield(&r.row, r.err) {
					return
				}
			case <-time.After(lull):
				if !yield(nil, nil) {
					return
				}
			}
		}
	}
}

// batches groups the rows; a nil row ends a group. What an interrupted run has done comes first and is not
// judged again.
func batches(rows iter.Seq2[*record[verifyRow], error], out *output) iter.Seq2[batch, error] {
	return func(yield func(batch, error) bool) {
		g := grouper{out: out, yield: yield}
		for r, err := range rows {
			if !g.row(r, err) {
				return
			}
		}
		if !g.flush() {
			return
		}
		if err := out.checkEnd(); err != nil {
			yield(batch{}, err)
		}
	}
}

// grouper holds the group that grows.
type grouper struct {
	out   *output
	yield func(batch, error) bool
	b     batch
}

// row takes the next row; false is the end.
func (g *grouper) row(r *record[verifyRow], err error) bool {
	switch {
	case err != nil: // what came before it is still judged
		return g.flush() && g.yield(batch{}, err) && false
	case r == nil:
		return g.flush()
	}
	done, err := g.out.take(r.value.ID, true)
	switch {
	case err != nil:
		return g.yield(batch{}, err) && false
	case done != nil:
		return g.yield(oldBatch(done)) // before any group has begun
	case !g.b.fits(&r.value) && !g.flush():
		return false
	}
	g.b.add(&r.value)
	return true
}

// flush sends the group on, if there is one.
func (g *grouper) flush() bool {
	b := g.b
	g.b = batch{}
	return len(b.job.Programs) == 0 || g.yield(b, nil)
}

func oldBatch(row json.RawMessage) (batch, error) {
	var o acecoder.Outcome
	if err := json.Unmarshal(row, &o); err != nil {
		return batch{}, fmt.Errorf("read a row that is done: %w", err)
	}
	return batch{done: true, outcomes: []acecoder.Outcome{o}}, nil
}

func (b *batch) add(r *verifyRow) {
	if len(b.job.Programs) == 0 {
		b.job = verify.Job{ID: r.ID, Tests: r.Tests, Prelude: r.Prelude, Setup: r.Setup, EntryPoint: r.EntryPoint, Limits: r.Limits}
	}
	b.job.Programs = append(b.job.Programs, acecoder.Program{ID: r.ID, Program: r.Program})
	b.size += len(r.Program)
}

// fits reports whether the row is of the same question and has room; in an empty batch every row does.
func (b *batch) fits(r *verifyRow) bool {
	j := &b.job
	if len(j.Programs) == 0 {
		return true
	}
	return len(j.Programs) < batchRows && b.size+len(r.Program) <= batchBytes &&
		j.Prelude == r.Prelude && j.Setup == r.Setup && j.EntryPoint == r.EntryPoint &&
		reflect.DeepEqual(j.Limits, r.Limits) && reflect.DeepEqual(j.Tests, r.Tests)
}
