package generate

import (
	"fmt"
	"math"
)

// Params says how tokens are drawn. [Default] is the model's own distribution; the zero value is none and is refused.
//
// What changes the logits comes in the order of Hugging Face's generate: penalties, temperature, top-k, top-p, min-p.
type Params struct {
	Temperature       float64 // logits are divided by it; 0 takes the most likely token, the first of equal ones
	TopK              int     // only the so many most likely tokens, and those equal to the last of them; 0: all
	TopP              float64 // only the most likely tokens that have this probability together; 1: all
	MinP              float64 // only tokens this likely, as a part of the most likely one's probability; 0: all
	RepetitionPenalty float64 // divides positive logits of tokens in prompt and answer, multiplies others; 1: none
	PresencePenalty   float64 // taken off the logits of tokens that are in the answer
	FrequencyPenalty  float64 // the same, for each time that they are

	MaxTokens   int      // longest answer; 0: what there is room for
	Stop        []string // texts that end an answer and do not belong to it
	StopTokens  []int32  // tokens that do
	Seed        uint64   // equal seeds draw equal tokens
	N           int      // answers
	TopLogprobs int      // how many of the most likely tokens are told with each token
}

// Default returns one answer of the model's own distribution, as long as there is room for, without anything that ends it.
func Default() Params {
	return Params{Temperature: 1, TopP: 1, RepetitionPenalty: 1, N: 1}
}

// ParamError tells which field of a request makes no sense, by its name in OpenAI's and vLLM's API.
type ParamError struct {
	Field   string
	Problem string
}

// Error names the field first.
func (e *ParamError) Error() string { return e.Field + " " + e.Problem }

// maxPenalty is what OpenAI's two penalties go up to.
const maxPenalty = 2

// Check returns a [ParamError] about the first field that makes no sense.
func (p *Params) Check() error {
	for _, f := range []struct {
		field string
		value float64
		ok    bool
		want  string
	}{
		{"temperature", p.Temperature, p.Temperature >= 0 && finite(p.Temperature), "0 or more"},
		{"top_k", float64(p.TopK), p.TopK >= 0, "0 for all tokens, or more"},
		{"top_p", p.TopP, p.TopP > 0 && p.TopP <= 1, "more than 0 and at most 1"},
		{"min_p", p.MinP, p.MinP >= 0 && p.MinP <= 1, "from 0 to 1"},
		{"repetition_penalty", p.RepetitionPenalty, p.RepetitionPenalty > 0 && finite(p.RepetitionPenalty), "more than 0; 1 is none"},
		{"presence_penalty", p.PresencePenalty, math.Abs(p.PresencePenalty) <= maxPenalty, "from -2 to 2"},
		{"frequency_penalty", p.FrequencyPenalty, math.Abs(p.FrequencyPenalty) <= maxPenalty, "from -2 to 2"},
		{"max_tokens", float64(p.MaxTokens), p.MaxTokens >= 0, "at least 1, or nothing for what there is room for"},
		{"n", float64(p.N), p.N >= 1, "at least 1"},
		{"top_logprobs", float64(p.TopLogprobs), p.TopLogprobs >= 0, "0 or more"},
	} {
		if !f.ok {
			return &ParamError{f.field, fmt.Sprintf("is %v, want %s", f.value, f.want)}
		}
	}
	for _, s := range p.Stop {
		if s == "" {
			return &ParamError{"stop", "has an empty text, which would end every answer at once"}
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }

// penalizes reports whether logits depend on the tokens before.
func (p *Params) penalizes() bool {
	return p.RepetitionPenalty != 1 || p.PresencePenalty != 0 || p.FrequencyPenalty != 0
}
