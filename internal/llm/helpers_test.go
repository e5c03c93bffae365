package llm_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// events collects what a client tells.
type events struct {
	mu  sync.Mutex
	all []llm.Event
}

func (e *events) add(event llm.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event)
}

// kinds returns the kinds in the order in which they came.
func (e *events) kinds() []llm.Kind {
	e.mu.Lock()
	defer e.mu.Unlock()
	kinds := []llm.Kind{}
	for _, event := range e.all {
		kinds = append(kinds, event.Kind)
	}
	return kinds
}

func (e *events) count(kind llm.Kind) int {
	n := 0
	for _, k := range e.kinds() {
		if k == kind {
			n++
		}
	}
	return n
}

// clientOf returns a client of a server in this process.
func clientOf(t *testing.T, server *llmtest.Server, change func(*llm.Config)) *llm.Client {
	t.Helper()
	cfg := llm.Config{BaseURL: "http://stub.example/v1", APIKey: "secret", KeyEnv: "STUB_KEY", Transport: server.Transport()}
	if change != nil {
		change(&cfg)
	}
	client, err := llm.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// want is the right answer to ask(question).
func right(question string, sample int) string {
	return llmtest.Text("stub", llmtest.Prompt("user", question), int64(sample), 0)
}

// rightAll are the right answers to the samples first to first+n-1.
func rightAll(question string, first, n int) []string {
	var all []string
	for i := range n {
		all = append(all, right(question, first+i))
	}
	return all
}

func texts(answers []llm.Answer) []string {
	var all []string
	for _, a := range answers {
		all = append(all, a.Text)
	}
	return all
}

// seeded is ask(question) with a seed of zero, so that sample k has seed k.
func seeded(question string) llm.Request {
	r := ask(question)
	seed := int64(0)
	r.Seed = &seed
	return r
}

// transportFunc is a transport of one function.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func questions(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint("question ", i))
	}
	return all
}

type (
	rawJSON      = json.RawMessage
	httpRequest  = http.Request
	httpResponse = http.Response
)
