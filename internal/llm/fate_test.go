package llm_test

import (
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/llm"
)

func TestUnusable(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer llm.Answer
		want   acecoder.DropReason
	}{
		{"an answer", llm.Answer{Text: "a", Finish: llm.FinishStop}, ""},
		{"an empty one", llm.Answer{Finish: llm.FinishStop}, ""},
		{"another reason to end", llm.Answer{Text: "a", Finish: "eos"}, ""},
		{"cut off", llm.Answer{Text: "a", Finish: llm.FinishLength}, acecoder.DropCutOff},
		{"filtered", llm.Answer{Text: "a", Finish: llm.FinishContentFilter}, acecoder.DropRefused},
		{"refused", llm.Answer{Refusal: "no", Finish: llm.FinishLength}, acecoder.DropRefused},
	} {
		if got, _ := tt.answer.Unusable(); got != tt.want {
			t.Errorf("%s: Unusable = %q, want %q", tt.name, got, tt.want)
		}
	}
}
