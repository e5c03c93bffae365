package pipeline_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/llmtest"
	"github.com/acecoder/acecoder/internal/llm/wire"
	"github.com/acecoder/acecoder/internal/pipeline"
)

// A run through batches makes what a run that asks one by one makes, also where batches come back in part and the run is
// stopped while it waits.
func TestBatch(t *testing.T) {
	straight := newWorld(t, 8, llmtest.Config{})
	straight.must()
	want, _, _ := strings.Cut(straight.digests(), "sample")
	for _, row := range []struct {
		name   string
		server llmtest.Config
		worked int // samples that the server made
	}{
		{"whole batches", llmtest.Config{}, 8 + 8 + 32},
		{"the first expires half done", llmtest.Config{Settle: llmtest.Partly(wire.BatchExpired, 4)}, 4 + 8 + 8 + 32},
		{"lines come twice", llmtest.Config{Settle: llmtest.Twice}, 8 + 8 + 32},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, 8, row.server)
			w.must("endpoints.stub.mode=batch")
			if got, _, _ := strings.Cut(w.digests(), "sample"); got != want {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
			if w.server.Calls("POST /v1/batches") < 3 {
				t.Errorf("%d batches were made, want one for each stage that asks", w.server.Calls("POST /v1/batches"))
			}
			if distinct, again := w.server.Billed(); distinct != row.worked || again != 0 {
				t.Errorf("%d samples were made, and %d again; want %d and none", distinct, again, row.worked)
			}
		})
	}
}

// An offline run writes its requests, stops, and goes on with the answers, stage by stage.
func TestOffline(t *testing.T) {
	w := newWorld(t, 5, llmtest.Config{})
	const offline = "endpoints.stub.mode=offline"
	var stages []string
	for range 10 {
		err := w.run(t.Context(), t.Context(), pipeline.Options{}, offline)
		if err == nil {
			break
		}
		waiting, ok := errors.AsType[*pipeline.WaitingError](err)
		if !ok {
			t.Fatal(err)
		}
		stages = append(stages, filepath.Base(waiting.Requests))
		if !strings.Contains(waiting.Error(), waiting.Requests) || waiting.Samples == 0 {
			t.Errorf("it says %q", waiting.Error())
		}
		answerOffline(t, waiting)
	}
	if got := strings.Join(stages, " "); got != "synth-writer-requests.jsonl oracle-oracle-requests.jsonl sample-policy-requests.jsonl" {
		t.Errorf("it waited for %q", got)
	}
	if !w.status().Complete {
		t.Error("the run is not complete")
	}
	if w.server.Chats() != 0 {
		t.Errorf("%d requests went over the network", w.server.Chats())
	}
}

// answerOffline does what a machine with a model and without a network would do with a file of requests.
func answerOffline(t *testing.T, waiting *pipeline.WaitingError) {
	t.Helper()
	in, err := os.Open(waiting.Requests)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	server := wire.Server{Answer: func(_ context.Context, r wire.ChatRequest) (wire.ChatResponse, error) {
		var turns []string
		for _, m := range r.Messages {
			turns = append(turns, m.Role, string(m.Content))
		}
		resp := wire.ChatResponse{Usage: &wire.Usage{PromptTokens: 1, CompletionTokens: 1}}
		for i := range max(1, r.N) {
			resp.Choices = append(resp.Choices, wire.Choice{
				Index: i, FinishReason: "stop",
				Message: wire.Message{Content: wire.Text(llmtest.Arithmetic{}.Say(r.Model, llmtest.Prompt(turns...), int64(i)))},
			})
		}
		return resp, nil
	}}
	var out bytes.Buffer
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			CustomID string           `json:"custom_id"`
			Body     wire.ChatRequest `json:"body"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		resp, err := server.Answer(t.Context(), line.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(resp)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, `{"id":"x","custom_id":%q,"response":{"status_code":200,"body":%s},"error":null}`+"\n", line.CustomID, body)
	}
	path := strings.Replace(waiting.Answers, "*", "-1", 1)
	if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// What the plan says before the run, the run then does.
func TestPlan(t *testing.T) {
	w := newWorld(t, 40, llmtest.Config{})
	plan := func(settings ...string) *pipeline.Plan {
		t.Helper()
		p, err := pipeline.MakePlan(t.Context(), w.config(settings...))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	all := []string{"expect.problems=1", "expect.kept=1"}
	first := plan(all...)
	if first.Total.Requests != 120 || first.Stages[0].PromptTokens == 0 || first.Total.Cost == 0 || first.Total.Observed {
		t.Errorf("before anything: %+v", first.Total)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "runs")); !os.IsNotExist(err) {
		t.Error("the plan made a run")
	}
	if err := w.run(t.Context(), t.Context(), pipeline.Options{Limit: 25}); err != nil {
		t.Fatal(err)
	}
	second := plan(all...)
	if !second.Total.Observed || second.Total.Requests != 3*15 {
		t.Errorf("after 25 seeds of 40: %+v, want 45 requests by what was seen", second.Total)
	}
	before := w.status().Spent
	w.must()
	spent := w.status().Spent
	tokens := float64(spent.Tokens - before.Tokens)
	if got := second.Total.PromptTokens + second.Total.CompletionTokens; math.Abs(got-tokens) > 0.05*tokens {
		t.Errorf("%.0f tokens were planned, %.0f were used", got, tokens)
	}
	if got := spent.Requests - before.Requests; got != 45 {
		t.Errorf("%d requests were made, 45 were planned", got)
	}
	if last := plan(); last.Total.Requests != 0 || last.Total.Records != 0 {
		t.Errorf("of a complete run: %+v", last.Total)
	}
	// The same seeds with another pair of names: nothing is known of the run, but all is in the cache.
	if again := plan(append(all, "name=other")...); again.Stages[0].Cached != 40 || again.Stages[0].Requests != 0 {
		t.Errorf("of another run over the same seeds: %+v, want all of synth cached", again.Stages[0])
	}
}
