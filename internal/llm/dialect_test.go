package llm_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// TestServersThatKnowLess: what a server does not know is found out once, and answers are the same.
func TestServersThatKnowLess(t *testing.T) {
	const prefix = "Below is a program:\n```python\n"
	schema := &llm.Schema{Name: "s", Schema: json.RawMessage(`{"type": "object"}`)}
	begun := func(r *llm.Request) {
		r.Messages = append(slices.Clone(r.Messages), llm.Message{Role: llm.Assistant, Content: prefix})
		r.Continue = true
	}
	tests := []struct {
		name   string
		server llmtest.Config
		cfg    func(*llm.Config)
		change func(*llm.Request)
		first  []llm.Kind // events of the first request; those of the second are one ok
		second llm.Kind
	}{
		{"knows all", llmtest.Config{}, nil, func(r *llm.Request) { r.Schema = schema }, []llm.Kind{llm.KindOK}, llm.KindOK},
		{"no schema", llmtest.Config{RejectFormat: "json_schema"}, nil, func(r *llm.Request) { r.Schema = schema }, []llm.Kind{llm.KindFieldRejected, llm.KindOK}, llm.KindOK},
		{
			"no JSON",
			llmtest.Config{RejectFormat: "all"},
			nil, func(r *llm.Request) { r.Schema = schema },
			[]llm.Kind{llm.KindFieldRejected, llm.KindFieldRejected, llm.KindFormatIgnored},
			llm.KindFormatIgnored,
		},
		{"JSON ignored", llmtest.Config{IgnoreFormat: true}, nil, func(r *llm.Request) { r.Schema = schema }, []llm.Kind{llm.KindFormatIgnored}, llm.KindFormatIgnored},
		{
			"another max_tokens",
			llmtest.Config{NewMaxTokens: true},
			func(c *llm.Config) { c.MaxTokensField = llm.MaxTokensAuto },
			func(r *llm.Request) { r.MaxTokens = 50 },
			[]llm.Kind{llm.KindFieldRejected, llm.KindOK},
			llm.KindOK,
		},
		{"another max_tokens, as configured", llmtest.Config{NewMaxTokens: true}, func(c *llm.Config) { c.MaxTokensField = llm.MaxCompletionTokens }, func(r *llm.Request) { r.MaxTokens = 50 }, []llm.Kind{llm.KindOK}, llm.KindOK},
		{"a prefix", llmtest.Config{}, nil, begun, []llm.Kind{llm.KindOK}, llm.KindOK},
		{"a prefix that is repeated", llmtest.Config{RepeatPrefix: true}, nil, begun, []llm.Kind{llm.KindOK}, llm.KindOK},
		{"no prefix", llmtest.Config{RejectPrefix: true}, nil, begun, []llm.Kind{llm.KindFieldRejected, llm.KindOK}, llm.KindOK},
		{"no prefix, as configured", llmtest.Config{RejectPrefix: true}, func(c *llm.Config) { c.Prefix = llm.PrefixAsk }, begun, []llm.Kind{llm.KindOK}, llm.KindOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen events
			client := clientOf(t, llmtest.New(tt.server), func(c *llm.Config) {
				c.Observe = seen.add
				if tt.cfg != nil {
					tt.cfg(c)
				}
			})
			for i, q := range questions(2) {
				r := ask(q)
				tt.change(&r)
				got, err := client.Ask(t.Context(), r, 0, 1)
				if err != nil {
					t.Fatal(err)
				}
				if want := rightTo(t, r, tt.server); got[0].Text != want {
					t.Errorf("Ask = %q, want %q", got[0].Text, want)
				}
				want := tt.first
				if i > 0 {
					want = append(slices.Clone(want), tt.second)
				}
				if !slices.Equal(seen.kinds(), want) {
					t.Errorf("events: %v, want %v", seen.kinds(), want)
				}
			}
		})
	}
}

// rightTo is the stub's answer to a request, by the turns that it saw.
func rightTo(t *testing.T, r llm.Request, server llmtest.Config) string {
	t.Helper()
	turns := []string{"user", r.Messages[0].Content}
	if r.Continue && server.RejectPrefix {
		turns[1] += "\n\nBegin your answer with:\n" + r.Messages[1].Content
	} else if r.Continue {
		turns = append(turns, "assistant", r.Messages[1].Content)
	}
	text := llmtest.Text(r.Model, llmtest.Prompt(turns...), 0, 0)
	if r.Schema == nil || server.IgnoreFormat || server.RejectFormat == "all" {
		return text
	}
	var said struct{ Text string }
	said.Text = text
	return `{"text": "` + said.Text + `"}`
}
