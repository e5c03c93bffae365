// Package modelserver serves a model over OpenAI's HTTP API: chats and texts, whole or streamed.
//
// In: requests to /v1/chat/completions, /v1/completions and /v1/models, with the fields of vLLM that OpenAI's API lacks
// (top_k, min_p, repetition_penalty); and functions that encode, generate and decode. Out: answers as package wire has
// them. Its one invariant: a field that would change the answer is obeyed, or the request is refused with its name.
package modelserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/llm/wire"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Model is what is served. All functions may be called from several goroutines.
type Model struct {
	Name string
	// Defaults are the parameters that a request does not say. Its stop tokens are every request's.
	Defaults generate.Params
	// Generate answers a request, as [generate.Scheduler.Generate] does.
	Generate func(context.Context, generate.Request) ([]generate.Answer, error)
	// Render writes a chat as the model expects it. Its error is the request's fault.
	Render func(tokenizer.Chat) (string, error)
	// Encode returns the tokens of a text.
	Encode func(text string) []int32
	// Text returns a decoder of one answer; special tokens have no text.
	Text func() generate.Text
	// Bytes returns what a token stands for.
	Bytes func(token int32) []byte
}

// server is a model with what its handlers share.
type server struct{ Model }

// New returns the API of a model. A request whose client goes away is given up.
func New(m Model) http.Handler {
	s := &server{m}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"POST " + wire.ChatURL:       s.chat,
		"POST " + wire.CompletionURL: s.completion,
		"GET /v1/models":             s.models,
		"GET /v1/models/{id...}":     s.model, // its name may have slashes
		"GET /health":                func(http.ResponseWriter, *http.Request) error { return nil },
		"/": func(_ http.ResponseWriter, r *http.Request) error {
			return &wire.Error{Status: http.StatusNotFound, Type: invalid, Message: fmt.Sprintf("there is no %s %s", r.Method, r.URL.Path)}
		},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil && r.Context().Err() == nil {
				wire.WriteError(w, err)
			}
		})
	}
	return mux
}

// invalid is the type of errors that are the request's fault.
const invalid = "invalid_request_error"

// refused is the error about a field of a request.
func refused(field, format string, args ...any) *wire.Error {
	return &wire.Error{Status: http.StatusBadRequest, Type: invalid, Param: field, Message: field + " " + fmt.Sprintf(format, args...)}
}

func (s *server) models(w http.ResponseWriter, _ *http.Request) error {
	return wire.WriteJSON(w, wire.Listed(s.Name))
}

func (s *server) model(w http.ResponseWriter, r *http.Request) error {
	if id := r.PathValue("id"); id != s.Name {
		return s.unknown(id)
	}
	return wire.WriteJSON(w, wire.Listed(s.Name).Data[0])
}

func (s *server) unknown(name string) error {
	return &wire.Error{
		Status: http.StatusNotFound, Type: invalid, Param: "model", Code: "model_not_found",
		Message: fmt.Sprintf("there is no model %q here, only %q", name, s.Name),
	}
}

// maxBody is the largest body that is read.
const maxBody = 64 << 20

// read reads the body of a request.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return &wire.Error{Status: http.StatusBadRequest, Type: invalid, Message: "the body cannot be read: " + err.Error()}
	}
	return decode(data, into)
}

func (s *server) chat(w http.ResponseWriter, r *http.Request) error {
	var b chatBody
	if err := read(w, r, &b); err != nil {
		return err
	}
	p, err := s.params(&b.options)
	if err != nil {
		return err
	}
	prompt, err := s.chatPrompt(&b)
	if err != nil {
		return err
	}
	if p.TopLogprobs, err = topLogprobs(b.Logprobs, b.TopLogprobs); err != nil {
		return err
	}
	form := &chatForm{head: newHead("chatcmpl-", s.Name), logprobs: b.Logprobs}
	return s.answer(w, r, task{prompts: [][]int32{prompt}, params: p, options: &b.options, form: form, field: "messages"})
}

func (s *server) completion(w http.ResponseWriter, r *http.Request) error {
	var b completionBody
	if err := read(w, r, &b); err != nil {
		return err
	}
	p, err := s.params(&b.options)
	if err != nil {
		return err
	}
	prompts := b.Prompt.encoded(s.Encode)
	if len(prompts) == 0 {
		return refused("prompt", "is required")
	}
	if n := len(prompts) * p.N; n > maxChoices {
		return refused("prompt", "and n ask for %d answers, want at most %d; send several requests", n, maxChoices)
	}
	if p.MaxTokens == 0 {
		p.MaxTokens = 16 // as OpenAI has it
	}
	if b.Logprobs != nil {
		if p.TopLogprobs = *b.Logprobs; p.TopLogprobs < 0 || p.TopLogprobs > maxTopLogprobs {
			return refused("logprobs", "is %d, want from 0 to %d", p.TopLogprobs, maxTopLogprobs)
		}
	}
	form := &completionForm{head: newHead("cmpl-", s.Name), logprobs: b.Logprobs != nil, offsets: map[int]int{}}
	return s.answer(w, r, task{prompts: prompts, params: p, options: &b.options, form: form, field: "prompt"})
}

// head is what all answers and events begin with.
type head struct {
	id      string
	created int64
	model   string
}

func newHead(prefix, model string) head { return head{prefix + rand.Text(), time.Now().Unix(), model} }

// task is a request that makes sense as far as can be seen without generating.
type task struct {
	prompts [][]int32
	params  generate.Params
	options *options
	form    form
	field   string // of the request that has the prompts
}

// form writes answers as one of the two endpoints does. Choices are numbered through all prompts.
type form interface {
	whole(m *Model, choices []generate.Answer, usage wire.Usage) any
	event(m *Model, choice int, p generate.Piece) any
	usage(u wire.Usage) any
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, t task) error {
	if !t.options.Stream {
		choices, err := s.generate(r.Context(), t, nil)
		if err != nil {
			return failed(w, err, t.field)
		}
		return wire.WriteJSON(w, t.form.whole(&s.Model, choices, t.usage(choices)))
	}
	events := wire.NewEvents(w)
	choices, err := s.generate(r.Context(), t, func(choice int, p generate.Piece) error {
		return events.Send(t.form.event(&s.Model, choice, p))
	})
	if err == nil && t.options.StreamOptions != nil && t.options.StreamOptions.IncludeUsage {
		err = events.Send(t.form.usage(t.usage(choices)))
	}
	if err != nil {
		events.Fail(failed(w, err, t.field))
		return nil
	}
	return events.End()
}

// failed returns an error as the API has it, and says when to come again where the queue is full.
func failed(w http.ResponseWriter, err error, field string) error {
	if errors.Is(err, generate.ErrBusy) {
		w.Header().Set("Retry-After", "1") // a second: some tokens, after which a slot may be free
	}
	return explained(err, field)
}

const (
	maxChoices = 4096 // of one request
	maxPrompts = 32   // of one request that are worked on at a time, so that a long list leaves room in the queue
)

// generate answers all prompts. emit is given the pieces, one at a time; it may be nil.
func (s *server) generate(ctx context.Context, t task, emit func(choice int, p generate.Piece) error) ([]generate.Answer, error) {
	turn := make(chan struct{}, 1)
	choices := make([]generate.Answer, len(t.prompts)*t.params.N)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxPrompts)
	for i, prompt := range t.prompts {
		first := i * t.params.N
		request := generate.Request{Prompt: prompt, Params: t.params, Text: s.Text}
		// Prompts are independent, also where they are equal.
		request.Params.Seed += uint64(i)
		if emit != nil {
			request.Emit = func(p generate.Piece) error {
				turn <- struct{}{}
				defer func() { <-turn }()
				return emit(first+p.Sample, p)
			}
		}
		group.Go(func() error {
			answers, err := s.Generate(ctx, request)
			copy(choices[first:], answers)
			return err
		})
	}
	return choices, group.Wait()
}

// usage counts tokens. A prompt counts once, whatever the number of its answers.
func (t *task) usage(choices []generate.Answer) wire.Usage {
	var u wire.Usage
	for _, p := range t.prompts {
		u.PromptTokens += len(p)
	}
	for _, c := range choices {
		u.CompletionTokens += len(c.Draws)
	}
	u.TotalTokens = u.PromptTokens + u.CompletionTokens
	return u
}

// explained returns an error of generating as the API has it; field is where the prompt was.
func explained(err error, field string) error {
	if e, ok := errors.AsType[*generate.ContextError](err); ok {
		return &wire.Error{Status: http.StatusBadRequest, Type: invalid, Param: field, Code: "context_length_exceeded", Message: e.Error()}
	}
	if e, ok := errors.AsType[*generate.ParamError](err); ok {
		if e.Field == "prompt" {
			return refused(field, "%s", e.Problem)
		}
		return refused(e.Field, "%s", e.Problem)
	}
	switch {
	case errors.Is(err, generate.ErrBusy):
		return &wire.Error{Status: http.StatusTooManyRequests, Type: "rate_limit_error", Code: "rate_limit_exceeded", Message: err.Error()}
	case errors.Is(err, generate.ErrEnded):
		return &wire.Error{Status: http.StatusServiceUnavailable, Type: "server_error", Message: err.Error()}
	}
	return err
}

// finish returns a finish reason as the API has it: null while there is none.
func finish(f generate.Finish) *string {
	if f == "" {
		return nil
	}
	word := string(f)
	return &word
}

// lowest stands for log-probabilities that JSON has no number for, as OpenAI has it.
const lowest = -9999

func logprob(p float32) float64 { return math.Max(float64(p), lowest) }
