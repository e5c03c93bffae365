package llm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// Key names a request by its content: the hash of the model, the revision of its server and the request.
type Key [sha256.Size]byte

// String writes the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// SampleKey names one sample of a request's answers.
type SampleKey struct {
	Key    Key
	Sample int
}

// KeyOf returns the key of a request. The error tells that the request is none that could be asked: no messages,
// numbers that JSON does not have, Extra or Schema that are not JSON.
func KeyOf(r Request, revision string) (Key, error) {
	canonical, err := r.canonical()
	if err != nil {
		return Key{}, err
	}
	// The form of what is hashed may not change: caches hold what was paid for.
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%d:%s", len(r.Model), r.Model, len(revision), revision)
	h.Write(canonical)
	return Key(h.Sum(nil)), nil
}

// keyOf is [KeyOf] for the samples first to first+n-1.
func keyOf(r Request, revision string, first, n int) (Key, error) {
	if first < 0 || n < 0 {
		return Key{}, fmt.Errorf("request: samples %d to %d: there are none below 0", first, first+n-1)
	}
	return KeyOf(r, revision)
}

// check says what keeps a request from being asked.
func (r Request) check() error {
	switch {
	case r.Model == "":
		return errors.New("request: model: not set")
	case len(r.Messages) == 0:
		return errors.New("request: messages: none")
	case r.MaxTokens < 0:
		return fmt.Errorf("request: max_tokens: %d is below 0", r.MaxTokens)
	case r.Continue && (len(r.Messages) < 2 || r.last().Role != Assistant):
		return errors.New("request: continue: the last message is not the assistant's, after another one")
	}
	for name := range r.Extra {
		if wire.IsField(name) {
			return fmt.Errorf("request: extra: %s is a field of its own; set that one", name)
		}
	}
	return nil
}

func (r Request) last() Message { return r.Messages[len(r.Messages)-1] }

// prefix is how the answer begins, where the request says so.
func (r Request) prefix() string {
	if !r.Continue {
		return ""
	}
	return r.last().Content
}

// canonical returns the request as JSON in which equal requests have equal bytes: fields in their order, and within
// schema and extra sorted by name and without blanks.
func (r Request) canonical() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.Schema != nil {
		schema, err := sorted(r.Schema.Schema)
		if err != nil {
			return nil, fmt.Errorf("request: schema %s: %w", r.Schema.Name, err)
		}
		r.Schema = &Schema{Name: r.Schema.Name, Schema: schema}
	}
	if len(r.Extra) > 0 {
		extra := make(map[string]json.RawMessage, len(r.Extra))
		for name, raw := range r.Extra {
			value, err := sorted(raw)
			if err != nil {
				return nil, fmt.Errorf("request: extra: %s: %w", name, err)
			}
			extra[name] = value
		}
		r.Extra = extra
	}
	data, err := wire.Encode(r)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	return data, nil
}

// sorted writes JSON anew, its keys sorted, its numbers as they stand.
func sorted(raw json.RawMessage) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, errors.New("more than one value")
	}
	return wire.Encode(v)
}
