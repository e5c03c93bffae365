package llm

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// answers reads the body of an answer to n samples of a request, asked in a dialect. Fewer may come than were asked
// for, and never more; the kind says whether they did, and what else there is to say.
func (c *Client) answers(r Request, d dialect, n int, body []byte) ([]Answer, Kind, *fault) {
	resp, err := wire.ReadChat(body)
	if err != nil {
		return nil, "", &fault{kind: KindBadJSON, err: err}
	}
	if len(resp.Choices) == 0 {
		return nil, "", noChoices(resp)
	}
	slices.SortStableFunc(resp.Choices, func(a, b wire.Choice) int { return cmp.Compare(a.Index, b.Index) })
	resp.Choices = resp.Choices[:min(n, len(resp.Choices))]
	answers := make([]Answer, len(resp.Choices))
	for i, choice := range resp.Choices {
		if choice.FinishReason == "abort" || choice.FinishReason == "error" {
			return nil, "", &fault{kind: KindHalfAnswer, err: fmt.Errorf("the server gave up within the answer (finish_reason %s)", choice.FinishReason)}
		}
		answers[i] = Answer{
			Text:    d.afterPrefix(string(choice.Message.Content), r.prefix()),
			Finish:  Finish(choice.FinishReason),
			Refusal: choice.Message.Refusal,
		}
	}
	c.share(answers, resp)
	return answers, kindOf(r, n, answers), nil
}

// noChoices tells what a server says with status 200 that is no answer.
func noChoices(resp wire.ChatResponse) *fault {
	if len(resp.Error) == 0 || string(resp.Error) == "null" {
		return &fault{kind: KindNoChoices, err: errors.New("the answer has no choices")}
	}
	e := wire.ReadError(200, resp.Error)
	if status, err := strconv.Atoi(e.Code); err == nil && status >= 400 {
		e.Status = status
		return statusFault(nil, e)
	}
	return &fault{kind: KindServerError, err: e, wire: e}
}

func kindOf(r Request, n int, answers []Answer) Kind {
	if len(answers) < n {
		return KindNIgnored
	}
	if r.Schema != nil && r.prefix() == "" {
		for _, a := range answers {
			if a.Finish == FinishStop && !json.Valid([]byte(strings.TrimSpace(a.Text))) {
				return KindFormatIgnored
			}
		}
	}
	return KindOK
}

// share divides what the server says a request took among its samples: the prompt evenly, the answers by their
// length. The parts add up to the whole.
func (c *Client) share(answers []Answer, resp wire.ChatResponse) {
	if resp.Usage == nil {
		return
	}
	total := usageOf(*resp.Usage)
	length := func(i int) int {
		return len(resp.Choices[i].Message.Content) + len(resp.Choices[i].Message.Refusal) + 1
	}
	evenly := func(int) int { return 1 }
	for i := range answers {
		u := &answers[i].Usage
		u.CachedPromptTokens = part(total.CachedPromptTokens, i, len(answers), evenly)
		u.PromptTokens = u.CachedPromptTokens + part(total.PromptTokens-total.CachedPromptTokens, i, len(answers), evenly)
		u.ReasoningTokens = part(total.ReasoningTokens, i, len(answers), length)
		u.CompletionTokens = u.ReasoningTokens + part(total.CompletionTokens-total.ReasoningTokens, i, len(answers), length)
		u.Cost = c.cfg.Prices.cost(*u)
	}
}

// part returns the i-th of n whole parts of a total, by weight.
func part(total, i, n int, weight func(int) int) int {
	before, all := 0, 0
	for k := range n {
		if k < i {
			before += weight(k)
		}
		all += weight(k)
	}
	upTo := func(w int) int { return int(int64(total) * int64(w) / int64(all)) }
	return upTo(before+weight(i)) - upTo(before)
}

func usageOf(w wire.Usage) Usage {
	u := Usage{PromptTokens: max(w.PromptTokens, 0), CompletionTokens: max(w.CompletionTokens, 0)}
	if w.PromptDetails != nil {
		u.CachedPromptTokens = min(max(w.PromptDetails.CachedTokens, 0), u.PromptTokens)
	}
	if w.CompletionDetail != nil {
		u.ReasoningTokens = min(max(w.CompletionDetail.ReasoningTokens, 0), u.CompletionTokens)
	}
	return u
}

// sum adds up what answers took.
func sum(answers []Answer) Usage {
	var total Usage
	for _, a := range answers {
		total.PromptTokens += a.Usage.PromptTokens
		total.CachedPromptTokens += a.Usage.CachedPromptTokens
		total.CompletionTokens += a.Usage.CompletionTokens
		total.ReasoningTokens += a.Usage.ReasoningTokens
		total.Cost += a.Usage.Cost
	}
	return total
}
