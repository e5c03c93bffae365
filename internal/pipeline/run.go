// Package pipeline is the whole way as one run: seeds, problems, tests, programs, verdicts, pairs, the hard subset and the
// data sets, planned, stopped and gone on with.
//
// In: a configuration and the functions of the stages. Out: a folder with run.db, which holds every record of every
// stage, and what is made of it. Its invariant: a run that was killed at any moment and run again ends as one that was
// not, and a stage is done again exactly if something that its results depend on has changed.
package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/seed"
	"github.com/acecoder/acecoder/internal/store"
	"github.com/acecoder/acecoder/internal/verify"
)

// Run is a run that this process works on.
type Run struct {
	cfg *Config
	dir string
	db  *store.DB

	cache      *llm.Cache
	budget     *llm.Budget
	locals     []running              // checkpoints that answer within the process
	clients    map[string]*llm.Client // by endpoint
	judges     judges
	parser     *pyast.Parser
	tasks      []seed.Task      // of the benchmarks
	benchmarks *seed.Benchmarks // nil: none are configured
	answerer   *seed.Answerer   // nil: likewise
	answers    func(context.Context, acecoder.Problem) ([]seed.Evidence, error)

	counters map[string]*counter
	base     baseline
	spentNow spending
	fresh    time.Time // when this process began to work
}

// runFile is the file that holds a run.
func runFile(folder string) string { return filepath.Join(folder, "run.db") }

// IsRun tells whether the folder holds a run.
func IsRun(folder string) bool {
	_, err := os.Stat(runFile(folder))
	return err == nil
}

// Options are what does not belong to the run but to one call of it.
type Options struct {
	Limit   int    // go no further than the first so many seeds; 0: all
	Retry   string // try records again that were dropped for this reason
	Version string // of acecoder, for the manifest
}

// judges are the engines of a run. Each judges on as many cores as it is given; the operating system shares them out.
type judges struct {
	jobs     int
	oracles  *verify.Verifier
	programs *verify.Verifier
	varied   []*verify.Verifier
}

func (j *judges) again() []filter.Judge {
	var all []filter.Judge
	for _, v := range j.varied {
		all = append(all, v.Judge)
	}
	return all
}

func (j *judges) close() {
	for _, v := range append(j.varied, j.oracles, j.programs) {
		if v != nil {
			v.Close()
		}
	}
}

// spending is what this process has asked for, to be looked at while it works.
type spending struct {
	requests, tokens, faults atomic.Int64
	mu                       sync.Mutex
	money                    float64
}

func (s *spending) add(e llm.Event) {
	if e.Kind == llm.KindCached {
		return
	}
	s.requests.Add(1)
	s.tokens.Add(int64(e.Usage.PromptTokens + e.Usage.CompletionTokens))
	if e.Kind != llm.KindOK {
		s.faults.Add(1)
	}
	s.mu.Lock()
	s.money += e.Usage.Cost
	s.mu.Unlock()
}

// Open prepares a run: its folder, run.db, and what the stages are to be. Stages of which something has changed lose
// what they had. Nothing is asked of a model.
func Open(ctx context.Context, cfg *Config, opt Options) (*Run, error) {
	r := &Run{cfg: cfg, dir: cfg.Folder(), counters: map[string]*counter{}, fresh: time.Now()}
	if err := os.MkdirAll(r.dir, 0o777); err != nil {
		return nil, fmt.Errorf("make the run's folder: %w", err)
	}
	var err error
	if r.db, err = store.Open(ctx, runFile(r.dir)); err != nil {
		return nil, err
	}
	if err := r.prepare(ctx, opt); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Run) prepare(ctx context.Context, opt Options) error {
	python, err := sandbox.FindPython(ctx, r.cfg.Engine.Python)
	if err != nil {
		return err
	}
	stages, inputs, err := r.cfg.stages(ctx, python)
	if err != nil {
		return err
	}
	if err := r.db.SetStages(ctx, stages); err != nil {
		return err
	}
	for _, s := range stages {
		r.counters[s.Name] = &counter{}
	}
	if opt.Retry != "" {
		if _, err := r.db.Revive(ctx, opt.Retry); err != nil {
			return err
		}
	}
	return r.describe(inputs, opt, python)
}

// describe writes run.yaml and manifest.json.
func (r *Run) describe(inputs []input, opt Options, python sandbox.Python) error {
	text, err := r.cfg.YAML()
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(r.dir, "run.yaml"), text); err != nil {
		return err
	}
	manifest, err := json.MarshalIndent(map[string]any{
		"acecoder": opt.Version, "engine": verify.Version, "go": runtime.Version(),
		"python": python.Version, "inputs": inputs,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return replace(filepath.Join(r.dir, "manifest.json"), append(manifest, '\n'))
}

// replace puts a whole file in the place of another, or leaves that one.
func replace(path string, data []byte) error {
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, data, 0o666); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Close ends what the run has open.
func (r *Run) Close() error {
	r.judges.close()
	if r.parser != nil {
		r.parser.Close()
	}
	if r.answerer != nil {
		r.answerer.Close()
	}
	var err error
	for _, l := range r.locals {
		err = errors.Join(err, l.close())
	}
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close())
	}
	return errors.Join(err, r.db.Close())
}

// openEngines starts what judges and parses.
func (r *Run) openEngines(ctx context.Context) error {
	e := r.cfg.Engine
	judge := func(profile string, variation int) (*verify.Verifier, error) {
		rules, err := verify.ProfileByName(profile)
		if err != nil {
			return nil, err
		}
		v, err := verify.New(ctx, verify.Options{
			Profile: rules, Jobs: e.Jobs, Level: e.level(), Python: e.Python, Variation: variation,
			CacheSize: -1, // no problem comes twice, and score judges each text of one once
		})
		if err != nil {
			return nil, fmt.Errorf("start the engine: %w (acecoder doctor tells more)", err)
		}
		return v, nil
	}
	// Each tests itself first, which takes a second: all at the same time.
	var all errgroup.Group
	start := func(to **verify.Verifier, profile string, variation int) {
		all.Go(func() (err error) {
			*to, err = judge(profile, variation)
			return err
		})
	}
	start(&r.judges.oracles, r.cfg.Filter.Profile, 0)
	start(&r.judges.programs, r.cfg.Score.Profile, 0)
	r.judges.varied = make([]*verify.Verifier, r.cfg.Filter.Repeats)
	for i := range r.judges.varied {
		start(&r.judges.varied[i], r.cfg.Filter.Profile, i+1)
	}
	all.Go(func() error { return r.openParser(ctx) })
	if err := all.Wait(); err != nil {
		return err
	}
	r.judges.jobs = r.judges.programs.Jobs()
	if err := r.loadBenchmarks(ctx); err != nil {
		return err
	}
	return r.openAnswerer(ctx, e.level())
}

func (r *Run) openParser(ctx context.Context) error {
	if r.parser != nil {
		return nil
	}
	e := r.cfg.Engine
	var err error
	r.parser, err = pyast.New(ctx, pyast.Options{Python: e.Python, Level: e.level(), Jobs: e.Jobs})
	return err
}

// level is the isolation that is asked for; empty is the strongest that works.
func (e Engine) level() sandbox.Level {
	if e.Isolation == "auto" {
		return ""
	}
	return sandbox.Level(e.Isolation)
}

// Do works on the run until it is complete, until drain has ended and what was begun is finished, or until an error:
// [llm.ErrBudget] where the budget is reached, a [WaitingError] where answers are awaited, else a failure. What was done
// is kept in every case, and Do goes on from there.
func (r *Run) Do(ctx, drain context.Context, opt Options) error {
	err := r.do(ctx, drain, opt)
	return errors.Join(err, r.worked(context.WithoutCancel(ctx)))
}

func (r *Run) do(ctx, drain context.Context, opt Options) error {
	if err := r.seeds(ctx, drain); err != nil {
		return err
	}
	if err := r.rebase(ctx); err != nil {
		return err
	}
	if err := r.chain(ctx, drain, opt.Limit); err != nil {
		return err
	}
	if opt.Limit > 0 {
		return nil // the hard subset is one of all
	}
	if err := r.complete(ctx); err != nil {
		return err
	}
	if err := r.hard(ctx); err != nil {
		return err
	}
	return r.export(ctx)
}

// chain sends the records through the stages that work on one at a time.
func (r *Run) chain(ctx, drain context.Context, limit int) error {
	if left, err := r.anyOpen(ctx, limit); err != nil || !left {
		return err
	}
	if err := r.openModels(ctx); err != nil {
		return err
	}
	if err := r.openEngines(ctx); err != nil {
		return err
	}
	steps, err := r.steps(ctx)
	if err != nil {
		return err
	}
	for _, part := range r.parts() {
		if err := r.fill(ctx, part.first); err != nil {
			return err
		}
		c := chain{db: r.db, counters: r.counters}
		for _, name := range chainStages[part.first:part.end] {
			c.steps = append(c.steps, steps[name])
		}
		if err := c.run(ctx, drain, r.open(ctx, chainStages[part.end-1], limit)); err != nil {
			return err
		}
	}
	return nil
}
