package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/seed"
	"github.com/acecoder/acecoder/internal/stats"
)

// seedConfig is what the figures of seed say of how it was run.
type seedConfig struct {
	Rules      map[seed.Shape]seed.Rules `json:"rules"` // by shape; the folders' is the one without a name
	Near       float64                   `json:"near"`
	Benchmarks []string                  `json:"benchmarks,omitempty"`
	Overlap    *seed.Overlap             `json:"overlap,omitempty"`
}

// seedRun is one run of seed.
type seedRun struct {
	flags      *seedFlags
	maker      seed.Maker
	duplicates *seed.Duplicates
	sink       sink
	evidence   *output
	told       input[struct{}] // bad rows
	config     seedConfig
	kind       string // of the rows that are written
}

// write reads the inputs, writes what becomes of them, and concludes the run.
func (f *seedFlags) write(a *app, cmd *cobra.Command, inputs []seed.Input, maker seed.Maker) error {
	r := seedRun{
		flags: f, maker: maker, sink: sink{funnel: stats.NewFunnel()}, told: input[struct{}]{warn: cmd.ErrOrStderr()},
		config: seedConfig{Rules: map[seed.Shape]seed.Rules{}, Near: f.near, Benchmarks: f.benchmarks},
	}
	if maker.Benchmarks != nil {
		r.config.Overlap = &f.overlap
	}
	var err error
	if r.duplicates, err = seed.NewDuplicates(a.drain, f.near); err != nil {
		return err
	}
	if err = r.create(); err != nil {
		return errors.Join(err, r.duplicates.Close())
	}
	p := newProgress(cmd.ErrOrStderr(), seed.Stage)
	err = r.read(a.drain, inputs, p)
	err = r.sink.out.finish(r.sink.drops.finish(r.evidence.finish(err, false), false), false)
	seconds := p.stop()
	if err = errors.Join(err, r.duplicates.Close()); err != nil {
		return err
	}
	return f.conclude(cmd, &report{
		Stage: seed.Stage, Config: r.config, Rows: r.told.rows, BadRows: r.told.bad, Drops: r.sink.dropped,
		Funnel: r.sink.funnel.Report(), Seconds: seconds,
	})
}

// create begins the outputs.
func (r *seedRun) create() (err error) {
	if r.sink.out, err = create(r.flags.out, false); err != nil {
		return err
	}
	if r.sink.drops, err = create(r.flags.drops, false); err != nil {
		return r.sink.out.finish(err, false)
	}
	if r.evidence, err = create(r.flags.evidence, false); err != nil {
		return r.sink.out.finish(r.sink.drops.finish(err, false), false)
	}
	return nil
}

// made is a batch and what became of it.
type made struct {
	batch   seed.Batch
	results []seed.Result
}

func (r *seedRun) read(ctx context.Context, inputs []seed.Input, p *progress) error {
	workers := r.flags.engine.jobs
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	work := func(ctx context.Context, b seed.Batch) (made, error) {
		results, err := r.maker.Make(ctx, b)
		return made{b, results}, err
	}
	for m, err := range flow.Map(ctx, workers, allBatches(ctx, inputs), work) {
		if err == nil {
			err = r.take(ctx, m, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// allBatches yields the batches of all inputs, in order.
func allBatches(ctx context.Context, inputs []seed.Input) iter.Seq2[seed.Batch, error] {
	return func(yield func(seed.Batch, error) bool) {
		for _, in := range inputs {
			for b, err := range in.Batches(ctx) {
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}
}

// take writes what became of a batch. Duplicates are found here, where the order is that of the input.
func (r *seedRun) take(ctx context.Context, m made, p *progress) error {
	if _, known := r.config.Rules[m.batch.Shape]; !known && !m.batch.Shape.Published() {
		r.config.Rules[m.batch.Shape] = r.maker.Rules(m.batch.Shape)
	}
	for _, bad := range m.batch.Bad {
		r.told.tell(bad)
		r.told.rows++
	}
	for i := range m.results {
		r.told.rows++
		p.add()
		if err := r.put(ctx, &m.results[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *seedRun) put(ctx context.Context, result *seed.Result) (err error) {
	r.sink.funnel.Before(result.Source, result.Tests())
	if result.Evidence != nil {
		if err := r.evidence.put(result.Evidence); err != nil {
			return err
		}
	}
	kind, row := result.Row()
	if result.Drop == nil && kind == seed.SeedRow {
		if result.Drop, err = r.duplicates.Add(ctx, result.Seed, result.Place); err != nil {
			return err
		}
	}
	if result.Drop != nil {
		return r.sink.drop(result.Source, result.Drop)
	}
	if r.kind != "" && r.kind != kind {
		return fmt.Errorf("%s: %s come of it, and %s of what was read before; give them outputs of their own", result.Place, kind, r.kind)
	}
	r.kind = kind
	r.sink.funnel.After(result.Source, result.Tests())
	return r.sink.out.put(row)
}
