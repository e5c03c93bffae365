package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/stats"
)

// modelFlags say which model is asked, and where.
type modelFlags struct {
	server llm.Config
	model  string
	cache  string
}

func (f *modelFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.model, "model", "", "the model, by the name that the server knows (required)")
	flags.StringVar(&f.server.BaseURL, "url", "", "the server's address with the version, such as http://localhost:8000/v1 (required)")
	flags.StringVar(&f.server.KeyEnv, "key-env", "", "the environment variable that holds the server's key (none: no key is sent)")
	flags.StringVar(&f.server.Revision, "revision", "", "tells apart models that have one name; part of the cache's keys")
	flags.IntVar(&f.server.Concurrency, "concurrency", 64, "most requests in flight")
	flags.IntVar(&f.server.RequestsPerMinute, "requests-per-minute", 0, "0: as many as the server takes")
	flags.IntVar(&f.server.TokensPerMinute, "tokens-per-minute", 0, "0: as many as the server takes")
	flags.DurationVar(&f.server.Timeout, "timeout", 10*time.Minute, "of one request")
	flags.StringVar(&f.cache, "cache", "", "the folder of answers that all commands share (default: the user's cache folder)")
}

// open makes the client. Each answer is kept before it is seen, so an interrupted command that is run again asks for
// nothing twice.
func (f *modelFlags) open(ctx context.Context, usage *usageTally) (*llm.Client, *llm.Cache, error) {
	if f.model == "" || f.server.BaseURL == "" {
		return nil, nil, usagef("--url and --model are missing: name a server and a model")
	}
	if err := f.server.Validate(); err != nil {
		return nil, nil, usageError{err}
	}
	if f.server.KeyEnv != "" {
		if f.server.APIKey = os.Getenv(f.server.KeyEnv); f.server.APIKey == "" {
			return nil, nil, usagef("--key-env: the environment variable %s is not set: put the key there", f.server.KeyEnv)
		}
	}
	dir := f.cache
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, nil, fmt.Errorf("find a folder for the cache of answers (--cache names one): %w", err)
		}
		dir = filepath.Join(user, "acecoder")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, fmt.Errorf("make the folder for the cache of answers: %w", err)
	}
	cache, err := llm.OpenCache(ctx, filepath.Join(dir, "answers.db"))
	if err != nil {
		return nil, nil, err
	}
	f.server.Cache, f.server.Observe = cache, usage.add
	client, err := llm.New(f.server)
	return client, cache, err
}

// usageTally counts what models were asked.
type usageTally struct {
	mu               sync.Mutex
	Requests         int              `json:"requests"`
	Answers          int              `json:"answers"`
	Cached           int              `json:"cached"`
	PromptTokens     int              `json:"prompt_tokens"`
	CompletionTokens int              `json:"completion_tokens"`
	Faults           map[llm.Kind]int `json:"faults,omitempty"`
}

func (t *usageTally) add(e llm.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Kind == llm.KindCached {
		t.Cached += e.Samples
		return
	}
	t.Requests++
	t.Answers += e.Samples
	t.PromptTokens += e.Usage.PromptTokens
	t.CompletionTokens += e.Usage.CompletionTokens
	if e.Kind != llm.KindOK {
		if t.Faults == nil {
			t.Faults = map[llm.Kind]int{}
		}
		t.Faults[e.Kind]++
	}
}

func (t *usageTally) text() string {
	line := fmt.Sprintf("requests: %s; answers: %s, and %s from the cache; tokens: %s of prompts, %s of answers\n", stats.Grouped(t.Requests),
		stats.Grouped(t.Answers), stats.Grouped(t.Cached), stats.Grouped(t.PromptTokens), stats.Grouped(t.CompletionTokens))
	var faults []string
	for _, kind := range llm.Kinds() {
		if n := t.Faults[kind]; n > 0 {
			faults = append(faults, fmt.Sprintf("%s %s", kind, stats.Grouped(n)))
		}
	}
	if len(faults) > 0 {
		line += "  faults: " + strings.Join(faults, ", ") + "\n"
	}
	return line
}

// asked is a record after a stage that asks: what goes on, or why nothing does.
type asked struct {
	source string
	before int // tests
	after  acecoder.Problem
	drop   *acecoder.Drop
}

// asking runs a stage that asks a model about each record of an input, many at a time, and writes what comes of them in
// the order of the input.
type asking[T any] struct {
	name    string
	flags   *stageFlags
	workers int
	config  any
	usage   *usageTally
	input   func(*jsonl.Reader, *cobra.Command) *input[T]
	do      func(context.Context, T) (asked, error)
}

func (s *asking[T]) run(a *app, cmd *cobra.Command) error {
	if err := s.flags.check(); err != nil {
		return err
	}
	reader, err := jsonl.Open(s.flags.in)
	if err != nil {
		return err
	}
	defer reader.Close()
	in := s.input(reader, cmd)
	out := &sink{funnel: stats.NewFunnel()}
	if out.out, err = create(s.flags.out, false); err != nil {
		return err
	}
	if out.drops, err = create(s.flags.drops, false); err != nil {
		return out.out.finish(err, false)
	}
	p := newProgress(cmd.ErrOrStderr(), s.name)
	err = out.out.finish(out.drops.finish(s.pass(a, in, out, p), false), false)
	r := report{Stage: s.name, Config: s.config, Usage: s.usage, Seconds: p.stop()}
	if err != nil {
		return err
	}
	r.Rows, r.BadRows, r.Drops, r.Funnel = in.rows, in.bad, out.dropped, out.funnel.Report()
	return s.flags.conclude(cmd, &r)
}

func (s *asking[T]) pass(a *app, in *input[T], out *sink, p *progress) error {
	feed := func() iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			for r, err := range in.all(a.drain) {
				if !yield(r.value, err) || err != nil {
					return
				}
			}
		}
	}
	for item, err := range flow.Map(a.stop, s.workers, feed(), s.do) {
		if err != nil {
			return err
		}
		p.add()
		out.funnel.Before(item.source, item.before)
		if item.drop != nil {
			if err := out.drop(item.source, item.drop); err != nil {
				return err
			}
			continue
		}
		out.funnel.After(item.source, len(item.after.Tests))
		if err := out.out.put(item.after); err != nil {
			return err
		}
	}
	return nil
}

// roles are what --as takes.
var roles = []string{"programs", "oracles"}

func validRole(role string) bool { return slices.Contains(roles, role) }
