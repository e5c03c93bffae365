// Package llm asks language models, through any server that speaks OpenAI's chat completions.
//
// In: a [Request] and how many samples of its answer are wanted. Out: as many [Answer]s, each with the tokens and the
// money that it cost. Its invariant: an answer that was paid for is in the cache before anybody sees it, so that nothing
// is paid for twice, whatever dies in between; and a fault of the network or the server is never an answer.
package llm

import (
	"context"
	"encoding/json"
	"fmt"
)

// Model is whatever answers requests: a server behind a [Client], or recorded answers ([Recording]). A local
// checkpoint is to be the third.
type Model interface {
	// Ask returns the samples first to first+n-1 of the model's answers to r, in this order. Sample k of a request is
	// always the same answer. The error is a [RefusedError] where the request will never be answered, which is the
	// record's fate; any other error is ours or the server's.
	Ask(ctx context.Context, r Request, first, n int) ([]Answer, error)
}

// Role says who speaks.
type Role string

// The roles of a chat.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one turn of a chat.
type Message struct {
	Role    Role   `json:"role"`
	Content string `json:"content"`
}

// Request is all that an answer depends on, but for the server and its revision. Its JSON form is what cache keys and
// recordings are made of: it does not change.
type Request struct {
	Model       string    `json:"model"`
	Messages    []Message `json:"messages"`
	Temperature float64   `json:"temperature"`
	TopP        float64   `json:"top_p"`
	MaxTokens   int       `json:"max_tokens,omitempty"` // of the answer; 0: the server's own limit
	Stop        []string  `json:"stop,omitempty"`
	Seed        *int64    `json:"seed,omitempty"`
	Schema      *Schema   `json:"schema,omitempty"`   // the answer is to be JSON of this shape
	Continue    bool      `json:"continue,omitempty"` // the last message, the assistant's, is the beginning of the answer

	// Extra goes into the body of the HTTP request as it stands, for what only some servers know.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

// Schema is a JSON Schema with a name, as response_format takes it.
type Schema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
}

// Finish says why an answer ended.
type Finish string

// The reasons that matter; servers have others, which are kept as they are.
const (
	FinishStop          Finish = "stop"
	FinishLength        Finish = "length"
	FinishContentFilter Finish = "content_filter"
)

// Answer is one sample of a model's answer.
type Answer struct {
	Text    string `json:"text"`
	Finish  Finish `json:"finish"`
	Refusal string `json:"refusal,omitempty"` // what the model said in place of an answer
	Usage   Usage  `json:"usage"`
	Cached  bool   `json:"-"` // it was in the cache, so it cost nothing this time
}

// Usage is what answers took. Of a request with several samples each answer has its share, and the shares add up to
// what the server said.
type Usage struct {
	PromptTokens       int     `json:"prompt_tokens"`
	CachedPromptTokens int     `json:"cached_prompt_tokens,omitempty"` // of those, the ones that the server had cached
	CompletionTokens   int     `json:"completion_tokens"`
	ReasoningTokens    int     `json:"reasoning_tokens,omitempty"` // of those, the ones that only the model saw
	Cost               float64 `json:"cost,omitempty"`             // by the configured prices, in their currency
}

// RefusedError tells that a request will never be answered: the server calls it invalid, too long, or against its rules.
type RefusedError struct {
	Code    int // the HTTP status; 0 where no server was asked
	Message string
}

// Error says what the server said.
func (e *RefusedError) Error() string {
	if e.Code == 0 {
		return "refused: " + e.Message
	}
	return fmt.Sprintf("refused (HTTP %d): %s", e.Code, e.Message)
}
