package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/acecoder/acecoder/internal/local"
)

// A model of this machine answers OpenAI's client: the same for the same seed, streamed or not, alone or among others.
func TestServeModel(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	if err := writeModel(dir); err != nil {
		t.Fatal(err)
	}
	m, err := local.Open(dir, local.Options{Device: "cpu", DType: "float32"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := local.NewServer(m, local.ServerOptions{Name: "small", Slots: 3, Queue: 100})
	if err != nil {
		t.Fatal(err)
	}
	err = s.RunWith(t.Context(), func(ctx context.Context) error {
		server := httptest.NewServer(s)
		defer server.Close()
		checkModel(ctx, t, openai.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("none")))
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func checkModel(ctx context.Context, t *testing.T, c openai.Client) {
	t.Helper()
	body := func(text string, seed int64) openai.ChatCompletionNewParams {
		return openai.ChatCompletionNewParams{
			Model: "small", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
			MaxTokens: openai.Int(20), Seed: openai.Int(seed), Temperature: openai.Float(1),
		}
	}
	ask := func(text string, seed int64) string {
		r, err := c.Chat.Completions.New(ctx, body(text, seed))
		if err != nil {
			t.Error(err)
			return ""
		}
		if r.Choices[0].FinishReason == "length" && r.Usage.CompletionTokens != 20 {
			t.Errorf("%d tokens were written of 20", r.Usage.CompletionTokens)
		}
		return r.Choices[0].Message.Content
	}
	want := ask("write a sum", 7)
	if want == "" || want != ask("write a sum", 7) {
		t.Error("one seed has given two answers")
	}
	if want == ask("write a sum", 8) {
		t.Error("two seeds have given one answer")
	}
	others := make(chan string, 8)
	for i := range cap(others) {
		go func() { others <- ask("write another sum"+strings.Repeat("!", i), int64(i)) }()
	}
	if got := ask("write a sum", 7); got != want {
		t.Errorf("among others it says %q, alone %q", got, want)
	}
	for range cap(others) {
		<-others
	}
	stream := c.Chat.Completions.NewStreaming(ctx, body("write a sum", 7))
	var streamed strings.Builder
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			streamed.WriteString(choice.Delta.Content)
		}
	}
	if err := stream.Err(); err != nil || streamed.String() != want {
		t.Errorf("streamed it is %q, %v, whole %q", streamed.String(), err, want)
	}
	long := body(strings.Repeat("many words ", 200), 1)
	_, err := c.Chat.Completions.New(ctx, long)
	if refused, ok := errors.AsType[*openai.Error](err); !ok || refused.StatusCode != 400 || !strings.Contains(refused.Message, "256") {
		t.Errorf("a prompt beyond the context: error %v, want status 400 and a word of 256", err)
	}
}
