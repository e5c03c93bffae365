package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/store"
)

// client is the endpoint as the client of servers takes it, but for the key.
func (e Endpoint) client() llm.Config {
	return llm.Config{
		BaseURL: e.URL, KeyEnv: e.KeyEnv, Headers: e.Headers,
		Concurrency: e.Concurrency, RequestsPerMinute: e.RequestsPerMinute, TokensPerMinute: e.TokensPerMinute,
		Timeout: e.Timeout, MaxAttempts: e.MaxAttempts,
		MaxTokensField: e.MaxTokensField, ServerN: e.ServerN, Prefix: e.Prefix,
	}
}

// workers is how many records a stage works on that asks this endpoint: a request each, and some that find their answers
// in the cache meanwhile.
func (e Endpoint) workers() int {
	if e.Concurrency == 0 {
		return 64
	}
	return e.Concurrency
}

// KeyMissingError tells that an endpoint's key is not in the environment.
type KeyMissingError struct{ Endpoint, Variable string }

// Error says which variable to set.
func (e *KeyMissingError) Error() string {
	return fmt.Sprintf("endpoint %s: the environment variable %s is not set: put the key there and run again", e.Endpoint, e.Variable)
}

// openModels makes a client for each endpoint that a stage uses, all with one cache and one budget.
func (r *Run) openModels(ctx context.Context) error {
	path, err := r.cfg.cacheFile()
	if err != nil {
		return err
	}
	if r.cache, err = llm.OpenCache(ctx, path); err != nil {
		return err
	}
	spent, err := r.spent(ctx)
	if err != nil {
		return err
	}
	b := r.cfg.Budget
	r.budget = llm.NewBudget(llm.Spending{Money: b.Cost, Tokens: int64(b.Tokens), Requests: int64(b.Requests)}, spent)
	r.clients = map[string]*llm.Client{}
	for _, alias := range r.cfg.modelsInUse() {
		name := r.cfg.Models[alias].Endpoint
		if r.clients[name] != nil {
			continue
		}
		e := r.cfg.Endpoints[name]
		cfg := e.client()
		if e.Checkpoint != "" {
			server, err := r.startLocal(ctx, e, r.cfg.Models[alias].Model)
			if err != nil {
				return fmt.Errorf("endpoint %s: %w", name, err)
			}
			cfg.BaseURL, cfg.Transport = "http://checkpoint/v1", server
		}
		cfg.Cache, cfg.Budget = r.cache, r.budget
		if e.KeyEnv != "" && e.Mode != ModeOffline {
			if cfg.APIKey = os.Getenv(e.KeyEnv); cfg.APIKey == "" {
				return &KeyMissingError{name, e.KeyEnv}
			}
		}
		if r.clients[name], err = llm.New(cfg); err != nil {
			return fmt.Errorf("endpoint %s: %w", name, err)
		}
	}
	return nil
}

// cacheFile is where answers are kept for all runs.
func (c *Config) cacheFile() (string, error) {
	dir := c.Cache
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for the cache of answers (set cache in the configuration): %w", err)
		}
		dir = filepath.Join(user, "acecoder")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("make the folder for the cache of answers: %w", err)
	}
	return filepath.Join(dir, "answers.db"), nil
}

// modelsInUse are the models that stages name, each once.
func (c *Config) modelsInUse() []string {
	var all []string
	seen := map[string]bool{}
	for _, alias := range append(append([]string{c.Synth.Model}, c.Oracle.Models...), c.Sample.Models...) {
		if !seen[alias] {
			seen[alias] = true
			all = append(all, alias)
		}
	}
	return all
}

// spent is what the run has spent so far.
func (r *Run) spent(ctx context.Context) (llm.Spending, error) {
	usage, err := r.db.Usage(ctx)
	if err != nil {
		return llm.Spending{}, err
	}
	var s llm.Spending
	for _, u := range usage {
		if llm.Kind(u.Kind) == llm.KindCached {
			continue
		}
		s.Money += u.Cost
		s.Tokens += int64(u.PromptTokens + u.CompletionTokens)
		s.Requests += int64(u.N)
	}
	return s, nil
}

// client returns the client of a model in a stage: its use is counted under the stage's name.
func (r *Run) client(stage, alias string) *llm.Client {
	m := r.cfg.Models[alias]
	return r.clients[m.Endpoint].As(llm.Variant{
		Revision: m.Revision, Prices: m.Prices,
		Observe: func(e llm.Event) { r.count(stage, alias, e) },
	})
}

// count adds an event to what is known of a stage's use of a model.
func (r *Run) count(stage, alias string, e llm.Event) {
	u := store.Usage{
		Stage: stage, Model: alias, Kind: string(e.Kind), N: 1, Samples: e.Samples,
		PromptTokens: e.Usage.PromptTokens, CachedPromptTokens: e.Usage.CachedPromptTokens,
		CompletionTokens: e.Usage.CompletionTokens, ReasoningTokens: e.Usage.ReasoningTokens,
		Cost: e.Usage.Cost, Seconds: e.Latency.Seconds(),
	}
	if e.Kind == llm.KindCached {
		u.Cost = 0 // it was paid for before
	}
	r.db.Use(u)
	r.spentNow.add(e)
}

// asks returns the function by which a stage asks a model. A request that the server fails on again and again, while it
// answers others, is the record's trouble and not the run's: it comes back as an [unanswered].
func (r *Run) asks(stage, alias string) func(context.Context, llm.Request, int, int) ([]llm.Answer, error) {
	client := r.client(stage, alias)
	return func(ctx context.Context, q llm.Request, first, n int) ([]llm.Answer, error) {
		answers, err := client.Ask(ctx, q, first, n)
		if down, ok := errors.AsType[*llm.UnavailableError](err); ok && down.Others {
			return nil, &unanswered{down}
		}
		return answers, err
	}
}

// unanswered is an error that becomes a drop.
type unanswered struct{ err error }

func (e *unanswered) Error() string { return e.err.Error() }
func (e *unanswered) Unwrap() error { return e.err }

// asDrop turns an error of a stage that is a record's fate into its drop.
func asDrop(stage, id string, drop *acecoder.Drop, err error) (*acecoder.Drop, error) {
	if u, ok := errors.AsType[*unanswered](err); ok {
		return &acecoder.Drop{ID: id, Stage: stage, Reason: acecoder.DropUnanswered, Detail: u.Error()}, nil
	}
	return drop, err
}
