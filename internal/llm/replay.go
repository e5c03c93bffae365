package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// NewReplayServer returns a server of OpenAI's API that answers what was recorded: /v1/chat/completions, whole or as a
// stream, /v1/models, and files and batches, which end at once. A request is matched by what [Request] has of it,
// without the seed and the schema where the recording has it once only. Several samples are those from the first on;
// one sample is the next one with each request, or, where the request was recorded with a seed, the one whose seed is
// asked for. What is not recorded has status 404.
func NewReplayServer(rec *Recording) http.Handler {
	p := &replay{rec: rec, byShape: map[Key][]*recorded{}, next: map[*recorded]int{}}
	for _, all := range rec.order {
		if shape, err := shapeOf(all.request); err == nil {
			p.byShape[shape] = append(p.byShape[shape], all)
		}
	}
	return &wire.Server{Answer: p.answer, Models: rec.Models}
}

type replay struct {
	rec     *Recording
	byShape map[Key][]*recorded

	mu   sync.Mutex
	next map[*recorded]int // the sample that comes next
}

// shapeOf is the key of a request without what its HTTP form may lack: the server may have been asked for JSON in
// another way, and the seed differs from sample to sample.
func shapeOf(r Request) (Key, error) {
	r.Seed, r.Schema = nil, nil
	return KeyOf(r, "")
}

func (p *replay) answer(_ context.Context, body wire.ChatRequest) (wire.ChatResponse, error) {
	r := fromWire(body)
	shape, err := shapeOf(r)
	if err != nil {
		return wire.ChatResponse{}, &wire.Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Message: err.Error()}
	}
	all, first := choose(p.byShape[shape], r)
	if all == nil {
		return wire.ChatResponse{}, notRecorded(p.rec.unknown(r).Error())
	}
	n := max(body.N, 1)
	if r.Seed == nil && n == 1 {
		first = p.turn(all)
	}
	var resp wire.ChatResponse
	total := Usage{}
	for i := range n {
		a, ok := all.answers[first+i]
		if !ok {
			return resp, notRecorded(fmt.Sprintf("sample %d of this request is not recorded, %d samples are", first+i, len(all.answers)))
		}
		resp.Choices = append(resp.Choices, wire.Choice{
			Message:      wire.Message{Content: wire.Text(a.Text), Refusal: a.Refusal},
			FinishReason: string(a.Finish),
		})
		total = sum([]Answer{{Usage: total}, a})
	}
	resp.Usage = toWire(total)
	return resp, nil
}

func notRecorded(message string) *wire.Error {
	return &wire.Error{Status: http.StatusNotFound, Type: "invalid_request_error", Code: "not_recorded", Message: message}
}

// turn returns the next sample of a request, and begins anew after the last.
func (p *replay) turn(all *recorded) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.next[all]
	p.next[all] = (k + 1) % max(len(all.answers), 1)
	return k
}

// choose finds the request among those of the same shape, and the sample that its seed asks for.
func choose(shape []*recorded, r Request) (all *recorded, first int) {
	shape = slices.Clone(shape)
	if r.Schema != nil {
		slices.SortStableFunc(shape, func(a, b *recorded) int { return unlike(a, r) - unlike(b, r) })
	}
	for _, all := range shape {
		switch recorded := all.request.Seed; {
		case r.Seed == nil && recorded == nil:
			return all, 0
		case r.Seed != nil && recorded != nil:
			first := int(*r.Seed - *recorded)
			if _, ok := all.answers[first]; ok {
				return all, first
			}
		}
	}
	return nil, 0
}

// unlike is 0 for a request that was recorded with the same schema's name, and 1 for another.
func unlike(all *recorded, r Request) int {
	if all.request.Schema != nil && all.request.Schema.Name == r.Schema.Name {
		return 0
	}
	return 1
}

// fromWire reads a request from its HTTP form, in any dialect of its fields. A field that it does not have is what
// OpenAI's documentation gives as its default.
func fromWire(b wire.ChatRequest) Request {
	r := Request{
		Model: b.Model, Temperature: 1, TopP: 1, MaxTokens: max(b.MaxTokens, b.MaxCompletionTokens),
		Stop: b.Stop, Seed: b.Seed, Continue: b.ContinueFinalMessage,
	}
	if b.Temperature != nil {
		r.Temperature = *b.Temperature
	}
	if b.TopP != nil {
		r.TopP = *b.TopP
	}
	for _, m := range b.Messages {
		r.Messages = append(r.Messages, Message{Role(m.Role), string(m.Content)})
	}
	if f := b.ResponseFormat; f != nil && f.JSONSchema != nil {
		r.Schema = &Schema{Name: f.JSONSchema.Name, Schema: f.JSONSchema.Schema}
	}
	for name, value := range b.Extra {
		if !slices.Contains(withoutEffect, name) {
			if r.Extra == nil {
				r.Extra = map[string]json.RawMessage{}
			}
			r.Extra[name] = value
		}
	}
	return r
}

// withoutEffect are fields of a request that no answer depends on.
var withoutEffect = []string{"user", "metadata", "store", "service_tier", "logprobs", "top_logprobs", "priority", "prompt_cache_key", "safety_identifier"}

func toWire(u Usage) *wire.Usage {
	w := &wire.Usage{PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens, TotalTokens: tokens(u)}
	if u.CachedPromptTokens > 0 {
		w.PromptDetails = &wire.PromptDetails{CachedTokens: u.CachedPromptTokens}
	}
	if u.ReasoningTokens > 0 {
		w.CompletionDetail = &wire.CompletionDetail{ReasoningTokens: u.ReasoningTokens}
	}
	return w
}
