package llm

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// dialect is what a server has been found to understand. The zero value is one that understands everything.
type dialect struct {
	completionTokens bool   // the limit of an answer's length is called max_completion_tokens
	format           format // of answers in JSON
	askPrefix        bool   // the beginning of an answer is asked for in words
	n                ability
}

// format is the best way to ask for JSON that a server has not refused.
type format int

const (
	formatSchema format = iota // response_format json_schema
	formatObject               // response_format json_object
	formatNone
)

// ability says whether a server gives several samples for one request.
type ability int

const (
	unknown ability = iota
	yes
	no
)

// memory is the dialect of a client's server, shared by its requests. It lives as long as the client.
type memory struct {
	mu  sync.Mutex
	now dialect
	cfg Config
}

func newMemory(c Config) *memory {
	m := &memory{cfg: c}
	m.now.completionTokens = c.MaxTokensField == MaxCompletionTokens
	m.now.askPrefix = c.Prefix == PrefixAsk
	switch c.ServerN {
	case ServerNAlways:
		m.now.n = yes
	case ServerNNever:
		m.now.n = no
	}
	return m
}

func (m *memory) dialect() dialect {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// gave notes that several samples were asked for, and whether several came.
func (m *memory) gave(several bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.cfg.ServerN != ServerNAuto:
	case !several:
		m.now.n = no
	case m.now.n == unknown:
		m.now.n = yes
	}
}

// learn reads the refusal of a body that was sent in a dialect. It reports whether the request should be sent again
// in what is now the dialect: the server does not know a field that there is another way for.
func (m *memory) learn(sent dialect, body wire.ChatRequest, e *wire.Error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case body.N > 1 && m.cfg.ServerN == ServerNAuto && names(e, "n"):
		m.now.n = no
	case body.MaxTokens > 0 && m.cfg.MaxTokensField == MaxTokensAuto && names(e, "max_tokens") && names(e, "max_completion_tokens"):
		m.now.completionTokens = true
	case body.ResponseFormat != nil && names(e, "response_format", "json_schema", "json_object", "guided_json", "structured_outputs"):
		m.now.format = max(m.now.format, sent.format+1)
	case body.ContinueFinalMessage && names(e, "continue_final_message", "add_generation_prompt", "prefill", "last message"):
		m.now.askPrefix = true
	default:
		return false
	}
	return true
}

// names reports whether an error is about one of the fields.
func names(e *wire.Error, fields ...string) bool {
	param, _, _ := strings.Cut(e.Param, ".")
	return slices.ContainsFunc(fields, func(field string) bool {
		return param == field || mentions(e.Message, field)
	})
}

// mentions reports whether a word is in a text, as a word of its own.
func mentions(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(word)
		if (at == 0 || !isWord(text[at-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		at = end
	}
}

func isWord(c byte) bool { return c == '_' || isAlphanumeric(c) }

// body writes a request in the dialect, for n samples, the seed moved on by as many as come before.
func (d dialect) body(r Request, n int, seed *int64) wire.ChatRequest {
	b := wire.ChatRequest{
		Model: r.Model, Temperature: &r.Temperature, TopP: &r.TopP, Stop: r.Stop, Seed: seed, Extra: r.Extra,
		Messages: make([]wire.Message, len(r.Messages)),
	}
	if n > 1 {
		b.N = n
	}
	if d.completionTokens {
		b.MaxCompletionTokens = r.MaxTokens
	} else {
		b.MaxTokens = r.MaxTokens
	}
	for i, m := range r.Messages {
		b.Messages[i] = wire.Message{Role: string(m.Role), Content: wire.Text(m.Content)}
	}
	if r.Schema != nil {
		b.ResponseFormat = d.responseFormat(r.Schema)
	}
	if r.Continue {
		d.setPrefix(&b, r)
	}
	return b
}

func (d dialect) responseFormat(s *Schema) *wire.ResponseFormat {
	switch d.format {
	case formatSchema:
		return &wire.ResponseFormat{Type: "json_schema", JSONSchema: &wire.JSONSchema{Name: s.Name, Strict: true, Schema: s.Schema}}
	case formatObject:
		return &wire.ResponseFormat{Type: "json_object"}
	}
	return nil
}

// beginWith asks for the beginning of an answer in words.
const beginWith = "\n\nBegin your answer with:\n"

// setPrefix has the answer begin with the last message, which is the assistant's.
func (d dialect) setPrefix(b *wire.ChatRequest, r Request) {
	if !d.askPrefix {
		add := false
		b.AddGenerationPrompt, b.ContinueFinalMessage = &add, true
		return
	}
	b.Messages = b.Messages[:len(b.Messages)-1]
	last := &b.Messages[len(b.Messages)-1]
	last.Content += wire.Text(beginWith + r.prefix())
}

// leastRepeated is the length below which a repeated beginning may well be the answer's own: after [ an answer can
// begin with [.
const leastRepeated = 16

// afterPrefix returns what of a text follows the prefix that was asked for. A server that goes on where the last
// message ends may repeat it all the same; a model that was asked in words is to repeat it, and may lose blanks
// around it. What does not begin with the prefix follows it.
func (d dialect) afterPrefix(text, prefix string) string {
	bare := strings.TrimSpace(prefix)
	if bare == "" || !d.askPrefix && len(bare) < leastRepeated {
		return text
	}
	if rest, ok := strings.CutPrefix(text, prefix); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(strings.TrimLeft(text, " \t\r\n"), bare); ok {
		_, end, _ := strings.Cut(prefix, bare)
		return strings.TrimPrefix(rest, end)
	}
	return text
}

// modelNotFound is what servers have as an error's code where they do not know the model.
const modelNotFound = "model_not_found"

var contextLength = regexp.MustCompile(`(?i)context[ _]length|context[ _]window|input tokens|too long`)

// misconfigured reports whether a refusal is about how all requests are asked and not about this one: a parameter that
// the configuration sets.
func misconfigured(body wire.ChatRequest, e *wire.Error) bool {
	if e.Code == modelNotFound {
		return true
	}
	param, _, _ := strings.Cut(e.Param, ".")
	if contextLength.MatchString(e.Message) {
		return false // servers blame max_tokens for a prompt that leaves no room for it
	}
	if _, extra := body.Extra[param]; extra {
		return true
	}
	return param != "messages" && wire.IsField(param)
}
