package tokenizer

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// snippetChat is the conversation that record.py had.
var snippetChat = Chat{
	Messages: []Message{
		{"user", " Hello \n"}, {"assistant", "<b>\"q\" 'é'"}, {"user", "bye"},
	},
	AddGenerationPrompt: true,
	Now:                 func() time.Time { return time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC) },
}

// renderSnippet renders a source that need not be a whole chat template.
func renderSnippet(source string) (string, error) {
	b, err := parse(source)
	if err != nil {
		return "", err
	}
	t := &Template{source: source, body: b, tokens: map[string]string{"bos_token": "<s>"}}
	return t.render(snippetChat)
}

// TestRecordedSnippets compares small pieces of Jinja with what Jinja made of them, as the transformers library sets it
// up. What Jinja refuses is refused.
func TestRecordedSnippets(t *testing.T) {
	text, err := os.ReadFile("testdata/snippets.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var r struct {
			Source string
			Want   *string
			Error  string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got, err := renderSnippet(r.Source)
		switch {
		case r.Want == nil && err == nil:
			t.Errorf("%q: got %q, want an error: %s", r.Source, got, r.Error)
		case r.Want != nil && (err != nil || got != *r.Want):
			t.Errorf("%q:\n got  %q, %v\n want %q", r.Source, got, err, *r.Want)
		}
	}
}
