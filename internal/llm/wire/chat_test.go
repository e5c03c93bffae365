package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

func TestText(t *testing.T) {
	for text, want := range map[string]wire.Text{
		`"a\nb"`: "a\nb", `null`: "", `""`: "", `[]`: "", `[{"type":"text","text":"a"},{"type":"image_url"},{"text":"b"}]`: "ab",
	} {
		got := wire.Text("before")
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("a content of %s = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`5`, `{}`, `[5]`} {
		var got wire.Text
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("a content of %s = %q, want an error", text, got)
		}
	}
}

func TestChatRequest(t *testing.T) {
	for _, text := range []string{
		`{"model":"m","messages":[{"role":"user","content":"<b> & c"}]}`,
		`{"model":"m","messages":[],"temperature":0,"top_p":1,"n":3,"max_tokens":5,"max_completion_tokens":6,"stop":["a","b"],"seed":0,` +
			`"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}},` +
			`"add_generation_prompt":false,"continue_final_message":true,"stream":true,"stream_options":{"include_usage":true},"a":{"x":[1]},"top_k":20}`,
	} {
		var r wire.ChatRequest
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if got, err := wire.Encode(r); err != nil || string(got) != text {
			t.Errorf("read and written again: %s, %v\nwant %s", got, err, text)
		}
	}
	var r wire.ChatRequest
	if err := json.Unmarshal([]byte(`{"model":"m","stop":"a"}`), &r); err != nil || !reflect.DeepEqual(r.Stop, wire.Words{"a"}) {
		t.Errorf("a single stop word = %q, %v", r.Stop, err)
	}
	if _, err := wire.Encode(wire.ChatRequest{Extra: map[string]json.RawMessage{"top_p": json.RawMessage("1")}}); err == nil || !strings.Contains(err.Error(), "top_p") {
		t.Errorf("an extra field that is none: %v, want an error with its name", err)
	}
}

func TestReadChat(t *testing.T) {
	for text, want := range map[string]string{"": "the body is empty", " \n": "the body is empty", "<": "the body is no answer", "[]": "the body is no answer", `{"choices":5}`: "the body is no answer"} {
		if _, err := wire.ReadChat([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadChat(%q): %v, want an error with %q", text, err, want)
		}
	}
}

func TestReadError(t *testing.T) {
	tests := []struct {
		name, body string
		want       wire.Error
	}{
		{"OpenAI", `{"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}`, wire.Error{Message: "m", Type: "t", Param: "p", Code: "c"}},
		{"OpenAI with nulls", `{"error": {"message": "m", "type": "t", "param": null, "code": null}}`, wire.Error{Message: "m", Type: "t"}},
		{"vLLM", `{"object": "error", "message": "m", "type": "BadRequestError", "param": null, "code": 400}`, wire.Error{Message: "m", Type: "BadRequestError", Code: "400"}},
		{"a string", `{"error": "m"}`, wire.Error{Message: "m"}},
		{"a bare string", `"m"`, wire.Error{Message: "m"}},
		{"FastAPI", `{"detail": "m"}`, wire.Error{Message: "m"}},
		{"FastAPI's places", `{"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "m", "type": "x"}, {"loc": [], "msg": "n"}]}`, wire.Error{Message: "messages.0.role: m", Param: "messages.0.role"}},
		{"a place that is none", `{"detail": [{"msg": "m"}]}`, wire.Error{Message: "m"}},
		{"a gateway", `{"error": {"message": "m", "code": 429, "metadata": {"raw": "x"}}}`, wire.Error{Message: "m", Code: "429"}},
		{"a page", "<html>\n502</html>\n", wire.Error{Message: "<html>\n502</html>"}},
		{"nothing", "", wire.Error{Message: "Bad Request"}},
		{"null", "null", wire.Error{Message: "Bad Request"}},
		{"another object", `{"x": 1}`, wire.Error{Message: `{"x": 1}`}},
		{"an error that is none", `{"error": [1]}`, wire.Error{Message: `{"error": [1]}`}},
		{"bytes that are no text", "\xff\xfe", wire.Error{Message: "\uFFFD"}},
	}
	for _, tt := range tests {
		tt.want.Status = 400
		if got := wire.ReadError(400, []byte(tt.body)); *got != tt.want {
			t.Errorf("%s: ReadError(%s) = %+v, want %+v", tt.name, tt.body, *got, tt.want)
		}
	}
	if got := wire.ReadError(400, []byte(strings.Repeat("é", 10_000))); len(got.Message) > 1010 || !strings.HasSuffix(got.Message, "é…") {
		t.Errorf("a long message has %d bytes and ends with %q", len(got.Message), got.Message[len(got.Message)-10:])
	}
}

func TestBatchError(t *testing.T) {
	for text, want := range map[string]wire.BatchError{`{"code": "c", "message": "m"}`: {"c", "m"}, `{"code": 5, "message": null}`: {"5", ""}, `{}`: {}} {
		var got wire.BatchError
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s = %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestBatchStatusFinal(t *testing.T) {
	for status, want := range map[wire.BatchStatus]bool{
		wire.BatchValidating: false, wire.BatchInProgress: false, wire.BatchFinalizing: false, wire.BatchCancelling: false, "new": false,
		wire.BatchCompleted: true, wire.BatchFailed: true, wire.BatchExpired: true, wire.BatchCancelled: true,
	} {
		if got := status.Final(); got != want {
			t.Errorf("%s.Final() = %v, want %v", status, got, want)
		}
	}
}

func FuzzReadError(f *testing.F) {
	for _, s := range []string{`{"error": {"error": {"message": "m"}}}`, `{"detail": [{"loc": [[]], "msg": "m"}]}`, `{"message": 5, "code": 1e9}`, "\"\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if e := wire.ReadError(500, body); e.Message == "" || len(e.Message) > 1010 || strings.ToValidUTF8(e.Message, "") != e.Message {
			t.Errorf("ReadError(%q) has the message %q", body, e.Message)
		}
	})
}

func FuzzChatRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"content":["x"]}],"stop":"a","x":1}`))
	f.Add([]byte(`{"messages":[{"role":"a","content":[{"text":"b"}]}],"seed":-5,"Model":"big"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r, again wire.ChatRequest
		if json.Unmarshal(body, &r) != nil {
			return
		}
		text, err := wire.Encode(r)
		if err == nil {
			err = json.Unmarshal(text, &again)
		}
		if err != nil {
			t.Fatalf("%+v is written as %s: %v", r, text, err)
		}
		if second, err := wire.Encode(again); err != nil || string(second) != string(text) {
			t.Errorf("%s is written as %s and then as %s, %v", body, text, second, err)
		}
	})
}
