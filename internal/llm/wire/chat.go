// Package wire is the part of OpenAI's HTTP API that this project speaks: chat completions, files and batches.
//
// In and out: the JSON of requests, answers, errors and batch lines, with the differences between servers evened out
// on reading. [Server] is the API's other side, over any function that answers. Its invariant: what one of its types
// writes, it reads back the same.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ChatRequest is the body of a request to /chat/completions.
type ChatRequest struct {
	Model               string          `json:"model"`
	Messages            []Message       `json:"messages"`
	Temperature         *float64        `json:"temperature,omitempty"`
	TopP                *float64        `json:"top_p,omitempty"`
	N                   int             `json:"n,omitempty"`
	MaxTokens           int             `json:"max_tokens,omitempty"`
	MaxCompletionTokens int             `json:"max_completion_tokens,omitempty"` // the newer name of the same
	Stop                Words           `json:"stop,omitempty"`
	Seed                *int64          `json:"seed,omitempty"`
	ResponseFormat      *ResponseFormat `json:"response_format,omitempty"`

	// vLLM's pair of fields that has the answer go on where the last message, the assistant's, ends.
	AddGenerationPrompt  *bool `json:"add_generation_prompt,omitempty"`
	ContinueFinalMessage bool  `json:"continue_final_message,omitempty"`

	Stream        bool           `json:"stream,omitempty"`
	StreamOptions *StreamOptions `json:"stream_options,omitempty"`

	Extra map[string]json.RawMessage `json:"-"` // what else is in the body
}

// Message is one turn of a chat, or what a model said.
type Message struct {
	Role    string `json:"role"`
	Content Text   `json:"content"`
	Refusal string `json:"refusal,omitempty"`
}

// ResponseFormat asks for JSON: of a schema (json_schema), of any shape (json_object), or not at all (text).
type ResponseFormat struct {
	Type       string      `json:"type"`
	JSONSchema *JSONSchema `json:"json_schema,omitempty"`
}

// JSONSchema is a schema with a name.
type JSONSchema struct {
	Name   string          `json:"name"`
	Strict bool            `json:"strict,omitempty"`
	Schema json.RawMessage `json:"schema,omitempty"`
}

// StreamOptions are the choices of a streamed answer.
type StreamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// ChatResponse is the body of the answer.
type ChatResponse struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []Choice `json:"choices"`
	Usage   *Usage   `json:"usage,omitempty"`

	// Some gateways answer 200 and put the error of the server behind them here.
	Error json.RawMessage `json:"error,omitempty"`
}

// Choice is one sample.
type Choice struct {
	Index        int       `json:"index"`
	Message      Message   `json:"message"`
	Logprobs     *Logprobs `json:"logprobs,omitempty"`
	FinishReason string    `json:"finish_reason"`
}

// Usage is what a request took, all its samples together.
type Usage struct {
	PromptTokens     int               `json:"prompt_tokens"`
	CompletionTokens int               `json:"completion_tokens"`
	TotalTokens      int               `json:"total_tokens"`
	PromptDetails    *PromptDetails    `json:"prompt_tokens_details,omitempty"`
	CompletionDetail *CompletionDetail `json:"completion_tokens_details,omitempty"`
}

// PromptDetails says how much of a prompt was in the server's cache.
type PromptDetails struct {
	CachedTokens int `json:"cached_tokens"`
}

// CompletionDetail says how much of an answer only the model saw.
type CompletionDetail struct {
	ReasoningTokens int `json:"reasoning_tokens"`
}

// Text is a message's content: a string, null, or a list of parts, whose text it then is.
type Text string

// UnmarshalJSON reads any of the three.
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '[' {
		var s *string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = ""
		if s != nil {
			*t = Text(*s)
		}
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	var b strings.Builder
	for _, part := range parts {
		b.WriteString(part.Text)
	}
	*t = Text(b.String())
	return nil
}

// Words is a list of strings, or a single one.
type Words []string

// UnmarshalJSON reads either.
func (w *Words) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*w = []string{""}
		return json.Unmarshal(data, &(*w)[0])
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// fields are the names of the fields of a request that are not Extra.
var fields = fieldNames(reflect.TypeFor[ChatRequest]())

// IsField reports whether a name is that of a field of [ChatRequest], which Extra must not hold.
func IsField(name string) bool { return fields[name] }

func fieldNames(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "-" {
			names[name] = true
		}
	}
	return names
}

// MarshalJSON writes the request with Extra among its fields, sorted by name and last.
func (r ChatRequest) MarshalJSON() ([]byte, error) {
	type plain ChatRequest
	data, err := Encode(plain(r))
	if err != nil || len(r.Extra) == 0 {
		return data, err
	}
	for name := range r.Extra {
		if IsField(name) {
			return nil, fmt.Errorf("extra field %q is a field of the request", name)
		}
	}
	extra, err := Encode(r.Extra)
	if err != nil {
		return nil, err
	}
	return append(append(data[:len(data)-1], ','), extra[1:]...), nil
}

// UnmarshalJSON reads a request and keeps what it does not know in Extra.
func (r *ChatRequest) UnmarshalJSON(data []byte) error {
	type plain ChatRequest
	if err := json.Unmarshal(data, (*plain)(r)); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &r.Extra); err != nil {
		return err
	}
	for name := range fields {
		delete(r.Extra, name)
	}
	if len(r.Extra) == 0 {
		r.Extra = nil
	}
	return nil
}

// Encode writes v as JSON on one line, without a line's end and without escaping <, > and &, of which programs are full.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// ReadChat reads the body of an answer with status 200. Its error tells that the body is no answer at all.
func ReadChat(body []byte) (ChatResponse, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return ChatResponse{}, errors.New("the body is empty")
	}
	var r ChatResponse
	if err := json.Unmarshal(body, &r); err != nil {
		return ChatResponse{}, fmt.Errorf("the body is no answer: %w", err)
	}
	return r, nil
}
