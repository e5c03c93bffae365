package llmtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/llm/llmtest"
	"github.com/acecoder/acecoder/internal/llm/wire"
)

// chat asks the server and returns what came of it.
func chat(ctx context.Context, client *http.Client, url, body string) (wire.ChatResponse, int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+wire.ChatURL, strings.NewReader(body))
	if err != nil {
		return wire.ChatResponse{}, 0, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return wire.ChatResponse{}, 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		return wire.ChatResponse{}, resp.StatusCode, err
	}
	answer, err := wire.ReadChat(data)
	return answer, 200, err
}

const question = `{"model":"m","messages":[{"role":"user","content":"q"}]`

func TestAnswersFollowFromTheRequest(t *testing.T) {
	s := llmtest.New(llmtest.Config{Size: 100})
	client := &http.Client{Transport: s.Transport()}
	text := func(sample int64) string { return llmtest.Text("m", llmtest.Prompt("user", "q"), sample, 100) }
	for _, tt := range []struct {
		body string
		want []string
	}{
		{question + `}`, []string{text(0)}},
		{question + `}`, []string{text(1)}},
		{question + `,"n":2}`, []string{text(2), text(3)}},
		{question + `,"seed":1}`, []string{text(1)}},
		{question + `,"seed":1}`, []string{text(1)}},
		{question + `,"temperature":0}`, []string{text(0)}},
	} {
		got, _, err := chat(t.Context(), client, "http://stub", tt.body)
		if err != nil || len(got.Choices) != len(tt.want) {
			t.Fatalf("%s: %+v, %v", tt.body, got, err)
		}
		for i, want := range tt.want {
			if got := string(got.Choices[i].Message.Content); got != want || len(got) != 100 {
				t.Errorf("%s: sample %d = %q, want %q", tt.body, i, got, want)
			}
		}
	}
	if distinct, again := s.Billed(); distinct != 5 || again != 2 || s.Chats() != 6 {
		t.Errorf("billed %d and %d again for %d requests, want 5, 2, 6", distinct, again, s.Chats())
	}
}

// TestFaults has each fault do what its name says, within the process and over the network.
func TestFaults(t *testing.T) {
	var fault atomic.Value // of llmtest.Fault
	s := llmtest.New(llmtest.Config{Fault: func(llmtest.Call) llmtest.Fault { return fault.Load().(llmtest.Fault) }})
	listener := httptest.NewServer(s)
	defer listener.Close()
	for where, try := range map[string]struct {
		client *http.Client
		url    string
	}{"in process": {&http.Client{Transport: s.Transport()}, "http://stub"}, "on loopback": {listener.Client(), listener.URL}} {
		for b, want := range map[llmtest.Break]error{llmtest.Reset: syscall.ECONNRESET, llmtest.Lost: syscall.ECONNRESET, llmtest.Half: io.ErrUnexpectedEOF} {
			fault.Store(llmtest.Fault{Break: b})
			if _, _, err := chat(t.Context(), try.client, try.url, question+"}"); !errors.Is(err, want) {
				t.Errorf("%s, %s: %v, want %v", where, b, err, want)
			}
		}
		fault.Store(llmtest.Status(429, "slow", "Retry-After", "3"))
		if _, status, err := chat(t.Context(), try.client, try.url, question+"}"); err != nil || status != 429 {
			t.Errorf("%s, a status: %d, %v", where, status, err)
		}
		fault.Store(llmtest.Fault{})
		if _, _, err := chat(t.Context(), try.client, try.url, question+"}"); err != nil {
			t.Errorf("%s, no fault: %v", where, err)
		}
	}
	if distinct, _ := s.Billed(); distinct != 6 { // lost, half and whole, twice
		t.Errorf("billed %d samples, want 6", distinct)
	}
}

// TestSlowFaults end with the client's patience.
func TestSlowFaults(t *testing.T) {
	for _, b := range []llmtest.Break{llmtest.Hang, llmtest.Drip} {
		synctest.Test(t, func(t *testing.T) {
			s := llmtest.New(llmtest.Config{Fault: llmtest.First(1, llmtest.Fault{Break: b})})
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			_, _, err := chat(ctx, &http.Client{Transport: s.Transport()}, "http://stub", question+"}")
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
				t.Errorf("%s: %v after %v, want the end of ctx", b, err, time.Since(start))
			}
		})
	}
}

func TestManners(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg    llmtest.Config
		body   string
		status int
		want   func(wire.ChatResponse) bool
	}{
		"n ignored":       {llmtest.Config{IgnoreN: true}, question + `,"n":3}`, 200, func(r wire.ChatResponse) bool { return len(r.Choices) == 1 }},
		"n refused":       {llmtest.Config{RejectN: true}, question + `,"n":3}`, 400, nil},
		"JSON":            {llmtest.Config{}, question + `,"response_format":{"type":"json_object"}}`, 200, isJSON},
		"JSON ignored":    {llmtest.Config{IgnoreFormat: true}, question + `,"response_format":{"type":"json_object"}}`, 200, func(r wire.ChatResponse) bool { return !isJSON(r) }},
		"schemas refused": {llmtest.Config{RejectFormat: "json_schema"}, question + `,"response_format":{"type":"json_schema"}}`, 400, nil},
		"only schemas":    {llmtest.Config{RejectFormat: "json_schema"}, question + `,"response_format":{"type":"json_object"}}`, 200, isJSON},
		"max_tokens":      {llmtest.Config{NewMaxTokens: true}, question + `,"max_tokens":5}`, 400, nil},
		"the prefix":      {llmtest.Config{RejectPrefix: true}, question + `,"continue_final_message":true}`, 400, nil},
		"the prefix again": {llmtest.Config{RepeatPrefix: true}, question + `,"continue_final_message":true}`, 200, func(r wire.ChatResponse) bool {
			return strings.HasPrefix(string(r.Choices[0].Message.Content), "qsample 0")
		}},
		"no usage": {llmtest.Config{NoUsage: true}, question + `}`, 200, func(r wire.ChatResponse) bool { return r.Usage == nil }},
	} {
		got, status, err := chat(t.Context(), &http.Client{Transport: llmtest.New(tt.cfg).Transport()}, "http://stub", tt.body)
		if err != nil || status != tt.status || tt.want != nil && !tt.want(got) {
			t.Errorf("%s: %d, %+v, %v", name, status, got, err)
		}
	}
}

func isJSON(r wire.ChatResponse) bool { return json.Valid([]byte(r.Choices[0].Message.Content)) }

func TestMostAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := llmtest.New(llmtest.Config{Latency: time.Second})
		done := make(chan error)
		for range 3 {
			go func() {
				_, _, err := chat(t.Context(), &http.Client{Transport: s.Transport()}, "http://stub", question+"}")
				done <- err
			}()
		}
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if s.MostAtOnce() != 3 {
			t.Errorf("MostAtOnce = %d, want 3", s.MostAtOnce())
		}
	})
}
