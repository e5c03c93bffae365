package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/demo"
	"github.com/acecoder/acecoder/internal/llm/wire"
	"github.com/acecoder/acecoder/internal/pipeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// written answers with what was written for the demo: the seed, or the question, that a prompt is about says which.
func written(_ context.Context, body wire.ChatRequest) (wire.ChatResponse, error) {
	role := demo.Role(strings.TrimPrefix(body.Model, "demo-"))
	prompt := ""
	for _, m := range body.Messages {
		prompt += string(m.Content)
	}
	resp := wire.ChatResponse{Usage: &wire.Usage{}}
	for _, row := range demo.Answers() {
		key := row.QuestionKey
		if role == demo.Writer {
			key = row.SeedKey
		}
		if key == "" || !strings.Contains(prompt, key) {
			continue
		}
		for _, a := range row.Answers {
			if a.Role != role || len(resp.Choices) == max(1, body.N) {
				continue
			}
			resp.Choices = append(resp.Choices, wire.Choice{
				Index: a.Sample, FinishReason: a.Finish, Message: wire.Message{Content: wire.Text(a.Text), Refusal: a.Refusal},
			})
			resp.Usage.CompletionTokens += a.CompletionTokens
		}
	}
	if len(resp.Choices) == 0 {
		return resp, &wire.Error{Status: 404, Message: fmt.Sprintf("nothing was written for %s and %.200q", role, prompt)}
	}
	// As the answers' tokens are: characters over 3.6.
	resp.Usage.PromptTokens = int(math.Round(float64(len([]rune(prompt))) / 3.6))
	return resp, nil
}

// TestDemoRecording holds the recording that is part of the program to the run that it is of: what was written for the
// demo, asked for by today's prompts.
func TestDemoRecording(t *testing.T) {
	if !isolation() {
		t.Skip("no isolation level works on this machine")
	}
	if !*update && testing.Short() {
		t.Skip("a whole run")
	}
	server := httptest.NewServer(&wire.Server{Answer: written, Models: func() []string { return nil }})
	defer server.Close()
	dir := t.TempDir()
	path, err := layDemo(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := pipeline.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	(&demoFlags{dir: dir, isolation: "auto"}).apply(cfg, server.URL+"/v1")
	r, err := pipeline.Open(t.Context(), cfg, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Do(t.Context(), t.Context(), pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(dir, "made.jsonl.zst")
	if _, err := pipeline.WriteRecording(t.Context(), cfg, made); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "../../internal/demo/recording.jsonl.zst"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(got, demo.Recorded()) {
		t.Errorf("the demo's recording is not of today's prompts and answers any more: go test ./cmd/acecoder -run DemoRecording -update")
	}
}
