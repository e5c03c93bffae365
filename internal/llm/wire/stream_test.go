package wire_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

func TestEvents(t *testing.T) {
	w := httptest.NewRecorder()
	e := wire.NewEvents(w)
	if w.Flushed || w.Header().Get("Content-Type") != "" {
		t.Error("something was sent before the first event")
	}
	c := wire.Chunk{ID: "i", Object: "o", Model: "m", Choices: []wire.ChunkChoice{{Delta: wire.Delta{Role: "assistant", Content: "<a\nb>"}}}}
	if err := errors.Join(e.Send(c), e.End()); err != nil {
		t.Fatal(err)
	}
	const want = `data: {"id":"i","object":"o","created":0,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"<a\nb>"},"finish_reason":null}]}` +
		"\n\ndata: [DONE]\n\n"
	if got := w.Body.String(); got != want || !w.Flushed || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("the events are %s, header %v, sent %v, want %s", got, w.Header(), w.Flushed, want)
	}
	if err := e.Send(func() {}); err == nil {
		t.Error("a function was sent")
	}
}

// TestEventsFail: an error is an answer of its own as long as nothing was sent, and an event after that.
func TestEventsFail(t *testing.T) {
	broken := errors.New("broken")
	refused := &wire.Error{Status: 429, Type: "t", Message: "later"}
	for _, tt := range []struct {
		name   string
		before bool
		err    error
		status int
		want   string
	}{
		{"ours, before", false, broken, 500, `{"error":{"message":"broken","type":"server_error","param":null,"code":null}}` + "\n"},
		{"the request's, before", false, refused, 429, `{"error":{"message":"later","type":"t","param":null,"code":null}}` + "\n"},
		{"ours, after", true, broken, 200, "data: 5\n\n" + `data: {"error":{"message":"broken","type":"server_error","param":null,"code":null}}` + "\n\n"},
	} {
		w := httptest.NewRecorder()
		e := wire.NewEvents(w)
		if tt.before {
			if err := e.Send(5); err != nil {
				t.Fatal(err)
			}
		}
		e.Fail(tt.err)
		if got := w.Body.String(); w.Code != tt.status || got != tt.want {
			t.Errorf("%s: %d %q, want %d %q", tt.name, w.Code, got, tt.status, tt.want)
		}
	}
}

// TestChoiceWithLogprobs: they are left out where there are none, so that answers without them stay as they were.
func TestChoiceWithLogprobs(t *testing.T) {
	for _, text := range []string{
		`{"index":0,"message":{"role":"a","content":"b"},"finish_reason":"stop"}`,
		`{"index":1,"message":{"role":"a","content":"b"},"logprobs":{"content":[{"token":"b","logprob":-0.5,"bytes":[98],"top_logprobs":[{"token":"c","logprob":-1,"bytes":[99]}]}]},"finish_reason":"stop"}`,
	} {
		var c wire.Choice
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		if got, err := wire.Encode(c); err != nil || string(got) != text {
			t.Errorf("read and written again: %s, %v, want %s", got, err, text)
		}
	}
}
