package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// readRecording reads a recording out of a text.
func readRecording(t *testing.T, text string) *llm.Recording {
	t.Helper()
	rec, err := llm.ReadRecording(strings.NewReader(text), "recorded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

const recordedRows = `{"request":{"model":"big","messages":[{"role":"user","content":"q"}],"temperature":0.7,"top_p":1},"answers":[{"text":"a0","finish":"stop","usage":{"prompt_tokens":3,"completion_tokens":5,"cost":0.5}},{"text":"a1","finish":"length","usage":{"prompt_tokens":3,"completion_tokens":6}}]}
{"request":{"model":"big","messages":[{"role":"user","content":"q"}],"temperature":0.7,"top_p":1},"first":2,"answers":[{"text":"a2","finish":"stop","usage":{}}]}
{"request":{"model":"small","messages":[{"role":"system","content":"s"},{"role":"user","content":"other"}],"temperature":0,"top_p":1,"seed":10},"answers":[{"text":"","finish":"stop","refusal":"no","usage":{"prompt_tokens":9,"cached_prompt_tokens":4,"completion_tokens":8,"reasoning_tokens":7}},{"text":"b1","finish":"stop","usage":{}}]}
`

func TestRecording(t *testing.T) {
	rec := readRecording(t, recordedRows)
	r := ask("q")
	r.Model = "big"
	got, err := rec.Ask(t.Context(), r, 0, 3)
	if err != nil || !slices.Equal(texts(got), []string{"a0", "a1", "a2"}) || !got[0].Cached || got[0].Usage.Cost != 0.5 || got[1].Finish != llm.FinishLength {
		t.Errorf("Ask = %+v, %v", got, err)
	}
	if !slices.Equal(rec.Models(), []string{"big", "small"}) {
		t.Errorf("Models = %v", rec.Models())
	}
}

func TestRecordingSaysWhatItLacks(t *testing.T) {
	rec := readRecording(t, recordedRows)
	tests := []struct {
		name   string
		change func(*llm.Request)
		first  int
		want   string
	}{
		{"another question", func(r *llm.Request) { r.Messages[0].Content = "what" }, 0, `recording: 1 requests to big are in it, not this one: user: "what"`},
		{"another temperature", func(r *llm.Request) { r.Temperature = 1 }, 0, `recording: asked of big in another way than it is recorded (temperature 0.7, not 1): user: "q"`},
		{"another model for the same", func(r *llm.Request) { r.Model = "gib" }, 0, "(model big, not gib)"},
		{"another model", func(r *llm.Request) { r.Model, r.Messages[0].Content = "smaller", strings.Repeat("long ", 100) }, 0, `recording: nothing of a model smaller is in it (the nearest name in it is small): user: "long `},
		{"a seed", func(r *llm.Request) { seed := int64(1); r.Seed = &seed }, 0, "(stop, seed, schema or extra differ)"},
		{"another sample", func(*llm.Request) {}, 3, "sample 3 of big is not in it, only 3 samples of this request are"},
	}
	for _, tt := range tests {
		r := ask("q")
		r.Model = "big"
		tt.change(&r)
		if _, err := rec.Ask(t.Context(), r, tt.first, 1); err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 300 {
			t.Errorf("%s: Ask: %v, want an error with %s", tt.name, err, tt.want)
		}
	}
	if _, err := readRecording(t, "").Ask(t.Context(), ask("q"), 0, 1); err == nil || !strings.Contains(err.Error(), "it is empty") {
		t.Errorf("Ask of an empty recording: %v", err)
	}
}

func TestRecordingThatIsNone(t *testing.T) {
	for want, text := range map[string]string{
		"recorded.jsonl:1: answers: missing, but it is required":                    `{"request":{"model":"m","messages":[]}}`,
		"recorded.jsonl:1: request: messages: none":                                 `{"request":{"model":"m","messages":[]},"answers":[]}`,
		"recorded.jsonl:3: answers[0]: sample 0 of this request is recorded before": strings.Replace(recordedRows, `"first":2`, `"first":0`, 1)[strings.Index(recordedRows, "\n")+1:] + strings.SplitAfter(recordedRows, "\n")[0],
		"recorded.jsonl:1": `{"request":`,
	} {
		_, err := llm.ReadRecording(strings.NewReader(text), "recorded.jsonl")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadRecording: %v, want an error with %q", err, want)
		}
	}
	if _, err := llm.OpenRecording(filepath.Join(t.TempDir(), "none.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("OpenRecording of no file: %v", err)
	}
}

// TestRecorder records a client's answers, asked for at once and twice, and finds them again.
func TestRecorder(t *testing.T) {
	for _, name := range []string{"r.jsonl", "r.jsonl.zst", "r.jsonl.gz"} {
		path := filepath.Join(t.TempDir(), name)
		recorder, err := llm.Record(clientOf(t, llmtest.New(llmtest.Config{}), nil), path)
		if err != nil {
			t.Fatal(err)
		}
		var joined sync.WaitGroup
		for i := range 40 {
			joined.Go(func() {
				q := questions(10)[i%10]
				got, err := recorder.Ask(t.Context(), seeded(q), i/10, 3)
				if want := rightAll(q, i/10, 3); err != nil || !slices.Equal(texts(got), want) {
					t.Errorf("Ask = %q, %v, want %q", texts(got), err, want)
				}
			})
		}
		joined.Wait()
		if err := recorder.Close(); err != nil {
			t.Fatal(err)
		}
		rec, err := llm.OpenRecording(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range questions(10) {
			got, err := rec.Ask(t.Context(), seeded(q), 0, 6)
			if want := rightAll(q, 0, 6); err != nil || !slices.Equal(texts(got), want) {
				t.Errorf("%s: Ask of the recording = %q, %v, want %q", name, texts(got), err, want)
			}
		}
	}
	if _, err := llm.Record(nil, filepath.Join(t.TempDir(), "r.parquet")); err == nil {
		t.Error("Record to Parquet: no error")
	}
}

// TestRecorderAborts leaves nothing behind, and does not record what failed.
func TestRecorderAborts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	recorder, err := llm.Record(readRecording(t, recordedRows), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recorder.Ask(t.Context(), ask("unknown"), 0, 1); err == nil {
		t.Error("Ask for what is not recorded: no error")
	}
	if err := recorder.Abort(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) > 0 {
		t.Errorf("after Abort: %v, %v", files, err)
	}
}

// TestRecordedRow is the form of a row, which files of demos are in.
func TestRecordedRow(t *testing.T) {
	rows := strings.SplitAfter(recordedRows, "\n")
	for _, row := range rows[:3] {
		var r llm.Recorded
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(r)
		want := strings.TrimSpace(strings.ReplaceAll(row, `"usage":{}`, `"usage":{"prompt_tokens":0,"completion_tokens":0}`))
		if err != nil || string(got) != want {
			t.Errorf("the row is written as %s, %v\nwant %s", got, err, want)
		}
	}
}

func FuzzReadRecording(f *testing.F) {
	f.Add(recordedRows)
	f.Add(`[{"request":{"model":"m","messages":[{"role":"user"}],"extra":{"a":[1e5]}},"first":-5,"answers":[{}]}]`)
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := llm.ReadRecording(strings.NewReader(text), "x")
		if err != nil {
			return
		}
		for _, m := range rec.Models() {
			if _, err := rec.Ask(t.Context(), llm.Request{Model: m, Messages: []llm.Message{{Role: llm.User, Content: fmt.Sprint(text)}}}, 0, 1); err != nil && !strings.HasPrefix(err.Error(), "recording: ") {
				t.Errorf("Ask: %v", err)
			}
		}
	})
}
