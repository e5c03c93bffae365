package llm

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

func client(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestShares: what a server says that a request took is divided among its samples, to the last token.
func TestShares(t *testing.T) {
	c := client(t, Config{Prices: Prices{Prompt: 2, CachedPrompt: 1, Completion: 8}})
	for _, usage := range []wire.Usage{
		{PromptTokens: 1000, CompletionTokens: 500},
		{PromptTokens: 19, CompletionTokens: 3, PromptDetails: &wire.PromptDetails{CachedTokens: 18}},
		{PromptTokens: 1, CompletionTokens: 1, CompletionDetail: &wire.CompletionDetail{ReasoningTokens: 1}},
		{PromptTokens: 12345, CompletionTokens: 67891, PromptDetails: &wire.PromptDetails{CachedTokens: 12288}, CompletionDetail: &wire.CompletionDetail{ReasoningTokens: 60001}},
		{PromptTokens: -5, CompletionTokens: 10, PromptDetails: &wire.PromptDetails{CachedTokens: 99}, CompletionDetail: &wire.CompletionDetail{ReasoningTokens: 99}},
	} {
		for n := 1; n <= 17; n++ {
			resp := wire.ChatResponse{Usage: &usage}
			for i := range n {
				resp.Choices = append(resp.Choices, wire.Choice{Message: wire.Message{Content: wire.Text(make([]byte, i*i*10))}})
			}
			answers := make([]Answer, n)
			c.share(answers, resp)
			total, want := sum(answers), usageOf(usage)
			if want.Cost = c.cfg.Prices.cost(want); math.Abs(total.Cost-want.Cost) > 1e-12 {
				t.Errorf("%+v for %d samples costs %v, want %v", usage, n, total.Cost, want.Cost)
			}
			if total.Cost = want.Cost; total != want {
				t.Errorf("%+v for %d samples adds up to %+v, want %+v", usage, n, total, want)
			}
			for i, a := range answers {
				if u := a.Usage; u.CachedPromptTokens > u.PromptTokens || u.ReasoningTokens > u.CompletionTokens || min(u.PromptTokens, u.CachedPromptTokens, u.CompletionTokens, u.ReasoningTokens) < 0 {
					t.Errorf("%+v for %d samples: sample %d has %+v", usage, n, i, u)
				}
			}
		}
	}
}

func TestCost(t *testing.T) {
	u := Usage{PromptTokens: 1_000_000, CachedPromptTokens: 400_000, CompletionTokens: 2_000_000}
	for _, tt := range []struct {
		prices Prices
		want   float64
	}{
		{Prices{}, 0},
		{Prices{Prompt: 1, Completion: 10}, 21},
		{Prices{Prompt: 1, CachedPrompt: 0.5, Completion: 10}, 20.8},
	} {
		if got := tt.prices.cost(u); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%+v: %v, want %v", tt.prices, got, tt.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	c := client(t, Config{})
	tests := []struct {
		name string
		n    int
		body string
		want []Answer
		kind Kind
	}{
		{"a string", 1, `{"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}`, []Answer{{Text: "a", Finish: FinishStop}}, KindOK},
		{"parts", 1, `{"choices": [{"message": {"content": [{"type": "text", "text": "a"}, {"text": "b"}]}, "finish_reason": "length"}]}`, []Answer{{Text: "ab", Finish: FinishLength}}, KindOK},
		{"null and a refusal", 1, `{"choices": [{"message": {"content": null, "refusal": "no"}, "finish_reason": "stop"}]}`, []Answer{{Refusal: "no", Finish: FinishStop}}, KindOK},
		{"a filter", 1, `{"choices": [{"message": {}, "finish_reason": "content_filter"}]}`, []Answer{{Finish: FinishContentFilter}}, KindOK},
		{"no reason", 1, `{"choices": [{"message": {"content": "a"}, "finish_reason": null}]}`, []Answer{{Text: "a"}}, KindOK},
		{"reasoning apart", 1, `{"choices": [{"message": {"content": "a", "reasoning_content": "hm"}, "finish_reason": "stop"}]}`, []Answer{{Text: "a", Finish: FinishStop}}, KindOK},
		{"out of order", 2, `{"choices": [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}]}`, []Answer{{Text: "a"}, {Text: "b"}}, KindOK},
		{"fewer", 3, `{"choices": [{"message": {"content": "a"}}]}`, []Answer{{Text: "a"}}, KindNIgnored},
		{"more", 1, `{"choices": [{"message": {"content": "a"}}, {"index": 1, "message": {"content": "b"}}]}`, []Answer{{Text: "a"}}, KindOK},
	}
	for _, tt := range tests {
		got, kind, f := c.answers(Request{}, dialect{}, tt.n, []byte(tt.body))
		if f != nil || kind != tt.kind || len(got) != len(tt.want) {
			t.Errorf("%s: %v, %v, %v, want %v, %v", tt.name, got, kind, f, tt.want, tt.kind)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: sample %d = %+v, want %+v", tt.name, i, got[i], tt.want[i])
			}
		}
	}
}

// TestLimitedBody: an answer without an end is not read to it.
func TestLimitedBody(t *testing.T) {
	for size, want := range map[int]error{9: nil, 10: nil, 11: errReplyTooLong, 5000: errReplyTooLong} {
		body := &limitedBody{io.NopCloser(strings.NewReader(strings.Repeat("x", size))), 10}
		if got, err := io.ReadAll(body); !errors.Is(err, want) || err == nil && len(got) != size || len(got) > 10 {
			t.Errorf("reading %d bytes of at most 10: %d, %v, want %v", size, len(got), err, want)
		}
	}
}
