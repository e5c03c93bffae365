package llm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
	"github.com/acecoder/acecoder/internal/llm/wire"
)

var errKilled = errors.New("killed")

// diary is a journal that may be killed: at its n-th Save, before it is done or after.
type diary struct {
	mu    sync.Mutex
	parts map[string][]byte
	saves int
	kill  int // at which Save, from 1; 0: never
	after bool
}

func (d *diary) journal() llm.Journal {
	return llm.Journal{Load: d.load, Save: d.save}
}

func (d *diary) load(context.Context) ([]llm.Part, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []llm.Part
	for _, data := range d.parts {
		var p llm.Part
		if err := json.Unmarshal(data, &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func (d *diary) save(_ context.Context, p llm.Part) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saves++
	killed := d.saves == d.kill
	if killed && !d.after {
		return errKilled
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if d.parts == nil {
		d.parts = map[string][]byte{}
	}
	d.parts[p.ID] = data
	if killed {
		return errKilled
	}
	return nil
}

// wants are n questions with two samples each, asked with a seed so that what is given twice can be told.
func wants(n int) iter.Seq2[llm.Want, error] {
	return func(yield func(llm.Want, error) bool) {
		for _, q := range questions(n) {
			if !yield(llm.Want{Request: seeded(q), N: 2}, nil) {
				return
			}
		}
	}
}

// checkWants finds the right answers to wants(n) in the cache.
func checkWants(t *testing.T, cache *llm.Cache, n int) {
	t.Helper()
	client, err := llm.New(llm.Config{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	for w := range wants(n) {
		got, err := client.Ask(t.Context(), w.Request, 0, 2)
		if want := rightAll(w.Request.Messages[0].Content, 0, 2); err != nil || !slices.Equal(texts(got), want) {
			t.Errorf("Ask after the batch = %q, %v, want %q", texts(got), err, want)
		}
	}
}

func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Polls: 5})
		cache, budget := newCache(t), llm.NewBudget(llm.Spending{}, llm.Spending{})
		prices := llm.Prices{Prompt: 1, Completion: 2}
		client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.Budget, c.Prices = cache, budget, prices })
		var d diary
		start := time.Now()
		report, err := client.Batch(t.Context(), wants(50), d.journal())
		if err != nil || report.Samples != 100 || report.Left != 0 || report.Batches != 1 || report.Lines != 100 {
			t.Fatalf("Batch = %+v, %v, want 100 samples of one batch", report, err)
		}
		if took := time.Since(start); took != 31*time.Second { // 1, 2, 4, 8 and 16 seconds between questions
			t.Errorf("Batch took %v, want 31s", took)
		}
		checkWants(t, cache, 50)
		spent, full := budget.Spent(), 0.0
		for w := range wants(50) {
			answers, err := client.Ask(t.Context(), w.Request, 0, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range answers {
				full += (float64(a.Usage.PromptTokens)*prices.Prompt + float64(a.Usage.CompletionTokens)*prices.Completion) / 1e6
			}
		}
		if spent.Requests != 100 || spent.Money < full*0.499 || spent.Money > full*0.501 {
			t.Errorf("spent %+v, want 100 requests at half of %v", spent, full)
		}
		again, err := client.Batch(t.Context(), wants(50), d.journal())
		if err != nil || again.Batches != 0 || len(server.Batches()) != 1 {
			t.Errorf("Batch again = %+v, %v, with %d batches, want nothing to do", again, err, len(server.Batches()))
		}
	})
}

// TestBatchSurvivesKills kills the process at each step, on both sides of it, and lets another go on.
func TestBatchSurvivesKills(t *testing.T) {
	for kill := 1; kill <= 4; kill++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint("save ", kill, ", after it: ", after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := llmtest.New(llmtest.Config{Polls: 2})
					cache := newCache(t)
					d := diary{kill: kill, after: after}
					_, err := clientOf(t, server, func(c *llm.Config) { c.Cache = cache }).Batch(t.Context(), wants(10), d.journal())
					if killed := errors.Is(err, errKilled); killed != (kill <= 3) { // file, batch, end
						t.Fatalf("the first Batch: %v", err)
					}
					report, err := clientOf(t, server, func(c *llm.Config) { c.Cache = cache }).Batch(t.Context(), wants(10), d.journal())
					if err != nil || report.Left != 0 {
						t.Fatalf("the second Batch = %+v, %v", report, err)
					}
					checkBilledOnce(t, server, 20)
					checkWants(t, cache, 10)
				})
			})
		}
	}
}

func checkBilledOnce(t *testing.T, server *llmtest.Server, samples int) {
	t.Helper()
	if distinct, again := server.Billed(); distinct != samples || again != 0 || len(server.Batches()) != 1 {
		t.Errorf("billed: %d samples, %d again, in %d batches, want %d, 0, 1", distinct, again, len(server.Batches()), samples)
	}
}

// TestBatchMeetsFaults breaks each of its requests in each way. No batch is made twice, and nothing is lost.
func TestBatchMeetsFaults(t *testing.T) {
	for _, request := range []string{"POST /v1/files", "POST /v1/batches", "GET /v1/batches", "GET /v1/batches/", "/content"} {
		for name, fault := range map[string]llmtest.Fault{
			"reset": {Break: llmtest.Reset}, "lost": {Break: llmtest.Lost}, "half": {Break: llmtest.Half}, "hang": {Break: llmtest.Hang},
			"500": llmtest.Status(500, "m"), "429": llmtest.Status(429, "m", "Retry-After", "3"), "no JSON": {Status: 200, Body: "<"},
		} {
			if request == "/content" && name == "no JSON" {
				continue // any text is a file
			}
			t.Run(request+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := llmtest.New(llmtest.Config{Polls: 1, Fault: func(c llmtest.Call) llmtest.Fault {
						at := c.Method + " " + c.Path
						found := at == request || strings.HasSuffix(request, "/") && strings.HasPrefix(at, request) || request == "/content" && strings.HasSuffix(at, request)
						if found && c.N < 2 {
							return fault
						}
						return llmtest.Fault{}
					}})
					cache := newCache(t)
					var d diary
					report, err := clientOf(t, server, func(c *llm.Config) { c.Cache = cache }).Batch(t.Context(), wants(10), d.journal())
					if err != nil || report.Left != 0 || report.Samples != 20 || report.Repeated != 0 {
						t.Fatalf("Batch = %+v, %v, want 20 samples", report, err)
					}
					checkBilledOnce(t, server, 20)
					checkWants(t, cache, 10)
				})
			})
		}
	}
}

// TestBatchKeepsParts: what a batch that ended badly has answered is kept, and the rest is left and can be asked again.
func TestBatchKeepsParts(t *testing.T) {
	for status, failed := range map[wire.BatchStatus]int{wire.BatchExpired: 8, wire.BatchCancelled: 0} {
		t.Run(string(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := llmtest.New(llmtest.Config{Settle: llmtest.Partly(status, 12)})
				cache := newCache(t)
				var d diary
				client := clientOf(t, server, func(c *llm.Config) { c.Cache = cache })
				report, err := client.Batch(t.Context(), wants(10), d.journal())
				if err != nil || report.Samples != 12 || report.Left != 8 || report.Failed["batch_expired: too late"] != failed {
					t.Fatalf("Batch = %+v, %v, want 12 samples and 8 left", report, err)
				}
				report, err = client.Batch(t.Context(), wants(10), d.journal())
				if err != nil || report.Samples != 8 || report.Left != 0 || report.Batches != 1 {
					t.Errorf("Batch again = %+v, %v, want the 8 samples", report, err)
				}
				checkWants(t, cache, 10)
			})
		})
	}
}

func TestBatchThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Settle: func(b *wire.Batch, _ []wire.BatchResult) []wire.BatchResult {
			b.Status, b.Errors = wire.BatchFailed, &wire.BatchErrors{Data: []wire.BatchError{{Code: "token_limit_exceeded", Message: "too many are enqueued"}}}
			return nil
		}})
		var d diary
		report, err := clientOf(t, server, func(c *llm.Config) { c.Cache = newCache(t) }).Batch(t.Context(), wants(3), d.journal())
		if err != nil || report.Left != 6 || report.Failed["batch failed: token_limit_exceeded: too many are enqueued"] != 1 {
			t.Errorf("Batch = %+v, %v, want 6 left and the reason", report, err)
		}
	})
}

// TestBatchLines: each line has its own end.
func TestBatchLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Settle: func(_ *wire.Batch, results []wire.BatchResult) []wire.BatchResult {
			answer := func(i, status int, body string) {
				results[i].Response.StatusCode, results[i].Response.Body = status, json.RawMessage(body)
			}
			answer(0, 400, `{"error": {"message": "too long", "code": "context_length_exceeded"}}`)
			answer(1, 500, `{"error": {"message": "oops"}}`)
			answer(2, 200, `{"choices": []}`)
			answer(3, 400, `{"error": {"message": "no temperature", "param": "temperature"}}`)
			answer(4, 429, `null`)
			results[5].Response = nil
			results[6].CustomID = "not ours"
			results[7].CustomID = strings.Repeat("ab", 32) + "-0x1"
			return append(results, results[8], results[9])
		}})
		var seen events
		client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.Observe = newCache(t), seen.add })
		var d diary
		report, err := client.Batch(t.Context(), wants(10), d.journal())
		if err != nil {
			t.Fatal(err)
		}
		if report.Samples != 12 || report.Left != 7 || report.Unknown != 2 || report.Repeated != 2 || len(report.Refused) != 1 || report.Lines != 22 {
			t.Errorf("Batch = %+v, want 12 samples, 7 left, 2 unknown, 2 repeated, 1 refused", report)
		}
		refused := report.Refused[0]
		if refused.Key != keyOf(t, seeded("question 0")) || refused.Sample != 0 || refused.Err.Message != "too long" {
			t.Errorf("refused: %+v", refused)
		}
		for _, want := range []string{"HTTP 500: oops", "the answer has no choices", "HTTP 400: no temperature", "HTTP 429: Too Many Requests", "no answer"} {
			if report.Failed[want] != 1 {
				t.Errorf("failed: %v, want %q once", report.Failed, want)
			}
		}
		for kind, want := range map[llm.Kind]int{
			llm.KindOK: 12, llm.KindRefused: 1, llm.KindServerError: 2, llm.KindNoChoices: 1, llm.KindRejected: 1, llm.KindRateLimited: 1,
		} {
			if got := seen.count(kind); got != want {
				t.Errorf("events %s: %d, want %d", kind, got, want)
			}
		}
	})
}

// TestBatchLinesTwice: a line that comes twice is counted, stored and paid once.
func TestBatchLinesTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Settle: llmtest.Twice})
		cache, budget := newCache(t), llm.NewBudget(llm.Spending{}, llm.Spending{})
		client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.Budget = cache, budget })
		var d diary
		report, err := client.Batch(t.Context(), wants(5), d.journal())
		if err != nil || report.Samples != 10 || report.Repeated != 10 || budget.Spent().Requests != 10 {
			t.Errorf("Batch = %+v, %v, spent %+v, want 10 samples, 10 repeated, 10 requests", report, err, budget.Spent())
		}
		checkWants(t, cache, 5)
	})
}

// TestBatchBudget: as many lines as the budget allows, and then ErrBudget.
func TestBatchBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{})
		budget := llm.NewBudget(llm.Spending{Requests: 7}, llm.Spending{})
		client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.Budget = newCache(t), budget })
		var d diary
		report, err := client.Batch(t.Context(), wants(10), d.journal())
		if !errors.Is(err, llm.ErrBudget) || report.Samples != 7 || report.Left != 13 || budget.Spent().Requests != 7 {
			t.Errorf("Batch = %+v, %v, spent %+v, want 7 samples and ErrBudget", report, err, budget.Spent())
		}
	})
}

// TestBatchCtx: the batch goes on at the server, and the next call finds it.
func TestBatchCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Polls: 8})
		cache := newCache(t)
		client := clientOf(t, server, func(c *llm.Config) { c.Cache = cache })
		var d diary
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := client.Batch(ctx, wants(5), d.journal()); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Batch: %v, want the end of ctx", err)
		}
		if report, err := client.Batch(t.Context(), wants(5), d.journal()); err != nil || report.Samples != 10 {
			t.Errorf("Batch again = %+v, %v, want 10 samples", report, err)
		}
		checkBilledOnce(t, server, 10)
	})
}

// TestBatchThatIsGone: a batch that the server has forgotten is left, and made anew the next time.
func TestBatchThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{})
		cache := newCache(t)
		d := diary{parts: map[string][]byte{"old": []byte(`{"id": "old", "file_id": "file-gone", "batch_id": "batch_gone"}`)}}
		client := clientOf(t, server, func(c *llm.Config) { c.Cache = cache })
		report, err := client.Batch(t.Context(), wants(5), d.journal())
		if err != nil || report.Samples != 10 || report.Batches != 2 || len(report.Failed) != 1 {
			t.Errorf("Batch = %+v, %v, want 10 samples and the loss of one batch", report, err)
		}
	})
}

func TestBatchWithoutSeed(t *testing.T) {
	for _, n := range []llm.ServerN{llm.ServerNAuto, llm.ServerNAlways} {
		synctest.Test(t, func(t *testing.T) {
			server := llmtest.New(llmtest.Config{})
			cache := newCache(t)
			client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.ServerN = cache, n })
			if _, err := client.Ask(t.Context(), ask("q"), 3, 1); err != nil { // n is not learned from one sample
				t.Fatal(err)
			}
			var d diary
			report, err := client.Batch(t.Context(), func(yield func(llm.Want, error) bool) {
				yield(llm.Want{Request: ask("q"), N: 8}, nil)
			}, d.journal())
			lines := map[llm.ServerN]int{llm.ServerNAuto: 7, llm.ServerNAlways: 2}[n] // samples 0 to 2, and 4 to 7
			if err != nil || report.Samples != 7 || report.Lines != lines {
				t.Errorf("server_n %s: Batch = %+v, %v, want 7 samples in %d lines", n, report, err, lines)
			}
			if got, err := client.Cached(t.Context(), ask("q"), 0, 8); err != nil || got != 8 {
				t.Errorf("server_n %s: %d of 8 are in the cache, %v", n, got, err)
			}
		})
	}
}

// TestBatchAsksOnce: what is wanted twice is asked for once.
func TestBatchAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{})
		client := clientOf(t, server, func(c *llm.Config) { c.Cache = newCache(t) })
		twice := func(yield func(llm.Want, error) bool) {
			for range 2 {
				for w, err := range wants(5) {
					if !yield(w, err) {
						return
					}
				}
			}
		}
		var d diary
		if report, err := client.Batch(t.Context(), twice, d.journal()); err != nil || report.Lines != 10 || report.Samples != 10 || report.Left != 0 {
			t.Errorf("Batch = %+v, %v, want 10 samples of 10 lines", report, err)
		}
		checkBilledOnce(t, server, 10)
	})
}

// TestBatchRefusesAllSamples: a line of several samples that is refused leaves none of them.
func TestBatchRefusesAllSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Settle: func(_ *wire.Batch, results []wire.BatchResult) []wire.BatchResult {
			results[0].Response.StatusCode, results[0].Response.Body = 400, json.RawMessage(`{"error": {"message": "no"}}`)
			return results
		}})
		var seen events
		client := clientOf(t, server, func(c *llm.Config) { c.Cache, c.ServerN, c.Observe = newCache(t), llm.ServerNAlways, seen.add })
		var d diary
		report, err := client.Batch(t.Context(), func(yield func(llm.Want, error) bool) {
			yield(llm.Want{Request: ask("q"), First: 2, N: 3}, nil)
		}, d.journal())
		if err != nil || len(report.Refused) != 3 || report.Left != 0 || report.Refused[2].Sample != 4 {
			t.Errorf("Batch = %+v, %v, want three refused samples", report, err)
		}
		if len(seen.all) != 1 || seen.all[0].Model != "stub" || seen.all[0].Kind != llm.KindRefused {
			t.Errorf("events: %+v, want one refusal by stub", seen.all)
		}
	})
}

// TestBatchBeginsAnswers: a batch learns that beginnings have to be asked for in words, and cuts them, short ones too.
func TestBatchBeginsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{RejectPrefix: true})
		cache := newCache(t)
		r := seeded("q")
		r.Messages, r.Continue = append(r.Messages, llm.Message{Role: llm.Assistant, Content: "So: "}), true
		want := func(yield func(llm.Want, error) bool) { yield(llm.Want{Request: r, N: 2}, nil) }
		client := clientOf(t, server, func(c *llm.Config) { c.Cache = cache })
		var d diary
		report, err := client.Batch(t.Context(), want, d.journal())
		if err != nil || report.Left != 2 || len(report.Failed) != 1 || len(report.Refused) != 0 {
			t.Errorf("the first Batch = %+v, %v, want 2 left that failed", report, err)
		}
		report, err = client.Batch(t.Context(), want, d.journal())
		if err != nil || report.Left != 0 || report.Samples != 2 {
			t.Errorf("the second Batch = %+v, %v, want 2 samples", report, err)
		}
		got, err := client.Ask(t.Context(), r, 0, 1)
		if right := llmtest.Text("stub", llmtest.Prompt("user", "q\n\nBegin your answer with:\nSo: "), 0, 0); err != nil || got[0].Text != right {
			t.Errorf("Ask = %v, %v, want %q", got, err, right)
		}
	})
}

func TestBatchNeedsCache(t *testing.T) {
	client := clientOf(t, llmtest.New(llmtest.Config{}), nil)
	if _, err := client.Batch(t.Context(), wants(1), llm.Journal{}); err == nil || !strings.Contains(err.Error(), "cache") {
		t.Errorf("Batch: %v, want an error about the cache", err)
	}
	if _, err := client.ReadAnswers(t.Context(), strings.NewReader(""), wants(1)); err == nil || !strings.Contains(err.Error(), "cache") {
		t.Errorf("ReadAnswers: %v, want an error about the cache", err)
	}
}

// TestOfflineExchange: what is written here is answered elsewhere, and read here.
func TestOfflineExchange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	cache := openCache(t, path)
	client, err := llm.New(llm.Config{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	var requests bytes.Buffer
	written, err := client.WriteRequests(t.Context(), &requests, wants(30))
	if err != nil || written.Lines != 60 || written.Samples != 60 {
		t.Fatalf("WriteRequests = %+v, %v, want 60 lines", written, err)
	}
	answers := runOffline(t, requests.Bytes())
	// In two parts, of which the first ends within a line, and with what is none of ours.
	cut := bytes.LastIndexByte(answers[:len(answers)/2], '\n') + 50
	read, err := client.ReadAnswers(t.Context(), bytes.NewReader(answers[:cut]), wants(30))
	if err != nil || read.Samples != read.Lines-1 || read.Unknown != 1 {
		t.Errorf("ReadAnswers of the first half = %+v, %v, want one unknown line", read, err)
	}
	rest, err := client.WriteRequests(t.Context(), new(bytes.Buffer), wants(30))
	if err != nil || rest.Lines != 60-read.Samples {
		t.Errorf("WriteRequests then = %+v, %v, want the %d others", rest, err, 60-read.Samples)
	}
	all, err := client.ReadAnswers(t.Context(), strings.NewReader(string(answers)+"\n{}\nnonsense\n"), wants(30))
	if err != nil || all.Samples != 60 || all.Unknown != 2 {
		t.Errorf("ReadAnswers of all = %+v, %v, want 60 and 2 unknown lines", all, err)
	}
	checkWants(t, cache, 30)
}

// runOffline answers a file of requests as run_batch does.
func runOffline(t *testing.T, requests []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	for line := range bytes.Lines(requests) {
		var request wire.BatchLine
		var body wire.ChatRequest
		if err := errors.Join(json.Unmarshal(line, &request), json.Unmarshal(request.Body, &body)); err != nil {
			t.Fatal(err)
		}
		text := llmtest.Text(body.Model, llmtest.Prompt("user", string(body.Messages[0].Content)), *body.Seed, 0)
		raw, err := wire.Encode(wire.ChatResponse{Choices: []wire.Choice{{Message: wire.Message{Content: wire.Text(text)}, FinishReason: "stop"}}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, `{"id": "vllm-1", "custom_id": %q, "response": {"status_code": 200, "request_id": "x", "body": %s}, "error": null}`+"\n", request.CustomID, raw)
	}
	return out.Bytes()
}

// TestExchangeEndsWithError: what the wants fail with is not taken for their end.
func TestExchangeEndsWithError(t *testing.T) {
	broken := func(yield func(llm.Want, error) bool) {
		_ = yield(llm.Want{Request: ask("q"), N: 1}, nil) && yield(llm.Want{}, errKilled)
	}
	client := clientOf(t, llmtest.New(llmtest.Config{}), func(c *llm.Config) { c.Cache = newCache(t) })
	if _, err := client.WriteRequests(t.Context(), new(bytes.Buffer), broken); !errors.Is(err, errKilled) {
		t.Errorf("WriteRequests: %v, want the wants' error", err)
	}
	if _, err := client.ReadAnswers(t.Context(), strings.NewReader(""), broken); !errors.Is(err, errKilled) {
		t.Errorf("ReadAnswers: %v, want the wants' error", err)
	}
	var d diary
	if _, err := client.Batch(t.Context(), broken, d.journal()); !errors.Is(err, errKilled) || d.saves > 0 {
		t.Errorf("Batch: %v after %d saves, want the wants' error at once", err, d.saves)
	}
}
