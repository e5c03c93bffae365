package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/seed"
)

// Seed says which rows of the sources become seeds.
type Seed struct {
	seed.Rules `yaml:",inline"`
	Published  bool         `json:"published"` // the published code's rules, which differ by shape, in place of these
	Near       float64      `json:"near"`      // similarity from which on programs are near duplicates; 0: only equal ones
	Benchmarks []string     `json:"benchmarks,omitempty"`
	Overlap    seed.Overlap `json:"overlap"` // what is too much alike with a benchmark's task
}

func paperSeed() Seed {
	return Seed{Rules: seed.Paper(), Near: seed.DefaultNear, Overlap: seed.DefaultOverlap()}
}

// publishedSeed are the rules as the code ran: it knew no duplicates and no benchmarks.
func publishedSeed() Seed {
	return Seed{Rules: seed.Paper(), Published: true, Overlap: seed.DefaultOverlap()}
}

func (s Seed) rules(shape seed.Shape) seed.Rules {
	if s.Published {
		return seed.Published(shape)
	}
	return s.Rules
}

func (c *Config) checkSeeds() *problem {
	if len(c.Seeds) == 0 {
		return at("seeds", "not set: name at least one source, such as - in: seeds.jsonl")
	}
	for i, s := range c.Seeds {
		path := fmt.Sprintf("seeds[%d]", i)
		if p := s.check(path); p != nil {
			return p
		}
	}
	for i, name := range c.Seed.Benchmarks {
		if !isHub(name) && !exists(name) {
			return at(fmt.Sprintf("seed.benchmarks[%d]", i), "there is no file %s", name)
		}
	}
	if err := c.Seed.Validate(); err != nil {
		return stageProblem("seed", err)
	}
	if err := c.Seed.Overlap.Validate(); err != nil {
		return stageProblem("seed.overlap", err)
	}
	if !(c.Seed.Near >= 0 && c.Seed.Near <= 1) {
		return at("seed.near", "%v is not within 0 to 1", c.Seed.Near)
	}
	return nil
}

func (s Source) check(path string) *problem {
	switch {
	case s.In == "":
		return at(path+".in", "not set: name a file of rows, a folder of Python code or hf:org/name")
	case isHub(s.In):
		if _, err := hub.ParseRef(s.In); err != nil {
			return &problem{path + ".in", err}
		}
	case !exists(s.In):
		return at(path+".in", "there is no file or folder %s", s.In)
	}
	if s.Shape != "" && s.Shape != "auto" && !slices.Contains(seed.Shapes(), seed.Shape(s.Shape)) {
		var names []string
		for _, shape := range seed.Shapes() {
			names = append(names, string(shape))
		}
		return at(path+".shape", "%s", unknown(s.Shape, "shape", names))
	}
	if s.Shape == string(seed.AceCodePair) {
		return at(path+".shape", "%s has pairs, of which no problem can be made; acecoder seed reads it", s.Shape)
	}
	if len(s.Map) > 0 {
		if _, err := seed.ParseMap(s.Map); err != nil {
			return &problem{path + ".map", err}
		}
	}
	return nil
}

func isHub(name string) bool { return hub.IsRef(name) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// seeds makes the seeds, all of them before anything else: which row is a duplicate hangs on all before it. If it was
// stopped it begins again, which asks nobody for anything.
func (r *Run) seeds(ctx, drain context.Context) error {
	stages, err := r.db.Stages(ctx)
	if err != nil {
		return err
	}
	if len(stages) > 0 && stages[0].Complete {
		return nil
	}
	if err := r.openParser(ctx); err != nil {
		return err
	}
	if err := r.loadBenchmarks(ctx); err != nil {
		return err
	}
	known, err := seed.NewDuplicates(ctx, r.cfg.Seed.Near)
	if err != nil {
		return err
	}
	err = r.makeSeeds(ctx, drain, known)
	if err = errors.Join(err, known.Close()); err != nil {
		return fmt.Errorf("stage %s: %w", stageSeed, err)
	}
	if err := r.db.Flush(ctx); err != nil {
		return err
	}
	return r.db.SetComplete(ctx, stageSeed, true)
}

func (r *Run) makeSeeds(ctx, drain context.Context, known *seed.Duplicates) error {
	maker := seed.Maker{Inspect: r.parser.Inspect, Functions: r.parser.Functions, Rules: r.cfg.Seed.rules, Benchmarks: r.benchmarks}
	workers := r.cfg.Engine.Jobs
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	seq := int64(0)
	make := func(ctx context.Context, b seed.Batch) ([]seed.Result, error) {
		results, err := maker.Make(ctx, b)
		return append(unreadable(b.Bad), results...), err
	}
	for results, err := range flow.Map(ctx, workers, r.batches(drain), make) {
		if err != nil {
			return err
		}
		for i := range results {
			if err := r.keepSeed(ctx, seq, &results[i], known); err != nil {
				return err
			}
			seq++
		}
	}
	return nil
}

// unreadable makes drops of rows that cannot be read: the others of their set are not lost for them.
func unreadable(bad []error) []seed.Result {
	var all []seed.Result
	for _, err := range bad {
		place := "a row"
		if row, ok := errors.AsType[*jsonl.RowError](err); ok {
			place = fmt.Sprintf("%s:%d", filepath.Base(row.File), row.Line)
		}
		all = append(all, seed.Result{Place: place, Drop: &acecoder.Drop{
			ID: place, Stage: stageSeed, Reason: acecoder.DropUnreadable, Detail: err.Error(),
		}})
	}
	return all
}

// batches yields the rows of all sources, in order.
func (r *Run) batches(ctx context.Context) iter.Seq2[seed.Batch, error] {
	return func(yield func(seed.Batch, error) bool) {
		for _, s := range r.cfg.Seeds {
			paths, err := localPaths(ctx, s.In)
			if err != nil {
				yield(seed.Batch{}, err)
				return
			}
			for _, path := range paths {
				for b, err := range s.input(path).Batches(ctx) {
					if !yield(b, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

func (s Source) input(path string) seed.Input {
	in := seed.Input{Path: path, Shape: seed.Shape(s.Shape), Source: s.Source}
	if s.Shape == "auto" {
		in.Shape = ""
	}
	if len(s.Map) > 0 {
		in.Shape = seed.Mapped
		in.Fields, _ = seed.ParseMap(s.Map) // checked with the configuration
	}
	return in
}

// localPaths is a path as it is, and a data set of the hub as the files of its cache.
func localPaths(ctx context.Context, path string) ([]string, error) {
	if !isHub(path) {
		return []string{path}, nil
	}
	ref, err := hub.ParseRef(path)
	if err != nil {
		return nil, err
	}
	return hub.New(hub.Options{}).DatasetFiles(ctx, ref)
}

// keepSeed keeps what became of one row. A problem that comes with the set travels in its seed.
func (r *Run) keepSeed(ctx context.Context, seq int64, result *seed.Result, known *seed.Duplicates) error {
	start := &result.Seed
	if result.Pair != nil {
		return fmt.Errorf("%s: it has pairs, of which no problem can be made", result.Place)
	}
	if p := result.Problem; p != nil {
		text, err := plainJSON(p)
		if err != nil {
			return fmt.Errorf("%s: %w", result.Place, err)
		}
		*start = acecoder.Seed{ID: p.ID, Source: p.Source, Origin: p.Origin, License: p.License, Extra: map[string]json.RawMessage{imported: text}}
	} else if result.Drop == nil {
		drop, err := known.Add(ctx, result.Seed, result.Place)
		if err != nil {
			return err
		}
		result.Drop = drop
	}
	if result.Drop != nil {
		start.ID = result.Drop.ID
	}
	rec := record{seq: seq, source: result.Source, seed: start}
	e, err := encode(stageSeed, &rec, result.Drop)
	if err != nil {
		return err
	}
	r.counters[stageSeed].Done.Add(1)
	if result.Drop != nil {
		r.counters[stageSeed].Dropped.Add(1)
	}
	return r.db.Put(ctx, e)
}

// loadBenchmarks reads the benchmarks, once.
func (r *Run) loadBenchmarks(ctx context.Context) error {
	if r.benchmarks != nil || len(r.cfg.Seed.Benchmarks) == 0 {
		return nil
	}
	for _, name := range r.cfg.Seed.Benchmarks {
		paths, err := localPaths(ctx, name)
		if err != nil {
			return err
		}
		for _, path := range paths {
			tasks, err := seed.ReadBenchmark(ctx, path, nil)
			if err != nil {
				return err
			}
			r.tasks = append(r.tasks, tasks...)
		}
	}
	var err error
	r.benchmarks, err = seed.NewBenchmarks(ctx, r.parser.Inspect, r.tasks, r.cfg.Seed.Overlap)
	return err
}

// openAnswerer starts what knows the benchmarks' own programs.
func (r *Run) openAnswerer(ctx context.Context, level sandbox.Level) error {
	if len(r.tasks) == 0 || !r.cfg.Synth.Decontaminate {
		return nil
	}
	var err error
	r.answerer, err = seed.NewAnswerer(ctx, r.tasks, r.judges.oracles.Judge, seed.AnswererOptions{Python: r.cfg.Engine.Python, Level: level})
	if err == nil {
		r.answers = flow.Group(ctx, 1, together, r.answerer.Answers)
	}
	return err
}

// overlaps drops a problem whose question overlaps with a benchmark's.
func (r *Run) overlaps(p *acecoder.Problem) *acecoder.Drop {
	if r.benchmarks == nil || !r.cfg.Synth.Decontaminate {
		return nil
	}
	e := r.benchmarks.Check(p.Question, "")
	if e == nil {
		return nil
	}
	drop := e.Drop(p.ID)
	drop.Stage = stageSynth
	return drop
}

// answered drops a problem that a benchmark's own program answers: all its tests hold for it.
func (r *Run) answered(ctx context.Context, p acecoder.Problem) (*acecoder.Drop, error) {
	if r.answerer == nil {
		return nil, nil
	}
	found, err := r.answers(ctx, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	drop := found[0].Drop(p.ID)
	drop.Stage = stageFilter
	return drop, nil
}
