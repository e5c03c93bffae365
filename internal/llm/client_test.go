package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// TestSameAnswersHoweverAsked: answers do not depend on how many are asked for at once, on the server's manners, on
// what is in the cache, or on faults on the way.
func TestSameAnswersHoweverAsked(t *testing.T) {
	stormy := func(c llmtest.Call) llmtest.Fault {
		if !c.Chat() {
			return llmtest.Fault{}
		}
		switch c.N % 7 {
		case 1:
			return llmtest.Status(429, "slow down", "retry-after-ms", "20")
		case 3:
			return llmtest.Status(500, "oops")
		case 4:
			return llmtest.Fault{Break: llmtest.Reset}
		}
		return llmtest.Fault{}
	}
	manners := map[string]llmtest.Config{"well-behaved": {}, "one sample a request": {IgnoreN: true}, "n is refused": {RejectN: true}, "stormy": {Fault: stormy}}
	for name, cfg := range manners {
		for _, concurrency := range []int{1, 3, 64} {
			for _, cached := range []string{"no cache", "an empty cache", "a part is cached", "all is cached"} {
				t.Run(fmt.Sprint(name, ", ", concurrency, " at once, ", cached), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						cfg.Latency = 10 * time.Millisecond
						server := llmtest.New(cfg)
						client := clientOf(t, server, func(c *llm.Config) {
							c.Concurrency = concurrency
							if cached != "no cache" {
								c.Cache = newCache(t)
							}
						})
						preload(t, client, cached)
						checkAll(t, client)
						if distinct, again := server.Billed(); distinct != len(questions(6))*5 || again != 0 {
							t.Errorf("billed: %d samples, %d of them again, want %d and 0", distinct, again, len(questions(6))*5)
						}
						if server.MostAtOnce() > concurrency {
							t.Errorf("at once: %d requests, want at most %d", server.MostAtOnce(), concurrency)
						}
					})
				})
			}
		}
	}
}

// preload asks for a part of what checkAll asks for.
func preload(t *testing.T, client *llm.Client, cached string) {
	t.Helper()
	switch cached {
	case "a part is cached":
		for i, q := range questions(3) {
			if _, err := client.Ask(t.Context(), seeded(q), 2*i, 1); err != nil {
				t.Fatal(err)
			}
		}
	case "all is cached":
		checkAll(t, client)
	}
}

// checkAll asks for five samples of each of six questions, all at the same time.
func checkAll(t *testing.T, client *llm.Client) {
	t.Helper()
	var joined sync.WaitGroup
	defer joined.Wait()
	for _, q := range questions(6) {
		joined.Go(func() {
			got, err := client.Ask(t.Context(), seeded(q), 0, 5)
			if want := rightAll(q, 0, 5); err != nil || !slices.Equal(texts(got), want) {
				t.Errorf("Ask(%s, 5 samples) = %q, %v, want %q", q, texts(got), err, want)
			}
		})
	}
}

// TestSeveralSamples: without a seed, one request brings them all where the server lets it.
func TestSeveralSamples(t *testing.T) {
	tests := []struct {
		name   string
		server llmtest.Config
		change func(*llm.Config)
		chats  int // for two questions of 4 samples
		kinds  []llm.Kind
	}{
		{"a server that gives them", llmtest.Config{}, nil, 2, []llm.Kind{llm.KindOK, llm.KindOK}},
		{"a server that ignores n", llmtest.Config{IgnoreN: true}, nil, 8, []llm.Kind{
			llm.KindNIgnored, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK,
		}},
		{"a server that refuses n", llmtest.Config{RejectN: true}, nil, 9, []llm.Kind{
			llm.KindFieldRejected, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK, llm.KindOK,
		}},
		{"never, as configured", llmtest.Config{}, func(c *llm.Config) { c.ServerN = llm.ServerNNever }, 8, slices.Repeat([]llm.Kind{llm.KindOK}, 8)},
		{"always, as configured, and ignored", llmtest.Config{IgnoreN: true}, func(c *llm.Config) { c.ServerN = llm.ServerNAlways }, 8, []llm.Kind{
			llm.KindNIgnored, llm.KindNIgnored, llm.KindNIgnored, llm.KindOK, llm.KindNIgnored, llm.KindNIgnored, llm.KindNIgnored, llm.KindOK,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := llmtest.New(tt.server)
			var seen events
			client := clientOf(t, server, func(c *llm.Config) {
				c.Observe = seen.add
				if tt.change != nil {
					tt.change(c)
				}
			})
			for _, q := range questions(2) {
				got, err := client.Ask(t.Context(), ask(q), 0, 4)
				// One sample a request comes in any order.
				if want := rightAll(q, 0, 4); err != nil || !slices.Equal(slices.Sorted(slices.Values(texts(got))), slices.Sorted(slices.Values(want))) {
					t.Errorf("Ask(%s, 4 samples) = %q, %v, want %q in any order", q, texts(got), err, want)
				}
			}
			if server.Chats() != tt.chats || !slices.Equal(seen.kinds(), tt.kinds) {
				t.Errorf("%d requests, events %v, want %d, %v", server.Chats(), seen.kinds(), tt.chats, tt.kinds)
			}
		})
	}
}

func TestOnlyMissingSamplesAreAskedFor(t *testing.T) {
	server := llmtest.New(llmtest.Config{})
	var seen events
	client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.Observe = newCache(t), seen.add })
	for _, step := range []struct{ first, n, billed, cached int }{
		{2, 1, 1, 0}, {0, 4, 4, 1}, {0, 4, 4, 4}, {3, 3, 6, 1}, {0, 0, 6, 0},
	} {
		before, err := client.Cached(t.Context(), ask("q"), step.first, step.n)
		if err != nil || before != step.cached {
			t.Errorf("Cached(%d, %d) = %d, %v, want %d", step.first, step.n, before, err, step.cached)
		}
		got, err := client.Ask(t.Context(), ask("q"), step.first, step.n)
		if err != nil || len(got) != step.n {
			t.Fatalf("Ask(%d, %d) = %v, %v", step.first, step.n, got, err)
		}
		cached := 0
		for _, a := range got {
			if a.Cached {
				cached++
			}
		}
		if distinct, again := server.Billed(); distinct != step.billed || again != 0 || cached != step.cached {
			t.Errorf("Ask(%d, %d): billed %d and %d again, %d cached, want %d, 0, %d", step.first, step.n, distinct, again, cached, step.billed, step.cached)
		}
	}
	one, err1 := client.Ask(t.Context(), ask("q"), 0, 6)
	two, err2 := client.Ask(t.Context(), ask("q"), 0, 6)
	if err1 != nil || err2 != nil || !slices.Equal(one, two) {
		t.Errorf("the same samples twice: %v, %v and %v, %v", one, err1, two, err2)
	}
	if got := seen.count(llm.KindCached); got != 5 {
		t.Errorf("events of the cache: %d, want 5", got)
	}
}

// TestSameSampleAtOnce: who asks for what is being asked for waits for it.
func TestSameSampleAtOnce(t *testing.T) {
	for _, kept := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			server := llmtest.New(llmtest.Config{Latency: time.Second})
			client := clientOf(t, server, func(c *llm.Config) {
				if kept {
					c.Cache = newCache(t)
				}
			})
			var joined sync.WaitGroup
			var mu sync.Mutex
			paid := 0
			for i := range 20 {
				joined.Go(func() {
					got, err := client.Ask(t.Context(), ask("q"), i%3, 2) // samples 0 to 3
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					for _, a := range got {
						if !a.Cached {
							paid++
						}
					}
				})
			}
			joined.Wait()
			if distinct, again := server.Billed(); distinct != 4 || again != 0 || paid != 4 {
				t.Errorf("billed: %d, %d again, %d answers not cached, want 4, 0, 4", distinct, again, paid)
			}
		})
	}
}

// TestOwnerGivesUp: who waits for somebody else's request asks anew when that one gives up.
func TestOwnerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Latency: 10 * time.Second})
		client := clientOf(t, server, nil)
		owner, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := client.Ask(owner, ask("q"), 0, 1)
			gaveUp <- err
		}()
		synctest.Wait()
		waiter := make(chan error)
		go func() {
			_, err := client.Ask(t.Context(), ask("q"), 0, 1)
			waiter <- err
		}()
		synctest.Wait()
		time.Sleep(time.Second)
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("the owner's Ask: %v, want its ctx's error", err)
		}
		if err := <-waiter; err != nil || server.Chats() != 2 {
			t.Errorf("the other's Ask: %v after %d requests, want the answer of the second", err, server.Chats())
		}
	})
}

// TestSharedRefusal: all who wait for a refused request get its refusal.
func TestSharedRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Latency: time.Second, Fault: llmtest.First(1, llmtest.Status(400, "no"))})
		client := clientOf(t, server, nil)
		var joined sync.WaitGroup
		for range 5 {
			joined.Go(func() {
				if _, err := client.Ask(t.Context(), ask("q"), 0, 1); !isRefused(err) {
					t.Errorf("Ask: %v, want a RefusedError", err)
				}
			})
		}
		joined.Wait()
		if server.Chats() != 1 {
			t.Errorf("%d requests, want 1", server.Chats())
		}
	})
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*llm.RefusedError](err)
	return ok
}

// TestPaidSamplesAreKept: where one sample of several fails, the others are in the cache.
func TestPaidSamplesAreKept(t *testing.T) {
	server := llmtest.New(llmtest.Config{Fault: func(c llmtest.Call) llmtest.Fault {
		if strings.Contains(string(c.Body), `"seed":3`) {
			return llmtest.Status(400, "not this one")
		}
		return llmtest.Fault{}
	}})
	client := clientOf(t, server, func(c *llm.Config) { c.Cache = newCache(t) })
	if _, err := client.Ask(t.Context(), seeded("q"), 0, 6); !isRefused(err) {
		t.Errorf("Ask: %v, want a RefusedError", err)
	}
	if got, err := client.Cached(t.Context(), seeded("q"), 0, 6); err != nil || got != 5 {
		t.Errorf("Cached = %d, %v, want 5", got, err)
	}
}

func TestAskWithoutServer(t *testing.T) {
	cache := newCache(t)
	r := ask("q")
	put(t, cache, keyOf(t, r), 0, llm.Answer{Text: "a"})
	client, err := llm.New(llm.Config{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.Ask(t.Context(), r, 0, 1); err != nil || got[0].Text != "a" {
		t.Errorf("Ask for what is in the cache = %v, %v", got, err)
	}
	if _, err := client.Ask(t.Context(), r, 0, 2); err == nil || !strings.Contains(err.Error(), "no base_url is configured") {
		t.Errorf("Ask for what is not: %v, want an error about the base URL", err)
	}
}

func TestAskRefusesNonsense(t *testing.T) {
	client := clientOf(t, llmtest.New(llmtest.Config{}), nil)
	for name, err := range map[string]error{
		"no messages":                         third(client.Ask(t.Context(), llm.Request{Model: "m"}, 0, 1)),
		"a sample below 0":                    third(client.Ask(t.Context(), ask("q"), -1, 1)),
		"less than 0 samples":                 third(client.Ask(t.Context(), ask("q"), 0, -1)),
		"less than 0 samples, of a recording": third(readRecording(t, recordedRows).Ask(t.Context(), ask("q"), 0, -1)),
	} {
		if err == nil || isRefused(err) {
			t.Errorf("Ask with %s: %v, want an error that is no refusal", name, err)
		}
	}
}

func third(_ []llm.Answer, err error) error { return err }

// TestVariants: clients of one server share its limits and what was found out, and nothing that tells them apart.
func TestVariants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{RejectN: true, Latency: time.Second})
		var first, second events
		one := clientOf(t, server, func(c *llm.Config) { c.Cache, c.Observe, c.Concurrency, c.Revision = newCache(t), first.add, 2, "1" })
		two := one.As(llm.Variant{Revision: "2", Prices: llm.Prices{Prompt: 1000}, Observe: second.add})
		if _, err := one.Ask(t.Context(), ask("q"), 0, 2); err != nil {
			t.Fatal(err)
		}
		var joined sync.WaitGroup
		for _, client := range []*llm.Client{one, two} {
			joined.Go(func() {
				if _, err := client.Ask(t.Context(), ask("q"), 0, 4); err != nil {
					t.Error(err)
				}
			})
		}
		joined.Wait()
		if got, want := first.count(llm.KindFieldRejected)+second.count(llm.KindFieldRejected), 1; got != want {
			t.Errorf("n was refused %d times, want %d", got, want)
		}
		if first.count(llm.KindOK) != 4 || first.count(llm.KindCached) != 1 || second.count(llm.KindOK) != 4 || second.all[0].Usage.Cost == 0 || first.all[1].Usage.Cost != 0 {
			t.Errorf("events: %v and %v, want 4 answers each, and costs of the second", first.kinds(), second.kinds())
		}
		if server.MostAtOnce() != 2 {
			t.Errorf("at once: %d, want 2", server.MostAtOnce())
		}
		other := ask("q")
		other.Model = "another"
		if _, err := two.Ask(t.Context(), other, 0, 2); err != nil || second.count(llm.KindFieldRejected) != 1 {
			t.Errorf("another model: %v, n was refused %d times, want once", err, second.count(llm.KindFieldRejected))
		}
	})
}

// TestOverTheNetwork has real connections break in all ways at once.
func TestOverTheNetwork(t *testing.T) {
	faults := []llmtest.Fault{{Break: llmtest.Reset}, {Break: llmtest.Half}, {Status: 200}, {Break: llmtest.Lost}, llmtest.Status(503, "m", "retry-after-ms", "1")}
	server := llmtest.New(llmtest.Config{Size: 100_000, Fault: func(c llmtest.Call) llmtest.Fault {
		if c.N < len(faults) {
			return faults[c.N]
		}
		return llmtest.Fault{}
	}})
	listener := httptest.NewServer(server)
	defer listener.Close()
	client, err := llm.New(llm.Config{BaseURL: listener.URL + "/v1/", Cache: newCache(t)})
	if err != nil {
		t.Fatal(err)
	}
	var joined sync.WaitGroup
	for _, q := range questions(20) {
		joined.Go(func() {
			got, err := client.Ask(t.Context(), seeded(q), 0, 2)
			want := []string{llmtest.Text("stub", llmtest.Prompt("user", q), 0, 100_000), llmtest.Text("stub", llmtest.Prompt("user", q), 1, 100_000)}
			if err != nil || !slices.Equal(texts(got), want) {
				t.Errorf("Ask(%s): %v, or wrong answers", q, err)
			}
		})
	}
	joined.Wait()
}

// TestEnvironmentIsNotRead: OpenAI's variables must not send a key to another server.
func TestEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "leak")
	t.Setenv("OPENAI_ORG_ID", "leak")
	t.Setenv("OPENAI_BASE_URL", "http://leak.example")
	server := llmtest.New(llmtest.Config{})
	for _, key := range []string{"", "ours"} {
		client := clientOf(t, server, func(c *llm.Config) {
			c.APIKey, c.Headers = key, map[string]string{"X-Ours": "1"}
			inner := c.Transport
			c.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
				want := ""
				if key != "" {
					want = "Bearer " + key
				}
				if got := r.Header.Get("Authorization"); got != want || r.Header.Get("X-Ours") != "1" || r.URL.Host != "stub.example" {
					t.Errorf("Authorization %q, host %s, want %q, stub.example, and X-Ours", got, r.URL.Host, want)
				}
				for name, values := range r.Header {
					if strings.Contains(strings.Join(values, ""), "leak") {
						t.Errorf("%s: %v came from the environment", name, values)
					}
				}
				return inner.RoundTrip(r)
			})
		})
		if _, err := client.Ask(t.Context(), ask("q"+key), 0, 1); err != nil {
			t.Error(err)
		}
	}
}
