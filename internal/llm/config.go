package llm

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Config says which server is asked, and how. The zero value of a field is the default that its comment names.
type Config struct {
	BaseURL string `json:"base_url"` // with the version, such as http://localhost:8000/v1; required to ask
	APIKey  string `json:"-"`        // empty: none is sent
	KeyEnv  string `json:"key_env"`  // the environment variable that APIKey is from, for messages

	// Revision is what tells answers of one model name from those of another time or server. It is a part of the
	// cache's keys, and is not sent.
	Revision string            `json:"revision"`
	Headers  map[string]string `json:"headers"` // sent with every request; they may be written to files, so no place for secrets
	Prices   Prices            `json:"prices"`

	Concurrency       int           `json:"concurrency"`         // most requests in flight; 64
	RequestsPerMinute int           `json:"requests_per_minute"` // 0: as many as the server takes
	TokensPerMinute   int           `json:"tokens_per_minute"`   // of prompts and answers; 0: as many as the server takes
	Timeout           time.Duration `json:"timeout"`             // of one HTTP request; 10 minutes
	MaxAttempts       int           `json:"max_attempts"`        // of one request, before the server counts as down; 8

	// What a server can do is found out, unless it is said here.
	MaxTokensField MaxTokensField `json:"max_tokens_field"` // max_tokens
	ServerN        ServerN        `json:"server_n"`         // auto
	Prefix         Prefix         `json:"prefix"`           // auto

	Cache     *Cache            `json:"-"` // nil: answers are not kept
	Budget    *Budget           `json:"-"` // nil: no limit
	Observe   func(Event)       `json:"-"` // nil: nobody; called by many goroutines at once, and waited for
	Transport http.RoundTripper `json:"-"` // nil: the network
}

// MaxTokensField is the name under which a server takes the limit of an answer's length.
type MaxTokensField string

// The names that there are. Auto begins with the first and goes over to the second when a server asks for it.
const (
	MaxTokens           MaxTokensField = "max_tokens"
	MaxCompletionTokens MaxTokensField = "max_completion_tokens"
	MaxTokensAuto       MaxTokensField = "auto"
)

// ServerN says whether several samples are asked for in one request.
type ServerN string

// The choices. Auto asks, and stops when the server gives fewer or refuses.
const (
	ServerNAuto   ServerN = "auto"
	ServerNAlways ServerN = "always"
	ServerNNever  ServerN = "never"
)

// Prefix says how a server is told with what its answer begins.
type Prefix string

// The choices. Auto uses vLLM's fields, and goes over to asking in words when a server refuses them.
const (
	PrefixAuto Prefix = "auto"
	PrefixAsk  Prefix = "ask"
)

// Prices are what a million tokens cost, in any currency.
type Prices struct {
	Prompt       float64 `json:"prompt"`
	CachedPrompt float64 `json:"cached_prompt"` // of prompt tokens that the server had in its cache; 0: as the others
	Completion   float64 `json:"completion"`
}

// batchShare is the share of its prices that a server takes for batches.
const batchShare = 0.5

// cost returns what tokens cost.
func (p Prices) cost(u Usage) float64 {
	cached := cmp.Or(p.CachedPrompt, p.Prompt)
	return (float64(u.PromptTokens-u.CachedPromptTokens)*p.Prompt + float64(u.CachedPromptTokens)*cached +
		float64(u.CompletionTokens)*p.Completion) / 1e6
}

// withDefaults fills in what is not set.
func (c Config) withDefaults() Config {
	c.Concurrency = cmp.Or(c.Concurrency, 64)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Minute)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 8)
	c.MaxTokensField = cmp.Or(c.MaxTokensField, MaxTokens)
	c.ServerN = cmp.Or(c.ServerN, ServerNAuto)
	c.Prefix = cmp.Or(c.Prefix, PrefixAuto)
	return c
}

// Validate says what is wrong with the configuration, by field.
func (c Config) Validate() error {
	c = c.withDefaults()
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("model server: base_url: %q is no URL such as http://localhost:8000/v1", c.BaseURL)
		}
	}
	for _, f := range []struct {
		field string
		value float64
		least float64
	}{
		{"concurrency", float64(c.Concurrency), 1},
		{"requests_per_minute", float64(c.RequestsPerMinute), 0},
		{"tokens_per_minute", float64(c.TokensPerMinute), 0},
		{"timeout", float64(c.Timeout), 1},
		{"max_attempts", float64(c.MaxAttempts), 1},
		{"prices.prompt", c.Prices.Prompt, 0},
		{"prices.cached_prompt", c.Prices.CachedPrompt, 0},
		{"prices.completion", c.Prices.Completion, 0},
	} {
		if !(f.value >= f.least) {
			return fmt.Errorf("model server: %s: %v is below %v", f.field, f.value, f.least)
		}
	}
	return c.validateWords()
}

func (c Config) validateWords() error {
	switch c.MaxTokensField {
	case MaxTokens, MaxCompletionTokens, MaxTokensAuto:
	default:
		return fmt.Errorf("model server: max_tokens_field: %q is none of %s, %s, %s", c.MaxTokensField, MaxTokens, MaxCompletionTokens, MaxTokensAuto)
	}
	switch c.ServerN {
	case ServerNAuto, ServerNAlways, ServerNNever:
	default:
		return fmt.Errorf("model server: server_n: %q is none of %s, %s, %s", c.ServerN, ServerNAuto, ServerNAlways, ServerNNever)
	}
	if c.Prefix != PrefixAuto && c.Prefix != PrefixAsk {
		return fmt.Errorf("model server: prefix: %q is neither %s nor %s", c.Prefix, PrefixAuto, PrefixAsk)
	}
	return nil
}
