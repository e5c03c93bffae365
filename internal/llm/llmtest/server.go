// Package llmtest is a model server for tests that misbehaves on demand: it loses connections, answers with half of
// an answer or with nothing, limits its rate, and does not know what it is asked for.
//
// In: HTTP requests as OpenAI's API has them, over the network or, through [Server.Transport], within the process, so
// that testing/synctest can hold the time. Out: answers that follow from the request, so that a test knows the right
// one, and an account of every request and every sample that was given. Its invariant: what it gives for a request and
// a sample is always the same.
package llmtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// Config says how a server behaves. The zero value behaves well.
type Config struct {
	Size    int           // of an answer's text, in bytes; 0: 64
	Latency time.Duration // of an answer to a chat

	// Say is the text of an answer, in place of [Text]: of a model, to a conversation as [Prompt] writes it.
	Say func(model, prompt string, sample int64) string

	// Fault says what befalls a request; nil: nothing.
	Fault func(Call) Fault

	IgnoreN      bool // gives one sample, however many are asked for
	RejectN      bool
	IgnoreFormat bool   // answers in prose where JSON is asked for
	RejectFormat string // "json_schema": only that; "all": every response_format
	RejectPrefix bool   // does not know vLLM's fields for the beginning of an answer
	RepeatPrefix bool   // repeats the beginning that it was given
	NewMaxTokens bool   // wants max_completion_tokens
	NoUsage      bool   // does not say what an answer took

	Polls  int                                                                // how often a batch is asked for before it has ended
	Settle func(b *wire.Batch, results []wire.BatchResult) []wire.BatchResult // see wire.Server
}

// Call is one HTTP request.
type Call struct {
	Method, Path string
	N            int // how many of this method and path came before
	Body         []byte
}

// Chat reports whether the call asks for an answer.
func (c Call) Chat() bool { return c.Path == wire.ChatURL }

// Server is the server. It is an http.Handler.
type Server struct {
	cfg  Config
	wire wire.Server

	mu     sync.Mutex
	calls  map[string]int
	billed map[string]map[int64]int // by request and sample, how often it was given
	given  map[string]int64         // by request without a seed, how many samples were given
	polls  map[string]int
	flying int
	most   int
}

// New returns a server.
func New(cfg Config) *Server {
	s := &Server{
		cfg: cfg, calls: map[string]int{}, billed: map[string]map[int64]int{}, given: map[string]int64{}, polls: map[string]int{},
	}
	s.wire = wire.Server{Answer: s.answer, Models: func() []string { return []string{"stub"} }, Settle: cfg.Settle}
	return s
}

// ServeHTTP answers one request, or does what the fault says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	fault := Fault{}
	call := s.count(r, body)
	if s.cfg.Fault != nil {
		fault = s.cfg.Fault(call)
	}
	if call.Chat() {
		s.enter()
		defer s.leave()
		if !wait(r.Context(), s.cfg.Latency) {
			panic(http.ErrAbortHandler) // an end would look like an answer
		}
	}
	switch {
	case fault.Status != 0:
		fault.write(w)
	case fault.Break != "":
		s.breaking(w, r, fault.Break)
	case s.unfinished(r):
		s.poll(w, r)
	default:
		s.wire.ServeHTTP(w, r)
	}
}

func (s *Server) count(r *http.Request, body []byte) Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.Method + " " + r.URL.Path
	c := Call{r.Method, r.URL.Path, s.calls[name], body}
	s.calls[name]++
	return c
}

func (s *Server) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying++
	s.most = max(s.most, s.flying)
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
}

// answer is what a well-behaved server says.
func (s *Server) answer(_ context.Context, r wire.ChatRequest) (wire.ChatResponse, error) {
	if e := s.reject(r); e != nil {
		return wire.ChatResponse{}, e
	}
	n := max(r.N, 1)
	if s.cfg.IgnoreN {
		n = 1
	}
	resp := wire.ChatResponse{Usage: &wire.Usage{PromptTokens: PromptTokens(r)}}
	first := s.bill(r, n)
	for i := range int64(n) {
		text := s.text(r, first+i)
		resp.Usage.CompletionTokens += CompletionTokens(text)
		resp.Choices = append(resp.Choices, wire.Choice{
			Message:      wire.Message{Content: wire.Text(s.prefix(r) + text)},
			FinishReason: "stop",
		})
	}
	resp.Usage.TotalTokens = resp.Usage.PromptTokens + resp.Usage.CompletionTokens
	if s.cfg.NoUsage {
		resp.Usage = nil
	}
	return resp, nil
}

// text is one sample of an answer.
func (s *Server) text(r wire.ChatRequest, sample int64) string {
	if s.cfg.Say != nil {
		return s.cfg.Say(r.Model, conversation(r), sample)
	}
	text := Text(r.Model, conversation(r), sample, s.cfg.Size)
	if r.ResponseFormat != nil && !s.cfg.IgnoreFormat {
		return fmt.Sprintf(`{"text": %q}`, text)
	}
	return text
}

// reject refuses what the server does not know, in the words of those that do not.
func (s *Server) reject(r wire.ChatRequest) *wire.Error {
	refuse := func(param, message string) *wire.Error {
		return &wire.Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Param: param, Message: message}
	}
	switch {
	case s.cfg.RejectN && r.N > 1:
		return refuse("", "only n = 1 is supported by this model")
	case s.cfg.NewMaxTokens && r.MaxTokens > 0:
		return refuse("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
	case s.cfg.RejectPrefix && r.ContinueFinalMessage:
		return refuse("", "Unrecognized request arguments supplied: add_generation_prompt, continue_final_message")
	case r.ResponseFormat != nil && (s.cfg.RejectFormat == "all" || s.cfg.RejectFormat == r.ResponseFormat.Type):
		return refuse("response_format", "response_format of this type is not supported")
	}
	return nil
}

// beginWith is how a server is asked in words for the beginning of its answer.
const beginWith = "Begin your answer with:\n"

// prefix is the beginning that the answer repeats.
func (s *Server) prefix(r wire.ChatRequest) string {
	last := string(r.Messages[len(r.Messages)-1].Content)
	if r.ContinueFinalMessage {
		if s.cfg.RepeatPrefix {
			return last
		}
		return ""
	}
	_, prefix, _ := strings.Cut(last, beginWith)
	return prefix
}

// bill notes the samples that are given, and returns the first. With a seed the sample is the seed, so that the same
// one can be given twice; without one it is the next.
func (s *Server) bill(r wire.ChatRequest, n int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := identity(r)
	first := s.given[name]
	if r.Seed != nil {
		first = *r.Seed
	} else {
		s.given[name] += int64(n)
	}
	if s.billed[name] == nil {
		s.billed[name] = map[int64]int{}
	}
	for i := range int64(n) {
		s.billed[name][first+i]++
	}
	return first
}

// identity names a request without what differs between its samples.
func identity(r wire.ChatRequest) string {
	r.N, r.Seed, r.Stream = 0, nil, false
	data, err := wire.Encode(r)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// conversation is what a text follows from: the turns that were sent, in their order.
func conversation(r wire.ChatRequest) string {
	var b strings.Builder
	for _, m := range r.Messages {
		fmt.Fprintf(&b, "%s: %s\n", m.Role, m.Content)
	}
	return b.String()
}

// Prompt writes turns as [Text] takes them: role, content, role, content …
func Prompt(turns ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(turns); i += 2 {
		fmt.Fprintf(&b, "%s: %s\n", turns[i], turns[i+1])
	}
	return b.String()
}

// Text is the answer to a prompt: its sample, and words that follow from all of these.
func Text(model, prompt string, sample int64, size int) string {
	if size == 0 {
		size = 64
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", model, prompt, sample))
	text := fmt.Sprintf("sample %d %x", sample, hash)
	for len(text) < size {
		text += " " + text
	}
	return text[:size]
}

// PromptTokens and CompletionTokens are what the server says that a request took.
func PromptTokens(r wire.ChatRequest) int { return len(conversation(r))/4 + 1 }

// CompletionTokens is what one sample took.
func CompletionTokens(text string) int { return len(text)/4 + 1 }

// Chats returns how many requests for answers came.
func (s *Server) Chats() int { return s.Calls("POST " + wire.ChatURL) }

// Calls returns how many requests of a method and path came, such as "POST /v1/batches".
func (s *Server) Calls(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[name]
}

// Billed returns how many different samples were given, and how many were given again.
func (s *Server) Billed() (distinct, again int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, samples := range s.billed {
		distinct += len(samples)
		for _, times := range samples {
			again += times - 1
		}
	}
	return distinct, again
}

// MostAtOnce returns how many requests for answers were worked on at the same time at most.
func (s *Server) MostAtOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// Batches returns the batches that were made.
func (s *Server) Batches() []wire.Batch { return s.wire.Batches() }
