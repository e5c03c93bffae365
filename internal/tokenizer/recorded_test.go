package tokenizer_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// TestRecordedIDs compares with what the tokenizers library said.
func TestRecordedIDs(t *testing.T) {
	type row struct {
		As      string
		Text    *string // nil in rows of ids alone
		IDs     []int32
		Safe    []int32
		Decoded string
		Plain   string
	}
	made := map[string]*tokenizer.Tokenizer{}
	for _, r := range rows[row](t, "ids.jsonl") {
		if made[r.As] == nil {
			made[r.As] = as(t, r.As)
		}
		tok := made[r.As]
		if r.Text != nil {
			if got := tok.Encode(*r.Text); !slices.Equal(got, r.IDs) {
				t.Errorf("%s: Encode(%+q) = %v, want %v", r.As, *r.Text, got, r.IDs)
			}
			if got := tok.AllowSpecial(false).Encode(*r.Text); !slices.Equal(got, r.Safe) {
				t.Errorf("%s: AllowSpecial(false).Encode(%+q) = %v, want %v", r.As, *r.Text, got, r.Safe)
			}
			if got := tok.Count(*r.Text); got != len(r.IDs) {
				t.Errorf("%s: Count(%+q) = %d, want %d", r.As, *r.Text, got, len(r.IDs))
			}
		}
		if got := tok.Decode(r.IDs, false); got != r.Decoded {
			t.Errorf("%s: Decode(%v, false) = %+q, want %+q", r.As, r.IDs, got, r.Decoded)
		}
		if got := tok.Decode(r.IDs, true); got != r.Plain {
			t.Errorf("%s: Decode(%v, true) = %+q, want %+q", r.As, r.IDs, got, r.Plain)
		}
	}
}

// recordedTokens are what record.py let templates name.
var recordedTokens = map[string]string{"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}

func recordedTemplate(t testing.TB, name string) *tokenizer.Template {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "templates", name+".jinja"))
	if err != nil {
		t.Fatal(err)
	}
	template, err := tokenizer.NewTemplate(string(source), recordedTokens)
	if err != nil {
		t.Fatalf("NewTemplate of %s: %v", name, err)
	}
	return template
}

// recordedChat is a row of templates.jsonl.
type recordedChat struct {
	Template, Conversation string
	Messages               []tokenizer.Message
	Add                    bool `json:"add_generation_prompt"`
	Continue               bool `json:"continue_final_message"`
	Want                   *string
	Error                  string
}

func (r recordedChat) chat() tokenizer.Chat {
	now := func() time.Time { return time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC) }
	return tokenizer.Chat{Messages: r.Messages, AddGenerationPrompt: r.Add, ContinueFinal: r.Continue, Now: now}
}

// TestRecordedTemplates compares with what the transformers library made of conversations.
func TestRecordedTemplates(t *testing.T) {
	made := map[string]*tokenizer.Template{}
	for _, r := range rows[recordedChat](t, "templates.jsonl") {
		if made[r.Template] == nil {
			made[r.Template] = recordedTemplate(t, r.Template)
		}
		got, err := made[r.Template].Render(r.chat())
		switch {
		case r.Want == nil && err == nil:
			t.Errorf("%s: %s: %+v: got %q, want an error: %s", r.Template, r.Conversation, r.chat(), got, r.Error)
		case r.Want != nil && err != nil:
			t.Errorf("%s: %s: %+v: %v, want %q", r.Template, r.Conversation, r.chat(), err, *r.Want)
		case r.Want != nil && got != *r.Want:
			t.Errorf("%s: %s: %+v:\n got  %q\n want %q", r.Template, r.Conversation, r.chat(), got, *r.Want)
		}
	}
}

// TestChatMLIsQwens compares the built-in template with that of Qwen2.5, on the roles that both know.
func TestChatMLIsQwens(t *testing.T) {
	qwen, own := recordedTemplate(t, "qwen2_5"), tokenizer.ChatML()
	for _, r := range rows[recordedChat](t, "templates.jsonl") {
		want, wantErr := qwen.Render(r.chat())
		got, err := own.Render(r.chat())
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("ChatML().Render(%+v) = %q, %v, want %q, %v", r.chat(), got, err, want, wantErr)
		}
	}
}
