package llm_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// askAll asks all questions at once and returns how many were answered rightly, and the other errors.
func askAll(ctx context.Context, t *testing.T, client *llm.Client, all []string) (answered int, errs []error) {
	t.Helper()
	var mu sync.Mutex
	var joined sync.WaitGroup
	for _, q := range all {
		joined.Go(func() {
			got, err := client.Ask(ctx, seeded(q), 0, 1)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				errs = append(errs, err)
			case got[0].Text != right(q, 0):
				t.Errorf("Ask(%s) = %q, want %q", q, got[0].Text, right(q, 0))
			default:
				answered++
			}
		})
	}
	joined.Wait()
	return answered, errs
}

// crowd is a server that takes so many requests at once, and complains about more.
type crowd struct {
	mu     sync.Mutex
	flying int
	most   int
	after  string // Retry-After of its complaints
	work   time.Duration
}

func (c *crowd) fault(call llmtest.Call) llmtest.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flying >= c.most {
		if c.after != "" {
			return llmtest.Status(429, "too many at once", "Retry-After", c.after)
		}
		return llmtest.Status(429, "too many at once")
	}
	c.flying++
	time.AfterFunc(c.work, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.flying--
	})
	return llmtest.Fault{}
}

// TestClientFindsTheServersPace: 64 at once to a server that takes five; all are answered, and few are turned away.
func TestClientFindsTheServersPace(t *testing.T) {
	for _, after := range []string{"", "2"} {
		synctest.Test(t, func(t *testing.T) {
			c := &crowd{most: 5, after: after, work: time.Second}
			server := llmtest.New(llmtest.Config{Fault: c.fault, Latency: time.Second})
			var seen events
			client := clientOf(t, server, func(c *llm.Config) { c.Observe = seen.add })
			const n = 400
			start := time.Now()
			answered, errs := askAll(t.Context(), t, client, questions(n))
			if answered != n || len(errs) > 0 {
				t.Fatalf("Retry-After %q: %d of %d were answered, errors %v", after, answered, n, errs)
			}
			limited := seen.count(llm.KindRateLimited)
			took := time.Since(start)
			t.Logf("Retry-After %q: %d requests took %v, the server alone needs %v; %d were turned away", after, n, took, n/5*time.Second, limited)
			if took > 3*n/5*time.Second || limited > n {
				t.Errorf("Retry-After %q: took %v, turned away %d", after, took, limited)
			}
			time.Sleep(time.Minute) // the crowd's timers
		})
	}
}

// TestPauseIsForAll: after one Retry-After nobody sends anything until then.
func TestPauseIsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var early int
		server := llmtest.New(llmtest.Config{Fault: func(c llmtest.Call) llmtest.Fault {
			mu.Lock()
			defer mu.Unlock()
			if since := time.Since(start); since > 0 && since < 30*time.Second {
				early++
			}
			if c.N == 0 {
				return llmtest.Status(429, "slow down", "Retry-After", "30")
			}
			return llmtest.Fault{}
		}, Latency: time.Millisecond})
		client := clientOf(t, server, func(c *llm.Config) { c.Concurrency = 1 })
		if answered, errs := askAll(t.Context(), t, client, questions(20)); answered != 20 {
			t.Errorf("%d answered, errors %v", answered, errs)
		}
		if took := time.Since(start); took < 30*time.Second || early > 0 {
			t.Errorf("all took %v, %d requests came within the pause", took, early)
		}
	})
}

// TestUsedUpLimitPauses: an answer that says that nothing remains has everybody wait for the reset.
func TestUsedUpLimitPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := llmtest.New(llmtest.Config{})
		client := clientOf(t, inner, func(c *llm.Config) {
			c.Transport = transportFunc(func(r *httpRequest) (*httpResponse, error) {
				resp, err := inner.Transport().RoundTrip(r) //nolint:bodyclose // the client closes it
				if err == nil && inner.Chats() == 1 {
					resp.Header.Set("x-ratelimit-remaining-tokens", "0")
					resp.Header.Set("x-ratelimit-reset-tokens", "45s")
				}
				return resp, err
			})
		})
		start := time.Now()
		for _, q := range questions(3) {
			if _, err := client.Ask(t.Context(), ask(q), 0, 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 45*time.Second {
			t.Errorf("three requests took %v, want 45s", took)
		}
	})
}

func TestRequestsPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := clientOf(t, llmtest.New(llmtest.Config{}), func(c *llm.Config) { c.RequestsPerMinute = 30 })
		start := time.Now()
		askAll(t.Context(), t, client, questions(31))
		if took := time.Since(start); took < 59*time.Second || took > time.Minute {
			t.Errorf("31 requests at 30 a minute took %v", took)
		}
	})
}

func TestTokensPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		client := clientOf(t, llmtest.New(llmtest.Config{Size: 4000}), func(c *llm.Config) { c.TokensPerMinute, c.Observe = 12_000, seen.add })
		start := time.Now()
		for _, q := range questions(24) {
			if _, err := client.Ask(t.Context(), seeded(q), 0, 1); err != nil {
				t.Fatal(err)
			}
		}
		tokens := 0
		for _, e := range seen.all {
			tokens += e.Usage.PromptTokens + e.Usage.CompletionTokens
		}
		want := time.Duration(tokens) * time.Minute / 12_000
		if took := time.Since(start); took < want-20*time.Second || took > want+10*time.Second {
			t.Errorf("%d tokens at 12,000 a minute took %v, want about %v", tokens, took, want)
		}
	})
}

// TestTokensAreSettled: who took more than was thought makes the next one wait.
func TestTokensAreSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := clientOf(t, llmtest.New(llmtest.Config{Size: 20_000}), func(c *llm.Config) { c.TokensPerMinute = 12_000 })
		start := time.Now()
		for _, q := range questions(2) {
			if _, err := client.Ask(t.Context(), ask(q), 0, 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 25*time.Second || took > 27*time.Second {
			t.Errorf("the second request was sent after %v, want after the 25s that the first one's 5,000 tokens take", took)
		}
	})
}

// TestBudgetStops: what is spent stays below the limit, all of it is used, and nothing more is sent.
func TestBudgetStops(t *testing.T) {
	for name, limit := range map[string]llm.Spending{"requests": {Requests: 40}, "tokens": {Tokens: 5000}, "money": {Money: 0.01}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := llmtest.New(llmtest.Config{Latency: time.Second, Size: 400})
				budget := llm.NewBudget(limit, llm.Spending{})
				client := clientOf(t, server, func(c *llm.Config) {
					c.Budget, c.Prices = budget, llm.Prices{Prompt: 1, Completion: 4}
				})
				ctx := t.Context()
				answered, errs := askBudgeted(ctx, t, client, questions(200))
				for _, err := range errs {
					if !errors.Is(err, llm.ErrBudget) {
						t.Errorf("Ask: %v, want ErrBudget", err)
					}
				}
				spent := budget.Spent()
				if spent.Requests != int64(answered) || answered+len(errs) != 200 || server.Chats() != answered {
					t.Errorf("%d answered, %d errors, %d requests sent, %+v spent", answered, len(errs), server.Chats(), spent)
				}
				over := limit.Money > 0 && spent.Money > limit.Money || limit.Tokens > 0 && spent.Tokens > limit.Tokens || limit.Requests > 0 && spent.Requests > limit.Requests
				used := max(spent.Money/max(limit.Money, 1e-9), float64(spent.Tokens)/max(float64(limit.Tokens), 1e-9), float64(spent.Requests)/max(float64(limit.Requests), 1e-9))
				if over || limit.Requests > 0 && spent.Requests != limit.Requests || answered < 20 {
					t.Errorf("spent %+v of %+v (%v)", spent, limit, used)
				}
			})
		})
	}
}

// askBudgeted asks with a limit of the answers' length that holds.
func askBudgeted(ctx context.Context, t *testing.T, client *llm.Client, all []string) (answered int, errs []error) {
	t.Helper()
	var mu sync.Mutex
	var joined sync.WaitGroup
	for _, q := range all {
		joined.Go(func() {
			r := seeded(q)
			r.MaxTokens = 150
			_, err := client.Ask(ctx, r, 0, 1)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			} else {
				answered++
			}
		})
	}
	joined.Wait()
	return answered, errs
}

// TestBudgetOfSilentServer: a server that does not say what it took is charged what it may have taken.
func TestBudgetOfSilentServer(t *testing.T) {
	budget := llm.NewBudget(llm.Spending{Tokens: 1000}, llm.Spending{})
	client := clientOf(t, llmtest.New(llmtest.Config{NoUsage: true}), func(c *llm.Config) { c.Budget = budget })
	answered, errs := askBudgeted(t.Context(), t, client, questions(20))
	if spent := budget.Spent(); answered != 6 || len(errs) != 14 || spent.Tokens < 900 || spent.Tokens > 1000 {
		t.Errorf("%d answered, %d errors, %+v spent, want 6 of about 155 tokens", answered, len(errs), spent)
	}
}

// TestEvents: each request and each use of the cache has an event, and the usage adds up.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		budget := llm.NewBudget(llm.Spending{}, llm.Spending{})
		client := clientOf(t, llmtest.New(llmtest.Config{Latency: 3 * time.Second, Fault: llmtest.First(1, llmtest.Status(500, "m"))}), func(c *llm.Config) {
			c.Observe, c.Cache, c.Budget, c.Prices = seen.add, newCache(t), budget, llm.Prices{Prompt: 1, Completion: 2}
		})
		if _, err := client.Ask(t.Context(), ask("q"), 0, 3); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Ask(t.Context(), ask("q"), 1, 2); err != nil {
			t.Fatal(err)
		}
		type row struct {
			kind             llm.Kind
			samples, attempt int
			latency          time.Duration
		}
		want := []row{{llm.KindServerError, 0, 1, 3 * time.Second}, {llm.KindOK, 3, 2, 3 * time.Second}, {llm.KindCached, 2, 0, 0}}
		for i, e := range seen.all {
			if i >= len(want) || (row{e.Kind, e.Samples, e.Attempt, e.Latency}) != want[i] || e.Model != "stub" {
				t.Errorf("event %d: %+v, want %v", i, e, want)
			}
		}
		ok := seen.all[1].Usage
		spent := budget.Spent()
		if math.Abs(spent.Money-ok.Cost) > 1e-12 || ok.Cost == 0 || spent.Tokens != int64(ok.PromptTokens+ok.CompletionTokens) || spent.Requests != 2 {
			t.Errorf("spent %+v, and the event says %+v", spent, ok)
		}
	})
}

func TestKinds(t *testing.T) {
	seen := map[llm.Kind]bool{}
	answered := 0
	for _, k := range llm.Kinds() {
		if seen[k] || k == "" {
			t.Errorf("kind %q is empty or there twice", k)
		}
		seen[k] = true
		if k.Answered() {
			answered++
		}
	}
	if answered != 4 {
		t.Errorf("%d kinds are answers, want 4", answered)
	}
}
