package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/sample"
	"github.com/acecoder/acecoder/internal/score"
	"github.com/acecoder/acecoder/internal/synth"
	"github.com/acecoder/acecoder/internal/template"
)

// The stages, in their order. The names are part of the format of run.db.
const (
	stageSeed   = "seed"
	stageSynth  = "synth"
	stageOracle = "oracle"
	stageFilter = "filter"
	stageSample = "sample"
	stageScore  = "score"
	stagePairs  = "pairs"
	stageHard   = "hard"
)

// chainStages are those that work on one record at a time, between the seeds and the hard subset.
var chainStages = []string{stageSynth, stageOracle, stageFilter, stageSample, stageScore, stagePairs}

// imported is the field of a seed that comes with a problem made of it already, as AceCode-87K has them.
const imported = "problem"

// steps makes the functions of the chain.
func (r *Run) steps(ctx context.Context) (map[string]step, error) {
	synthPrompt, err := template.Synth(r.cfg.Synth.Prompt)
	if err != nil {
		return nil, err
	}
	oraclePrompt, err := template.Sample(r.cfg.Oracle.Prompt)
	if err != nil {
		return nil, err
	}
	samplePrompt, err := template.Sample(r.cfg.Sample.Prompt)
	if err != nil {
		return nil, err
	}
	steps := map[string]step{
		stageSynth:  {workers: r.workers(r.cfg.Synth.Model), do: r.synth(ctx, synthPrompt)},
		stageOracle: {workers: r.workers(r.cfg.Oracle.Models...), do: r.oracle(oraclePrompt)},
		stageFilter: {workers: r.judges.jobs + together, do: r.filter()},
		stageSample: {workers: r.workers(r.cfg.Sample.Models...), do: r.sample(samplePrompt)},
		stageScore:  {workers: r.judges.jobs, do: r.score()},
		stagePairs:  {workers: 1, do: r.pairs()},
	}
	for name, s := range steps {
		s.name = name
		steps[name] = s
	}
	return steps, nil
}

// workers is how many records a stage works on that asks these models, one after the other.
func (r *Run) workers(models ...string) int {
	most := 1
	for _, alias := range models {
		most = max(most, r.cfg.Endpoints[r.cfg.Models[alias].Endpoint].workers())
	}
	return most
}

type do = func(context.Context, record) (record, *acecoder.Drop, error)

func (r *Run) synth(ctx context.Context, prompt *synth.Prompt) do {
	cfg := r.cfg.Synth.Config
	ask := r.asks(stageSynth, cfg.Model)
	cfg.Model = r.cfg.Models[cfg.Model].Model
	check := r.checkTests(ctx)
	return func(ctx context.Context, rec record) (record, *acecoder.Drop, error) {
		if known, ok := rec.seed.Extra[imported]; ok {
			if err := json.Unmarshal(known, &rec.problem); err != nil {
				return rec, nil, fmt.Errorf("seed %s: %s: %w", rec.seed.ID, imported, err)
			}
			return rec, nil, nil
		}
		p, drop, err := synth.Do(ctx, ask, check, *rec.seed, prompt, cfg)
		rec.problem = &p
		if drop != nil || err != nil {
			drop, err = asDrop(stageSynth, p.ID, drop, err)
			return rec, drop, err
		}
		return rec, r.overlaps(&p), nil
	}
}

// Of what many records want at the same time, so much is asked of a parser, or of the benchmarks' programs, at once. The
// filter has so many workers more than judges, that there are many who ask.
const together = 32

// checkTests checks the tests of several answers in one process, where several are there.
func (r *Run) checkTests(ctx context.Context) synth.CheckTests {
	one := flow.Group(ctx, r.judges.jobs, together, func(ctx context.Context, sets [][]string) ([]pyast.Tests, error) {
		return r.parser.Tests(ctx, sets, make([]string, len(sets)))
	})
	return func(ctx context.Context, sets [][]string, _ []string) ([]pyast.Tests, error) {
		tests, err := one(ctx, sets[0])
		return []pyast.Tests{tests}, err
	}
}

func (r *Run) oracle(prompt *sample.Prompt) do {
	return func(ctx context.Context, rec record) (record, *acecoder.Drop, error) {
		p := *rec.problem
		var err error
		for _, alias := range r.cfg.Oracle.Models {
			cfg := r.cfg.Oracle.of(r.cfg.Models[alias].Model, r.cfg.Filter.Shown)
			if p, err = sample.Oracles(ctx, r.asks(stageOracle, alias), p, prompt, cfg); err != nil {
				break
			}
		}
		rec.problem = &p
		drop, err := asDrop(stageOracle, p.ID, nil, err)
		return rec, drop, err
	}
}

func (r *Run) filter() do {
	return func(ctx context.Context, rec record) (record, *acecoder.Drop, error) {
		p, drop, err := filter.Do(ctx, r.judges.oracles.Judge, *rec.problem, r.cfg.Filter.Config, r.judges.again()...)
		rec.problem = &p
		if drop == nil && err == nil {
			drop, err = r.answered(ctx, p) // by the tests that are left: of all of them some are wrong
		}
		return rec, drop, err
	}
}

func (r *Run) sample(prompt *sample.Prompt) do {
	return func(ctx context.Context, rec record) (record, *acecoder.Drop, error) {
		p := *rec.problem
		var drop *acecoder.Drop
		var err error
		for _, alias := range r.cfg.Sample.Models {
			cfg := r.cfg.Sample.of(r.cfg.Models[alias].Model, r.cfg.Filter.Shown)
			var none *acecoder.Drop
			p, none, err = sample.Do(ctx, r.asks(stageSample, alias), p, prompt, cfg)
			if none, err = asDrop(stageSample, p.ID, none, err); err != nil {
				return rec, nil, err
			}
			if none != nil {
				drop = none
			}
		}
		rec.problem = &p
		if len(p.Programs) > 0 {
			drop = nil // one model's programs are enough
		}
		return rec, drop, nil
	}
}

func (r *Run) score() do {
	cfg := score.Config{AcceptInProcess: r.cfg.Score.AcceptInProcess, OmitCPU: true}
	return func(ctx context.Context, rec record) (record, *acecoder.Drop, error) {
		p, drop, err := score.Do(ctx, r.judges.programs.Judge, *rec.problem, cfg)
		rec.problem = &p
		return rec, drop, err
	}
}

func (r *Run) pairs() do {
	return func(_ context.Context, rec record) (record, *acecoder.Drop, error) {
		made, drop, err := pairs.Make(*rec.problem, r.cfg.Pairs)
		rec.pairs = made
		return rec, drop, err
	}
}
