package modelserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"

	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/llm/wire"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// options are the fields that both endpoints have. Pointers tell what is not there.
type options struct {
	Model               *string             `json:"model"`
	Temperature         *float64            `json:"temperature"`
	TopK                *int                `json:"top_k"`
	TopP                *float64            `json:"top_p"`
	MinP                *float64            `json:"min_p"`
	RepetitionPenalty   *float64            `json:"repetition_penalty"`
	PresencePenalty     *float64            `json:"presence_penalty"`
	FrequencyPenalty    *float64            `json:"frequency_penalty"`
	MaxTokens           *int                `json:"max_tokens"`
	MaxCompletionTokens *int                `json:"max_completion_tokens"`
	N                   *int                `json:"n"`
	Stop                wire.Words          `json:"stop"`
	StopTokens          []int32             `json:"stop_token_ids"`
	Seed                *int64              `json:"seed"`
	Stream              bool                `json:"stream"`
	StreamOptions       *wire.StreamOptions `json:"stream_options"`
}

type chatBody struct {
	options
	Messages             []wire.Message       `json:"messages"`
	Logprobs             bool                 `json:"logprobs"`
	TopLogprobs          *int                 `json:"top_logprobs"`
	ResponseFormat       *wire.ResponseFormat `json:"response_format"`
	AddGenerationPrompt  *bool                `json:"add_generation_prompt"`
	ContinueFinalMessage bool                 `json:"continue_final_message"`
}

type completionBody struct {
	options
	Prompt   prompts `json:"prompt"`
	Logprobs *int    `json:"logprobs"`
}

// withoutEffect are fields that change nothing in an answer.
var withoutEffect = []string{"user", "metadata", "store", "service_tier", "prompt_cache_key", "safety_identifier", "priority"}

// decode reads the fields of a body, each on its own, so that every error has its field. A field that is not known and
// asks for something is one.
func decode(data []byte, into any) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return &wire.Error{Status: http.StatusBadRequest, Type: invalid, Message: "the body is no request: " + err.Error()}
	}
	v := reflect.ValueOf(into).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := f.Tag.Get("json")
		raw, ok := all[name]
		if name == "" || !ok {
			continue
		}
		delete(all, name)
		if string(raw) == "null" {
			continue
		}
		if err := json.Unmarshal(raw, v.FieldByIndex(f.Index).Addr().Interface()); err != nil {
			return refused(name, "is %s, want %s", shortened(raw), wanted(f.Type))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(withoutEffect, name) && asks(all[name]) {
			return refused(name, "is not supported here")
		}
	}
	return nil
}

// asks reports whether a value asks for anything: null, false, and what is empty do not.
func asks(raw json.RawMessage) bool {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return true
	}
	return !slices.Contains([]string{"null", "false", `""`, "[]", "{}"}, compact.String())
}

// shortened returns the beginning of a value, for a message.
func shortened(raw json.RawMessage) string {
	const most = 40
	if text := []rune(string(raw)); len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(raw)
}

// wanted says in words what a field holds.
func wanted(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	}
	switch t {
	case reflect.TypeFor[wire.Words]():
		return "a text or a list of texts"
	case reflect.TypeFor[prompts]():
		return "a text, a list of texts, a list of tokens, or a list of lists of tokens"
	case reflect.TypeFor[[]int32]():
		return "a list of tokens"
	case reflect.TypeFor[[]wire.Message]():
		return "a list of messages with role and content"
	}
	return "an object"
}

// prompts are the prompts of a completion, as texts or as tokens.
type prompts struct {
	texts  wire.Words
	tokens [][]int32
}

// UnmarshalJSON reads any of the four forms.
func (p *prompts) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &p.texts) == nil {
		return nil
	}
	p.texts = nil
	var one []int32
	if json.Unmarshal(data, &one) == nil {
		p.tokens = [][]int32{one}
		return nil
	}
	return json.Unmarshal(data, &p.tokens)
}

func (p *prompts) encoded(encode func(string) []int32) [][]int32 {
	out := p.tokens
	for _, text := range p.texts {
		out = append(out, encode(text))
	}
	return out
}

// maxN is the most answers that one prompt is given, as OpenAI has it.
const maxN = 128

// params returns how tokens are to be drawn, of what a request says and the model's defaults.
func (s *server) params(o *options) (generate.Params, error) {
	p := s.Defaults
	if o.Model == nil {
		return p, refused("model", "is required")
	}
	if *o.Model != s.Name {
		return p, s.unknown(*o.Model)
	}
	set(&p.Temperature, o.Temperature)
	set(&p.TopP, o.TopP)
	set(&p.MinP, o.MinP)
	set(&p.RepetitionPenalty, o.RepetitionPenalty)
	set(&p.PresencePenalty, o.PresencePenalty)
	set(&p.FrequencyPenalty, o.FrequencyPenalty)
	if set(&p.TopK, o.TopK); p.TopK == -1 {
		p.TopK = 0 // vLLM's word for all tokens
	}
	if set(&p.N, o.N); p.N > maxN {
		return p, refused("n", "is %d, want at most %d", p.N, maxN)
	}
	for _, f := range []struct {
		name  string
		value *int
	}{{"max_tokens", o.MaxTokens}, {"max_completion_tokens", o.MaxCompletionTokens}} {
		if set(&p.MaxTokens, f.value); f.value != nil && *f.value < 1 {
			return p, refused(f.name, "is %d, want at least 1", *f.value)
		}
	}
	p.Stop = append(slices.Clip(p.Stop), o.Stop...)
	p.StopTokens = append(slices.Clip(p.StopTokens), o.StopTokens...)
	p.Seed = rand.Uint64()
	if o.Seed != nil {
		p.Seed = uint64(*o.Seed)
	}
	if err := p.Check(); err != nil {
		return p, explained(err, "")
	}
	return p, nil
}

// set takes a value that is there.
func set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

// maxTopLogprobs is the most that are told of each token, as OpenAI has it.
const maxTopLogprobs = 20

// topLogprobs returns how many of the most likely tokens a chat asks for.
func topLogprobs(logprobs bool, top *int) (int, error) {
	switch {
	case top == nil || *top == 0:
		return 0, nil
	case *top < 0 || *top > maxTopLogprobs:
		return 0, refused("top_logprobs", "is %d, want from 0 to %d", *top, maxTopLogprobs)
	case !logprobs:
		return 0, refused("top_logprobs", "is set and logprobs is not; set it to true")
	}
	return *top, nil
}

// chatPrompt returns a chat as the model expects it.
func (s *server) chatPrompt(b *chatBody) ([]int32, error) {
	if f := b.ResponseFormat; f != nil && f.Type != "text" {
		return nil, refused("response_format", "of type %q is not supported here, only text", f.Type)
	}
	if len(b.Messages) == 0 {
		return nil, refused("messages", "is required")
	}
	c := tokenizer.Chat{ContinueFinal: b.ContinueFinalMessage, AddGenerationPrompt: !b.ContinueFinalMessage}
	if set(&c.AddGenerationPrompt, b.AddGenerationPrompt); c.AddGenerationPrompt && c.ContinueFinal {
		return nil, refused("continue_final_message", "and add_generation_prompt are both true, and exclude each other")
	}
	for i, m := range b.Messages {
		if m.Role == "" {
			return nil, refused("messages", "has no role in its element %d", i)
		}
		c.Messages = append(c.Messages, tokenizer.Message{Role: m.Role, Content: string(m.Content)})
	}
	text, err := s.Render(c)
	if err != nil {
		return nil, refused("messages", "cannot be written as the model expects them: %v", err)
	}
	return s.Encode(text), nil
}
