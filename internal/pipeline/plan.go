package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/store"
)

// Planned is what a stage is expected to ask of a model yet.
type Planned struct {
	Stage            string  `json:"stage"`
	Model            string  `json:"model"`
	Records          float64 `json:"records"`  // that it has not been asked about
	Requests         float64 `json:"requests"` // without what is cached
	Cached           float64 `json:"cached"`   // answers that are there already
	PromptTokens     float64 `json:"prompt_tokens"`
	CompletionTokens float64 `json:"completion_tokens"`
	Cost             float64 `json:"cost"`
	Seconds          float64 `json:"seconds"`  // with as many requests in flight as the endpoint allows
	Observed         bool    `json:"observed"` // by what this run has seen, else by what is expected
}

// Plan is what a run is expected to ask for before it is complete.
type Plan struct {
	Stages []Planned `json:"stages"`
	Total  Planned   `json:"total"`
}

// enough is how many requests are enough to go by what they took.
const enough = 10

// bytesPerToken is what a token of English and Python is long, in bytes, by the tokenizers of the models in use.
const bytesPerToken = 3.6

// wrapped is how many tokens a question with its tests takes, with the words around, where none is known yet.
const wrapped = 240

// MakePlan says what the run is expected to ask of models yet. It asks nothing. Where the run has no seeds yet, or other
// ones than the configuration says, they are made for the plan alone.
func MakePlan(ctx context.Context, cfg *Config) (*Plan, error) {
	changes, err := Explain(ctx, cfg)
	if err != nil {
		return nil, err
	}
	folder := cfg.Folder()
	scratch := *cfg
	if changes[0].Again {
		dir, err := os.MkdirTemp("", "acecoder-plan-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the plan: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		scratch.Dir, folder = dir, dir
		if err := seedOnly(ctx, &scratch); err != nil {
			return nil, err
		}
	}
	db, err := store.View(ctx, runFile(folder))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	p := planner{cfg: cfg, db: db, again: map[string]bool{}}
	for _, c := range changes {
		p.again[c.Stage] = c.Again && c.Stage != stageSeed
	}
	return p.plan(ctx)
}

// seedOnly makes the seeds of a run.
func seedOnly(ctx context.Context, cfg *Config) error {
	r, err := Open(ctx, cfg, Options{})
	if err != nil {
		return err
	}
	return errors.Join(r.seeds(ctx, ctx), r.Close())
}

// planner goes through the stages and estimates what is left.
type planner struct {
	cfg   *Config
	db    *store.DB
	cache *llm.Cache
	again map[string]bool // stages that will be done anew
	known map[string]store.Summary
	usage []store.Usage
}

func (p *planner) plan(ctx context.Context) (*Plan, error) {
	path, err := p.cfg.cacheFile()
	if err != nil {
		return nil, err
	}
	if p.cache, err = llm.OpenCache(ctx, path); err != nil {
		return nil, err
	}
	defer p.cache.Close()
	all, err := p.db.Summary(ctx)
	if err != nil {
		return nil, err
	}
	p.known = map[string]store.Summary{}
	for _, s := range all {
		if !p.again[s.Name] {
			p.known[s.Name] = s
		}
	}
	if p.usage, err = p.db.Usage(ctx); err != nil {
		return nil, err
	}
	out := &Plan{Total: Planned{Stage: "total", Observed: true}}
	coming := 0.0 // records that are not before the stage yet
	for _, stage := range chainStages {
		for _, alias := range p.cfg.modelsOf(stage) {
			one, err := p.stage(ctx, stage, alias, coming)
			if err != nil {
				return nil, err
			}
			out.Stages = append(out.Stages, one)
			out.Total.add(one)
		}
		before, err := p.count(ctx, stage)
		if err != nil {
			return nil, err
		}
		coming = (before + coming) * p.passes(stage)
	}
	return out, nil
}

func (p *Planned) add(o Planned) {
	p.Records += o.Records
	p.Requests += o.Requests
	p.Cached += o.Cached
	p.PromptTokens += o.PromptTokens
	p.CompletionTokens += o.CompletionTokens
	p.Cost += o.Cost
	p.Seconds = max(p.Seconds, o.Seconds) // stages work at the same time
	p.Observed = p.Observed && o.Observed
}

// passes is the share of a stage's records that are expected to go on: what is supposed counts as much as so many
// records that were seen, for the first seeds are seldom like all.
func (p *planner) passes(stage string) float64 {
	supposed := 1.0
	switch stage {
	case stageSynth:
		supposed = p.cfg.Expect.Problems
	case stageFilter:
		supposed = p.cfg.Expect.Kept
	}
	s := p.known[stage]
	on := float64(s.Entries)
	for _, n := range s.Drops {
		on -= float64(n)
	}
	return (supposed*enough + on) / (enough + float64(s.Entries))
}

// stage estimates what a stage will ask a model about the records before it and so many that are on their way to it.
func (p *planner) stage(ctx context.Context, stage, alias string, coming float64) (Planned, error) {
	out := Planned{Stage: stage, Model: alias}
	samples, prompt, answer := p.usual(stage, alias, &out)
	here, err := p.here(ctx, stage, alias)
	if err != nil {
		return out, err
	}
	out.Records = here.records + coming
	ask := float64(1)
	e := p.cfg.Endpoints[p.cfg.Models[alias].Endpoint]
	if e.ServerN == llm.ServerNNever {
		ask = samples
	}
	missing := here.missing + coming*samples
	out.Cached = here.records*samples - here.missing
	out.Requests = missing / samples * ask
	perRequest := prompt
	if here.records > 0 && !out.Observed {
		perRequest = here.bytes / here.records / bytesPerToken
	}
	out.PromptTokens = out.Requests * perRequest
	out.CompletionTokens = missing * answer
	prices := p.cfg.Models[alias].Prices
	out.Cost = (out.PromptTokens*prices.Prompt + out.CompletionTokens*prices.Completion) / 1e6
	out.Seconds = out.Requests * p.latency(stage, alias, answer*samples/ask) / float64(e.workers())
	return out, nil
}

// usual is what one record takes: samples, tokens of the prompt, tokens of an answer.
func (p *planner) usual(stage, alias string, out *Planned) (samples, prompt, answer float64) {
	samples, prompt = 1, wrapped
	switch stage {
	case stageSynth:
		answer = float64(p.cfg.Expect.SynthTokens)
	case stageOracle:
		samples, answer = float64(p.cfg.Oracle.N), float64(p.cfg.Expect.OracleTokens)
	case stageSample:
		samples, answer = float64(p.cfg.Sample.N), float64(p.cfg.Expect.SampleTokens)
	}
	if u, ok := p.seen(stage, alias); ok {
		out.Observed = true
		prompt, answer = float64(u.PromptTokens)/float64(u.N), float64(u.CompletionTokens)/float64(u.Samples)
	}
	return samples, prompt, answer
}

// seen is what the run has asked a model in a stage and got answers to, if it is enough to go by.
func (p *planner) seen(stage, alias string) (store.Usage, bool) {
	var all store.Usage
	for _, u := range p.usage {
		if u.Stage == stage && u.Model == alias && u.Samples > 0 && llm.Kind(u.Kind) != llm.KindCached {
			all.N += u.N
			all.Samples += u.Samples
			all.PromptTokens += u.PromptTokens
			all.CompletionTokens += u.CompletionTokens
			all.Seconds += u.Seconds
		}
	}
	return all, all.N >= enough
}

// latency is how long a request takes: as seen, or at 40 tokens a second.
func (p *planner) latency(stage, alias string, tokens float64) float64 {
	if u, ok := p.seen(stage, alias); ok {
		return u.Seconds / float64(u.N)
	}
	return math.Max(0.5, tokens/40)
}

// waiting is what is known of the records before a stage.
type waiting struct {
	records float64
	missing float64 // samples that are not cached
	bytes   float64 // of the prompts
}

// here goes through the records before a stage. Where that stage's results will be thrown away, its records are before
// it again.
func (p *planner) here(ctx context.Context, stage, alias string) (waiting, error) {
	var w waiting
	r := Run{cfg: p.cfg, db: p.db}
	request, n, err := r.requests(stage, alias)
	if err != nil {
		return w, err
	}
	for e, err := range p.entries(ctx, stage, &r) {
		if err != nil {
			return w, err
		}
		want, err := request(e)
		if errors.Is(err, errNothingAsked) {
			continue
		}
		if err != nil {
			return w, err
		}
		w.records++
		for _, m := range want.Request.Messages {
			w.bytes += float64(len(m.Content))
		}
		missing, err := p.missing(ctx, want.Request, alias, n)
		if err != nil {
			return w, err
		}
		w.missing += missing
	}
	return w, nil
}

// count is how many records are before a stage.
func (p *planner) count(ctx context.Context, stage string) (float64, error) {
	n := 0.0
	for _, err := range p.entries(ctx, stage, &Run{cfg: p.cfg, db: p.db}) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// entries are the records before a stage.
func (p *planner) entries(ctx context.Context, stage string, r *Run) iter.Seq2[store.Entry, error] {
	previous := previousOf(stage)
	switch {
	case p.again[previous]:
		return func(func(store.Entry, error) bool) {} // none is known: they will be other ones
	case p.again[stage]:
		return p.db.Rows(ctx, previous)
	}
	return r.before(ctx, stage)
}

func (p *planner) missing(ctx context.Context, q llm.Request, alias string, n int) (float64, error) {
	key, err := llm.KeyOf(q, p.cfg.Models[alias].Revision)
	if err != nil {
		return 0, err
	}
	keys := make([]llm.SampleKey, n)
	for i := range keys {
		keys[i] = llm.SampleKey{Key: key, Sample: i}
	}
	found, err := p.cache.Has(ctx, keys)
	if err != nil {
		return 0, err
	}
	missing := 0.0
	for _, there := range found {
		if !there {
			missing++
		}
	}
	return missing, nil
}
