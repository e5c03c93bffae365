package llm_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/llm"
)

// TestKeysStay: caches hold what was paid for, so these keys may never change.
func TestKeysStay(t *testing.T) {
	seed := int64(7)
	full := llm.Request{
		Model: "m", Messages: []llm.Message{{Role: llm.System, Content: "s"}, {Role: llm.User, Content: "<a> & é"}, {Role: llm.Assistant, Content: "b"}},
		Temperature: 0.7, TopP: 0.95, MaxTokens: 100, Stop: []string{"x"}, Seed: &seed, Continue: true,
		Schema: &llm.Schema{Name: "n", Schema: json.RawMessage(`{"type": "object"}`)}, Extra: map[string]json.RawMessage{"top_k": json.RawMessage("20")},
	}
	for _, tt := range []struct {
		name     string
		request  llm.Request
		revision string
		want     string
	}{
		{"little", ask("q"), "", "dd5fd10147170ca0ac325b9ed271319266091c81d23c860073bb1aaceedcef58"},
		{"everything", full, "r1", "4cfd99000a55b90c0a27b5a527ef7346f9e20f98db7b9e34d95c30f8063cc178"},
	} {
		got, err := llm.KeyOf(tt.request, tt.revision)
		if err != nil || got.String() != tt.want {
			t.Errorf("KeyOf of a request with %s = %v, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestKeyOf(t *testing.T) {
	schema := func(s string) func(*llm.Request) {
		return func(r *llm.Request) { r.Schema = &llm.Schema{Name: "n", Schema: json.RawMessage(s)} }
	}
	extra := func(s string) func(*llm.Request) {
		return func(r *llm.Request) { r.Extra = map[string]json.RawMessage{"k": json.RawMessage(s)} }
	}
	zero, one := int64(0), int64(1)
	tests := []struct {
		name string
		a, b func(*llm.Request)
		same bool
	}{
		{"nothing", func(*llm.Request) {}, func(*llm.Request) {}, true},
		{"no stop words and none", func(r *llm.Request) { r.Stop = []string{} }, func(*llm.Request) {}, true},
		{"blanks and order in a schema", schema(`{"a": 1, "b": {"d":2,"c":3}}`), schema(`{"b":{"c":3,"d":2},"a":1}`), true},
		{"numbers as they are written", extra(`1.0`), extra(`1`), false},
		{"order in extra", extra(`{"x":1,"y":[2]}`), extra(`{ "y":[2], "x":1 }`), true},
		{"no extra and none", func(r *llm.Request) { r.Extra = map[string]json.RawMessage{} }, func(*llm.Request) {}, true},
		{"the model", func(r *llm.Request) { r.Model = "m2" }, func(*llm.Request) {}, false},
		{"a message", func(r *llm.Request) { r.Messages[0].Content += " " }, func(*llm.Request) {}, false},
		{"a role", func(r *llm.Request) { r.Messages[0].Role = llm.System }, func(*llm.Request) {}, false},
		{"the temperature", func(r *llm.Request) { r.Temperature = 0 }, func(*llm.Request) {}, false},
		{"top_p", func(r *llm.Request) { r.TopP = 0.5 }, func(*llm.Request) {}, false},
		{"the length", func(r *llm.Request) { r.MaxTokens = 1 }, func(*llm.Request) {}, false},
		{"a stop word", func(r *llm.Request) { r.Stop = []string{"x"} }, func(*llm.Request) {}, false},
		{"a seed of zero and none", func(r *llm.Request) { r.Seed = &zero }, func(*llm.Request) {}, false},
		{"the seed", func(r *llm.Request) { r.Seed = &zero }, func(r *llm.Request) { r.Seed = &one }, false},
		{"the schema", schema(`{"a":1}`), schema(`{"a":2}`), false},
	}
	for _, tt := range tests {
		a, b := ask("q"), ask("q")
		tt.a(&a)
		tt.b(&b)
		if got := keyOf(t, a) == keyOf(t, b); got != tt.same {
			t.Errorf("requests that differ in %s have the same key: %v, want %v", tt.name, got, tt.same)
		}
	}
	one1, err1 := llm.KeyOf(ask("q"), "1")
	two, err2 := llm.KeyOf(ask("q"), "2")
	if err1 != nil || err2 != nil || one1 == two {
		t.Errorf("two revisions have keys %v and %v, %v, %v, want two", one1, two, err1, err2)
	}
}

func TestKeyOfRefuses(t *testing.T) {
	for want, change := range map[string]func(*llm.Request){
		"model: not set":          func(r *llm.Request) { r.Model = "" },
		"messages: none":          func(r *llm.Request) { r.Messages = nil },
		"max_tokens: -1":          func(r *llm.Request) { r.MaxTokens = -1 },
		"unsupported value: NaN":  func(r *llm.Request) { r.Temperature = math.NaN() },
		"schema n: invalid":       func(r *llm.Request) { r.Schema = &llm.Schema{Name: "n", Schema: json.RawMessage("x")} },
		"extra: k: more than one": func(r *llm.Request) { r.Extra = map[string]json.RawMessage{"k": json.RawMessage("1 2")} },
		"extra: top_p is a field": func(r *llm.Request) { r.Extra = map[string]json.RawMessage{"top_p": json.RawMessage("1")} },
		"continue: the last":      func(r *llm.Request) { r.Continue = true },
	} {
		r := ask("q")
		change(&r)
		if _, err := llm.KeyOf(r, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("KeyOf: %v, want an error with %q", err, want)
		}
	}
}
