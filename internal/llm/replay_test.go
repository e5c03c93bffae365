package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// replayServer serves a recording on loopback.
func replayServer(t *testing.T, rows string) string {
	t.Helper()
	server := httptest.NewServer(llm.NewReplayServer(readRecording(t, rows)))
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

// TestReplayServesOurClient: the client gets from the server what the recording says in process.
func TestReplayServesOurClient(t *testing.T) {
	var rows strings.Builder
	schema := &llm.Schema{Name: "s", Schema: json.RawMessage(`{"type":"object"}`)}
	requests := []llm.Request{ask("plain"), seeded("seeded"), ask("schema"), ask("begun"), ask("extra")}
	requests[2].Schema = schema
	requests[3].Messages = append(requests[3].Messages, llm.Message{Role: llm.Assistant, Content: "Well, this is how it begins:"})
	requests[3].Continue, requests[3].MaxTokens, requests[3].Stop = true, 70, []string{"x"}
	requests[4].Extra = map[string]json.RawMessage{"top_k": json.RawMessage("20"), "k": json.RawMessage(`{"b": 1, "a": [2]}`)}
	for _, r := range requests {
		row := llm.Recorded{Request: r}
		for i := range 3 {
			row.Answers = append(row.Answers, llm.Answer{
				Text: r.Messages[0].Content + string(rune('0'+i)), Finish: llm.FinishStop, Usage: llm.Usage{PromptTokens: 10 + i, CachedPromptTokens: 2, CompletionTokens: 20 * i, ReasoningTokens: i},
			})
		}
		data, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		rows.Write(append(data, '\n'))
	}
	rec := readRecording(t, rows.String())
	for name, change := range map[string]func(*llm.Config){
		"as it is": func(*llm.Config) {}, "one sample a request": func(c *llm.Config) { c.ServerN = llm.ServerNNever },
		"with the other max_tokens": func(c *llm.Config) { c.MaxTokensField = llm.MaxCompletionTokens },
	} {
		cfg := llm.Config{BaseURL: replayServer(t, rows.String()), Concurrency: 1}
		change(&cfg)
		client, err := llm.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range requests {
			got, err := client.Ask(t.Context(), r, 0, 3)
			want, err2 := rec.Ask(t.Context(), r, 0, 3)
			if err != nil || err2 != nil || !slices.Equal(slices.Sorted(slices.Values(texts(got))), slices.Sorted(slices.Values(texts(want)))) {
				t.Errorf("%s: Ask(%s) = %q, %v, want %q, %v", name, r.Messages[0].Content, texts(got), err, texts(want), err2)
			}
			total := 0
			for _, a := range got {
				total += a.Usage.CompletionTokens + 1000*a.Usage.PromptTokens
			}
			if total != 60+1000*33 {
				t.Errorf("%s: Ask(%s) took %d, want 60 and 33 tokens", name, r.Messages[0].Content, total)
			}
		}
		if _, err := client.Ask(t.Context(), ask("unknown"), 0, 1); err == nil || isRefused(err) || !strings.Contains(err.Error(), "not this one") {
			t.Errorf("%s: Ask for what is not recorded: %v, want an error that stops", name, err)
		}
	}
}

// TestReplayTellsSchemasApart: two requests that differ in their schemas only are told apart by these, and one
// that is asked without any gets the first.
func TestReplayTellsSchemasApart(t *testing.T) {
	var rows strings.Builder
	for _, name := range []string{"one", "two"} {
		rows.WriteString(`{"request":{"model":"m","messages":[{"role":"user","content":"q"}],"temperature":1,"top_p":1,"schema":{"name":"` + name +
			`","schema":{}}},"answers":[{"text":"` + name + `","finish":"stop","usage":{}}]}` + "\n")
	}
	client, err := llm.New(llm.Config{BaseURL: replayServer(t, rows.String())})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		r := ask("q")
		r.Model, r.Temperature, r.Schema = "m", 1, &llm.Schema{Name: name, Schema: json.RawMessage("{}")}
		if got, err := client.Ask(t.Context(), r, 0, 1); err != nil || got[0].Text != name {
			t.Errorf("Ask with the schema %s = %v, %v", name, got, err)
		}
	}
	r := ask("q")
	r.Model, r.Temperature = "m", 1
	if got, err := client.Ask(t.Context(), r, 0, 1); err != nil || got[0].Text != "one" {
		t.Errorf("Ask without a schema = %v, %v, want the first", got, err)
	}
}

// TestReplayServesOpenAI: OpenAI's own client finds what it expects.
func TestReplayServesOpenAI(t *testing.T) {
	url := replayServer(t, recordedRows)
	client := openai.NewClient(option.WithBaseURL(url), option.WithAPIKey("any"), option.WithMaxRetries(0))
	params := openai.ChatCompletionNewParams{
		Model: "big", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("q")}, Temperature: openai.Float(0.7), TopP: openai.Float(1), User: openai.String("me"),
	}
	for _, want := range []string{"a0", "a1", "a2", "a0"} {
		got, err := client.Chat.Completions.New(t.Context(), params)
		if err != nil || got.Choices[0].Message.Content != want || got.Object != "chat.completion" || got.Model != "big" || got.ID == "" {
			t.Fatalf("a chat = %+v, %v, want %s", got, err, want)
		}
	}
	several := params
	several.N = openai.Int(3)
	got, err := client.Chat.Completions.New(t.Context(), several)
	if err != nil || len(got.Choices) != 3 || got.Choices[2].Message.Content != "a2" || got.Choices[1].FinishReason != "length" || got.Usage.CompletionTokens != 11 || got.Usage.TotalTokens != 17 {
		t.Errorf("three samples = %+v, %v", got, err)
	}
	models, err := client.Models.List(t.Context())
	if err != nil || len(models.Data) != 2 || models.Data[0].ID != "big" {
		t.Errorf("models = %+v, %v", models, err)
	}
	checkStream(t, &client, params)
	checkErrors(t, &client, params)
}

func checkStream(t *testing.T, client *openai.Client, params openai.ChatCompletionNewParams) {
	t.Helper()
	params.N = openai.Int(2)
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	stream := client.Chat.Completions.NewStreaming(t.Context(), params)
	var all openai.ChatCompletionAccumulator
	for stream.Next() {
		if !all.AddChunk(stream.Current()) {
			t.Errorf("a chunk that does not fit: %+v", stream.Current())
		}
	}
	if err := stream.Err(); err != nil || len(all.Choices) != 2 || all.Choices[1].Message.Content != "a1" || all.Choices[1].FinishReason != "length" || all.Usage.CompletionTokens != 11 {
		t.Errorf("the stream = %+v, %v", all.ChatCompletion, err)
	}
}

func checkErrors(t *testing.T, client *openai.Client, params openai.ChatCompletionNewParams) {
	t.Helper()
	for name, tt := range map[string]struct {
		change func(*openai.ChatCompletionNewParams)
		status int
		want   string
	}{
		"another temperature": {func(p *openai.ChatCompletionNewParams) { p.Temperature = openai.Float(0.1) }, 404, "temperature 0.7, not 0.1"},
		"no messages":         {func(p *openai.ChatCompletionNewParams) { p.Messages = nil }, 400, "messages are required"},
		"too many samples":    {func(p *openai.ChatCompletionNewParams) { p.N = openai.Int(9) }, 404, "3 samples are"},
	} {
		p := params
		tt.change(&p)
		_, err := client.Chat.Completions.New(t.Context(), p)
		if e, ok := errors.AsType[*openai.Error](err); !ok || e.StatusCode != tt.status || !strings.Contains(e.Message, tt.want) || e.Type != "invalid_request_error" {
			t.Errorf("%s: %v, want status %d with %q", name, err, tt.status, tt.want)
		}
	}
}

// TestReplayServesBatches: OpenAI's client makes a batch, and it has ended.
func TestReplayServesBatches(t *testing.T) {
	client := openai.NewClient(option.WithBaseURL(replayServer(t, recordedRows)), option.WithAPIKey("any"))
	const body = `{"model":"big","messages":[{"role":"user","content":"q"}],"temperature":0.7,"n":2}`
	lines := `{"custom_id":"one","method":"POST","url":"/v1/chat/completions","body":` + body + "}\n" +
		`{"custom_id":"two","method":"POST","url":"/v1/chat/completions","body":{"model":"none","messages":[{"role":"user","content":"q"}]}}` + "\n"
	file, err := client.Files.New(t.Context(), openai.FileNewParams{Purpose: openai.FilePurposeBatch, File: openai.File(strings.NewReader(lines), "in.jsonl", "application/jsonl")})
	if err != nil || file.Bytes != int64(len(lines)) {
		t.Fatalf("upload = %+v, %v", file, err)
	}
	made, err := client.Batches.New(t.Context(), openai.BatchNewParams{
		InputFileID: file.ID, Endpoint: openai.BatchNewParamsEndpointV1ChatCompletions, CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
		Metadata: map[string]string{"k": "v"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Batches.Get(t.Context(), made.ID)
	if err != nil || got.Status != openai.BatchStatusCompleted || got.RequestCounts.Completed != 1 || got.RequestCounts.Failed != 1 || got.RequestCounts.Total != 2 || got.Metadata["k"] != "v" {
		t.Fatalf("the batch = %+v, %v", got, err)
	}
	for id, want := range map[string]string{got.OutputFileID: `"custom_id":"one"`, got.ErrorFileID: `"status_code":404`} {
		if text := fileContent(t, &client, id); !strings.Contains(text, want) || strings.Count(text, "\n") != 1 {
			t.Errorf("file %s = %s, want one line with %s", id, text, want)
		}
	}
	batches, err := client.Batches.List(t.Context(), openai.BatchListParams{Limit: openai.Int(5)})
	if err != nil || len(batches.Data) != 1 || batches.HasMore {
		t.Errorf("the batches = %+v, %v", batches, err)
	}
	deleted, err := client.Files.Delete(t.Context(), file.ID)
	if err != nil || !deleted.Deleted {
		t.Errorf("delete = %+v, %v", deleted, err)
	}
	if _, err := client.Files.Get(t.Context(), file.ID); err == nil {
		t.Error("a deleted file is there")
	}
}

func fileContent(t *testing.T, client *openai.Client, id string) string {
	t.Helper()
	resp, err := client.Files.Content(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRecordedRunIsReplayed: what a client recorded of one server, another client gets of the replay, in a batch too.
func TestRecordedRunIsReplayed(t *testing.T) {
	path := t.TempDir() + "/r.jsonl.zst"
	recorder, err := llm.Record(clientOf(t, llmtest.New(llmtest.Config{}), nil), path)
	if err != nil {
		t.Fatal(err)
	}
	for w := range wants(10) {
		if _, err := recorder.Ask(t.Context(), w.Request, 0, 2); err != nil {
			t.Fatal(err)
		}
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	rec, err := llm.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(llm.NewReplayServer(rec))
	defer server.Close()
	cache := newCache(t)
	client, err := llm.New(llm.Config{BaseURL: server.URL + "/v1", Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	var d diary
	if report, err := client.Batch(context.Background(), wants(10), d.journal()); err != nil || report.Samples != 20 {
		t.Fatalf("Batch = %+v, %v", report, err)
	}
	checkWants(t, cache, 10)
	resp, err := http.Get(server.URL + "/v1/nothing")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 404 || !strings.Contains(string(text), `"there is no GET /v1/nothing"`) {
		t.Errorf("an unknown path: %d %s, %v", resp.StatusCode, text, err)
	}
}
