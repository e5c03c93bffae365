package generate_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/generate"
)

func TestParams(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		name   string
		change func(*generate.Params)
		want   string // what the error begins with; none if it is empty
	}{
		{"the default", func(*generate.Params) {}, ""},
		{"everything", func(p *generate.Params) {
			*p = generate.Params{
				Temperature: 0.7, TopK: 20, TopP: 0.8, MinP: 0.05, RepetitionPenalty: 1.1, PresencePenalty: -2, FrequencyPenalty: 2,
				MaxTokens: 1, Stop: []string{"a"}, StopTokens: []int32{0}, Seed: 1, N: 3, TopLogprobs: 5,
			}
		}, ""},
		{"no value at all", func(p *generate.Params) { *p = generate.Params{} }, "top_p is 0,"},
		{"a negative temperature", func(p *generate.Params) { p.Temperature = -0.1 }, "temperature is -0.1, want 0 or more"},
		{"a temperature that is no number", func(p *generate.Params) { p.Temperature = nan }, "temperature is NaN"},
		{"an infinite temperature", func(p *generate.Params) { p.Temperature = inf }, "temperature is +Inf"},
		{"a negative top-k", func(p *generate.Params) { p.TopK = -1 }, "top_k is -1"},
		{"a top-p of more than all", func(p *generate.Params) { p.TopP = 1.01 }, "top_p is 1.01"},
		{"a top-p that is no number", func(p *generate.Params) { p.TopP = nan }, "top_p is NaN"},
		{"a min-p of more than all", func(p *generate.Params) { p.MinP = 2 }, "min_p is 2"},
		{"a repetition penalty of 0", func(p *generate.Params) { p.RepetitionPenalty = 0 }, "repetition_penalty is 0"},
		{"an infinite repetition penalty", func(p *generate.Params) { p.RepetitionPenalty = inf }, "repetition_penalty is +Inf"},
		{"a large presence penalty", func(p *generate.Params) { p.PresencePenalty = 2.5 }, "presence_penalty is 2.5"},
		{"a frequency penalty that is no number", func(p *generate.Params) { p.FrequencyPenalty = nan }, "frequency_penalty is NaN"},
		{"a negative length", func(p *generate.Params) { p.MaxTokens = -1 }, "max_tokens is -1"},
		{"no answer", func(p *generate.Params) { p.N = 0 }, "n is 0"},
		{"an empty stop string", func(p *generate.Params) { p.Stop = []string{"a", ""} }, "stop has an empty text"},
		{"a negative number of log-probabilities", func(p *generate.Params) { p.TopLogprobs = -1 }, "top_logprobs is -1"},
	} {
		p := generate.Default()
		tt.change(&p)
		err := p.Check()
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: Check() = %v, want no error", tt.name, err)
			}
			continue
		}
		e, ok := errors.AsType[*generate.ParamError](err)
		if !ok || !strings.HasPrefix(err.Error(), tt.want) || !strings.HasPrefix(tt.want, e.Field+" ") {
			t.Errorf("%s: Check() = %v, want an error that begins with %q", tt.name, err, tt.want)
		}
	}
}
