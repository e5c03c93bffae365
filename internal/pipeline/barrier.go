package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/hard"
	"github.com/acecoder/acecoder/internal/store"
)

// part is a piece of the chain, from one of its stages to before another, that is gone through as one.
type part struct{ first, end int }

// parts divides the chain before each stage whose answers come all together: those of batches and of offline endpoints.
func (r *Run) parts() []part {
	var all []part
	begin := 0
	for i, stage := range chainStages {
		if i > begin && r.together(stage) {
			all = append(all, part{begin, i})
			begin = i
		}
	}
	return append(all, part{begin, len(chainStages)})
}

// together reports whether a stage's answers come all together.
func (r *Run) together(stage string) bool {
	return slices.ContainsFunc(r.cfg.modelsOf(stage), func(alias string) bool {
		mode := r.cfg.Endpoints[r.cfg.Models[alias].Endpoint].Mode
		return mode == ModeBatch || mode == ModeOffline
	})
}

// modelsOf are the models that a stage asks.
func (c *Config) modelsOf(stage string) []string {
	switch stage {
	case stageSynth:
		return []string{c.Synth.Model}
	case stageOracle:
		return c.Oracle.Models
	case stageSample:
		return c.Sample.Models
	}
	return nil
}

// open yields the records that have not reached a stage, of the first so many seeds.
func (r *Run) open(ctx context.Context, stage string, limit int) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for e, err := range r.db.Open(ctx, stage) {
			if err == nil && limit > 0 && e.Seq >= int64(limit) || !yield(e, err) {
				return
			}
		}
	}
}

// anyOpen reports whether a record is left that has not been through the chain.
func (r *Run) anyOpen(ctx context.Context, limit int) (bool, error) {
	for _, err := range r.open(ctx, chainStages[len(chainStages)-1], limit) {
		return err == nil, err
	}
	return false, nil
}

// complete notes that every record has been through the chain.
func (r *Run) complete(ctx context.Context) error {
	for _, stage := range chainStages {
		if err := r.db.SetComplete(ctx, stage, true); err != nil {
			return err
		}
	}
	return nil
}

// worked adds the work of this process to what the run knows, and begins to count anew.
func (r *Run) worked(ctx context.Context) error {
	var errs []error
	for name, c := range r.counters {
		if busy := c.busy.Swap(0); busy > 0 {
			errs = append(errs, r.db.AddSeconds(ctx, name, float64(busy)/1e9))
		}
	}
	return errors.Join(errs...)
}

// hard chooses the hard subset of the scored problems, all together. It is done again when they have changed.
func (r *Run) hard(ctx context.Context) error {
	fresh, note, err := r.upToDate(ctx, stageHard, stageScore)
	if err != nil || fresh {
		return err
	}
	if err := r.db.Clear(ctx, stageHard); err != nil {
		return err
	}
	figures := map[int64]hard.Figures{}
	drops := map[int64]*acecoder.Drop{}
	var all []hard.Figures
	for e, err := range r.db.Rows(ctx, stageScore) {
		if err != nil {
			return err
		}
		rec, err := decode(e)
		if err != nil {
			return err
		}
		f, drop, err := hard.Collect(*rec.problem, r.cfg.Hard)
		if err != nil {
			return err
		}
		if drop != nil {
			drops[e.Seq] = drop
			continue
		}
		figures[e.Seq] = f
		all = append(all, f)
	}
	choice, err := hard.Decide(all, r.cfg.Hard)
	if err != nil {
		return err
	}
	for e, err := range r.db.Rows(ctx, stageScore) {
		if err != nil {
			return err
		}
		drop := drops[e.Seq]
		if drop == nil {
			drop = choice.Drop(figures[e.Seq])
		}
		if err := r.keepHard(ctx, e, drop); err != nil {
			return err
		}
	}
	if err := r.db.SetMeta(ctx, metaHardCut, fmt.Sprintf("%v %v", choice.MaxMean, choice.MinStd)); err != nil {
		return err
	}
	return note()
}

// metaHardCut is where the thresholds of the hard subset are kept.
const metaHardCut = "hard cut"

// keepHard keeps that a problem belongs to the hard subset, or why not. The problem itself is with the scored ones.
func (r *Run) keepHard(ctx context.Context, e store.Entry, drop *acecoder.Drop) error {
	out := store.Entry{Stage: stageHard, Seq: e.Seq, ID: e.ID, Source: e.Source, Count: 1, Drop: drop}
	what := "hard"
	if drop != nil {
		out.Count, what = 0, string(drop.Reason)
		r.counters[stageHard].Dropped.Add(1)
	}
	r.counters[stageHard].Done.Add(1)
	out.Hash = digest(stageHard, e.ID, []byte(what))
	return r.db.Put(ctx, out)
}

// upToDate reports whether a stage that takes all of another's rows together has been done since they last changed; note
// is to be called when it has.
func (r *Run) upToDate(ctx context.Context, stage, of string) (fresh bool, note func() error, err error) {
	if err := r.db.Flush(ctx); err != nil {
		return false, nil, err
	}
	all, err := r.db.Summary(ctx)
	if err != nil {
		return false, nil, err
	}
	i := slices.IndexFunc(all, func(s store.Summary) bool { return s.Name == of })
	now := all[i].Digest
	name := stage + " is of"
	before, err := r.db.Meta(ctx, name)
	if err != nil {
		return false, nil, err
	}
	k := slices.IndexFunc(all, func(s store.Summary) bool { return s.Name == stage })
	note = func() error {
		return errors.Join(r.db.Flush(ctx), r.db.SetMeta(ctx, name, now), r.db.SetComplete(ctx, stage, true))
	}
	return before == now && all[k].Complete, note, nil
}
