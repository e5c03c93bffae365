package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// echo answers with the last message; "fail" and "refuse" do what they say.
func echo(_ context.Context, r wire.ChatRequest) (wire.ChatResponse, error) {
	said := r.Messages[len(r.Messages)-1].Content
	switch said {
	case "fail":
		return wire.ChatResponse{}, errors.New("broken")
	case "refuse":
		return wire.ChatResponse{}, &wire.Error{Status: 418, Message: "teapot", Param: "p", Code: "c"}
	}
	return wire.ChatResponse{Choices: []wire.Choice{{Message: wire.Message{Content: said}, FinishReason: "stop"}}}, nil
}

// do sends a request to the server and returns status and body.
func do(t *testing.T, s *wire.Server, method, path, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestServerErrors(t *testing.T) {
	s := &wire.Server{Answer: echo, Models: func() []string { return []string{"a", "org/b"} }}
	chat := func(said string) string { return fmt.Sprintf(`{"model":"m","messages":[{"content":%q}]}`, said) }
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"an answer", "POST", "/v1/chat/completions", chat("hi"), 200, `"content":"hi"`},
		{"an error of its own", "POST", "/v1/chat/completions", chat("refuse"), 418, `{"error":{"message":"teapot","type":"","param":"p","code":"c"}}`},
		{"a failure", "POST", "/v1/chat/completions", chat("fail"), 500, `{"error":{"message":"broken","type":"server_error","param":null,"code":null}}`},
		{"no JSON", "POST", "/v1/chat/completions", "<", 400, "the body is no request"},
		{"no model", "POST", "/v1/chat/completions", `{"messages":[{}]}`, 400, "model and messages are required"},
		{"an unknown path", "GET", "/v1/chat", "", 404, "there is no GET /v1/chat"},
		{"another method", "GET", "/v1/chat/completions", "", 404, "there is no GET"},
		{"the models", "GET", "/v1/models", "", 200, `{"object":"list","data":[{"id":"a",`},
		{"a model", "GET", "/v1/models/org/b", "", 200, `{"id":"org/b","object":"model",`},
		{"an unknown model", "GET", "/v1/models/b", "", 404, "no such model: b"},
		{"no file in the form", "POST", "/v1/files", "", 400, "the form has no file"},
		{"an unknown file", "GET", "/v1/files/x", "", 404, "no such file: x"},
		{"an unknown file's content", "GET", "/v1/files/x/content", "", 404, "no such file: x"},
		{"an unknown file to delete", "DELETE", "/v1/files/x", "", 404, "no such file: x"},
		{"an unknown batch", "GET", "/v1/batches/x", "", 404, "no such batch: x"},
		{"a batch of no file", "POST", "/v1/batches", `{"input_file_id":"x"}`, 404, "no such file: x"},
		{"a batch that is none", "POST", "/v1/batches", `[]`, 400, "the body is no batch"},
	} {
		status, body := do(t, s, tt.method, tt.path, tt.body)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %s %s = %d %s, want %d with %s", tt.name, tt.method, tt.path, status, body, tt.status, tt.want)
		}
	}
}

// upload brings a file to the server.
func upload(t *testing.T, s *wire.Server, content string) wire.File {
	t.Helper()
	var form strings.Builder
	w := multipart.NewWriter(&form)
	file, err := w.CreateFormFile("file", "in.jsonl")
	if err == nil {
		_, err = io.WriteString(file, content)
	}
	if err := errors.Join(err, w.WriteField("purpose", "batch"), w.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/files", strings.NewReader(form.String()))
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return decode[wire.File](t, answer.Body.String())
}

func TestServerBatch(t *testing.T) {
	settled := 0
	s := &wire.Server{Answer: echo, Settle: func(_ *wire.Batch, results []wire.BatchResult) []wire.BatchResult {
		settled = len(results)
		return results[:len(results)-1]
	}}
	var input strings.Builder
	for _, said := range []string{"hi", "fail", "refuse", "left out"} {
		fmt.Fprintf(&input, `{"custom_id":%q,"body":{"model":"m","messages":[{"content":%q}]}}`+"\n\n", said, said)
	}
	input.WriteString("nonsense\n")
	file := upload(t, s, input.String())
	_, body := do(t, s, "POST", "/v1/batches", fmt.Sprintf(`{"input_file_id":%q,"endpoint":"/v1/chat/completions"}`, file.ID))
	b := decode[wire.Batch](t, body)
	if want := (wire.BatchCounts{Total: 5, Completed: 2, Failed: 2}); b.RequestCounts != want || settled != 5 {
		t.Errorf("counts %+v, want %+v", b.RequestCounts, want)
	}
	_, output := do(t, s, "GET", "/v1/files/"+b.OutputFileID+"/content", "")
	_, failed := do(t, s, "GET", "/v1/files/"+b.ErrorFileID+"/content", "")
	if strings.Count(output, "\n") != 2 || !strings.Contains(output, `"custom_id":"hi"`) || strings.Count(failed, "\n") != 2 || !strings.Contains(failed, `"status_code":418`) {
		t.Errorf("output %s, errors %s", output, failed)
	}
	if _, body := do(t, s, "POST", "/v1/batches/"+b.ID+"/cancel", ""); decode[wire.Batch](t, body).Status != wire.BatchCompleted {
		t.Errorf("cancel of a batch that has ended = %s", body)
	}
}

// TestServerPages goes through a list, the newest first.
func TestServerPages(t *testing.T) {
	s := &wire.Server{Answer: echo}
	var want, got []string
	for i := range 7 {
		want = append([]string{upload(t, s, fmt.Sprint(i)).ID}, want...)
	}
	for after := ""; ; {
		_, body := do(t, s, "GET", "/v1/files?limit=3&after="+after, "")
		page := decode[wire.Page[wire.File]](t, body)
		for _, f := range page.Data {
			got = append(got, f.ID)
		}
		if !page.HasMore {
			break
		}
		after = page.LastID
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the pages have %v, want %v", got, want)
	}
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v
}
