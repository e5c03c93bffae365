package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/store"
)

// record is what travels along the chain: a seed, the problem made of it, the pairs made of that. The latest counts.
type record struct {
	seq     int64
	source  string
	seed    *acecoder.Seed
	problem *acecoder.Problem
	pairs   []acecoder.Pair
}

func (r *record) id() string {
	if r.problem != nil {
		return r.problem.ID
	}
	return r.seed.ID
}

// step is one stage of the chain: a function on one record.
type step struct {
	name    string
	workers int // records that it works on at the same time
	do      func(ctx context.Context, r record) (record, *acecoder.Drop, error)
}

// ahead is how many records may wait before a stage, for each of its workers: enough to keep it busy, few enough that
// memory does not depend on how many records there are.
const ahead = 2

// counter is what a stage has done in this process, to be looked at while it works.
type counter struct {
	Done, Dropped, Working atomic.Int64
	busy                   atomic.Int64 // nanoseconds, all records together
}

// chain sends records through stages, each with workers of its own, and keeps what each stage makes of each record. The
// stages work at the same time: while some records wait for a model, others are judged.
type chain struct {
	db       *store.DB
	steps    []step
	counters map[string]*counter

	queues []chan record
	stop   context.CancelCauseFunc
	drain  context.Context // once it has ended, no record goes on to another stage
}

// run sends the records of feed, each the last that is known of a seed and the stage that made it, through the stages
// that are left for it. It returns when all have arrived, when drain has ended and what was begun is finished, or at
// the first error. What has been kept then is whole in every case.
func (c *chain) run(ctx, drain context.Context, feed iter.Seq2[store.Entry, error]) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c.stop, c.drain = stop, drain
	c.queues = make([]chan record, len(c.steps))
	groups := make([]sync.WaitGroup, len(c.steps))
	for i, s := range c.steps {
		c.queues[i] = make(chan record, ahead*s.workers)
		for range s.workers {
			groups[i].Go(func() {
				for r := range c.queues[i] {
					c.work(ctx, i, r)
				}
			})
		}
	}
	if err := c.feed(ctx, feed); err != nil {
		stop(err)
	}
	for i := range c.steps {
		close(c.queues[i])
		groups[i].Wait()
	}
	if err := c.db.Flush(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return drain.Err()
}

// feed hands each record to the stage after the one that made it.
func (c *chain) feed(ctx context.Context, feed iter.Seq2[store.Entry, error]) error {
	next := map[string]int{}
	for i := range c.steps {
		next[c.steps[i].name] = i + 1
	}
	for e, err := range feed {
		if err != nil {
			return err
		}
		r, err := decode(e)
		if err != nil {
			return err
		}
		// A stage before the chain's first made it where the map has nothing: it begins at the first.
		if !c.send(ctx, next[e.Stage], r) {
			return nil
		}
	}
	return nil
}

// send puts a record before a stage; false where nothing is to be begun any more.
func (c *chain) send(ctx context.Context, i int, r record) bool {
	if c.drain.Err() != nil || ctx.Err() != nil {
		return false
	}
	select {
	case c.queues[i] <- r:
		return true
	case <-c.drain.Done():
	case <-ctx.Done():
	}
	return false
}

// work does one stage's work on one record and sends it on.
func (c *chain) work(ctx context.Context, i int, r record) {
	if ctx.Err() != nil || c.drain.Err() != nil {
		return // it is kept as the stage before left it
	}
	s, count := &c.steps[i], c.counters[c.steps[i].name]
	count.Working.Add(1)
	start := time.Now()
	out, drop, err := s.do(ctx, r)
	count.busy.Add(int64(time.Since(start)))
	count.Working.Add(-1)
	if err == nil {
		err = c.keep(ctx, s.name, &out, drop)
	}
	if err != nil {
		c.stop(fmt.Errorf("stage %s: %w", s.name, err))
		return
	}
	count.Done.Add(1)
	if drop != nil {
		count.Dropped.Add(1)
		return
	}
	if i+1 < len(c.steps) {
		c.send(ctx, i+1, out)
	}
}

func (c *chain) keep(ctx context.Context, stage string, r *record, drop *acecoder.Drop) error {
	e, err := encode(stage, r, drop)
	if err != nil {
		return err
	}
	return c.db.Put(context.WithoutCancel(ctx), e)
}

// encode makes an entry of what a stage made of a record.
func encode(stage string, r *record, drop *acecoder.Drop) (store.Entry, error) {
	e := store.Entry{Stage: stage, Seq: r.seq, ID: r.id(), Source: r.source, Count: 1, Drop: drop}
	if drop != nil {
		e.Count = 0
		e.Hash = digest(stage, e.ID, []byte(drop.Reason))
		return e, nil
	}
	var what, counts any
	switch stage {
	case stageSeed:
		what = r.seed
	case stagePairs:
		e.Count = len(r.pairs)
		what = r.pairs
	default:
		what = r.problem
		if r.problem.Limits != nil {
			// Measured times are no part of what a run is the same by.
			p := *r.problem
			p.Limits = nil
			counts = p
		}
	}
	var err error
	if e.Body, err = plainJSON(what); err != nil {
		return e, fmt.Errorf("record %s: %w", e.ID, err)
	}
	hashed := e.Body
	if counts != nil {
		if hashed, err = plainJSON(counts); err != nil {
			return e, fmt.Errorf("record %s: %w", e.ID, err)
		}
	}
	e.Hash = digest(stage, e.ID, hashed)
	return e, nil
}

// plainJSON is JSON as files of rows have it: <, > and & as they stand.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func digest(stage, id string, body []byte) [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%d:%s", len(stage), stage, len(id), id)
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

// decode reads an entry again.
func decode(e store.Entry) (record, error) {
	r := record{seq: e.Seq, source: e.Source}
	var err error
	switch e.Stage {
	case stageSeed:
		err = json.Unmarshal(e.Body, &r.seed)
	case stagePairs:
		err = json.Unmarshal(e.Body, &r.pairs)
	default:
		err = json.Unmarshal(e.Body, &r.problem)
	}
	if err != nil {
		return r, fmt.Errorf("record %s of stage %s: %w", e.ID, e.Stage, err)
	}
	if r.seed == nil && r.problem == nil && e.Stage != stagePairs {
		return r, errors.New("record " + e.ID + " is empty")
	}
	return r, nil
}
