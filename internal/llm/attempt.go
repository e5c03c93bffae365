package llm

import (
	"context"
	"net/http"
	"time"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// asked is a request for some of its samples, as it is sent.
type asked struct {
	request Request
	n       int // samples
	dialect dialect
	body    wire.ChatRequest

	size           int   // of the prompt, in bytes
	most, expected Usage // what it takes at most, and usually
	start          time.Time
}

// prepare writes a request in a dialect and estimates what it takes.
func (c *Client) prepare(r Request, first, n int, d dialect) asked {
	a := asked{request: r, n: n, dialect: d, body: d.body(r, n, seedOf(r, first))}
	a.size = promptBytes(a.body)
	a.most, a.expected = c.model(r.Model).usual.estimate(a.size, r.MaxTokens, n)
	return a
}

// attempt sends a request once: when the budget, the limits and the window let it.
func (c *Client) attempt(ctx context.Context, t *try, a asked) ([]Answer, *fault) {
	began := time.Now()
	reserved, spent := c.spending(a.most), Spending{}
	if err := c.cfg.Budget.reserve(ctx, reserved); err != nil {
		return nil, &fault{kind: KindCanceled, err: err}
	}
	defer func() { c.cfg.Budget.settle(reserved, spent) }()
	if err := c.rates.wait(ctx, tokens(a.expected)); err != nil {
		return nil, &fault{kind: KindCanceled, err: err}
	}
	if err := c.window.enter(ctx); err != nil {
		c.rates.settle(tokens(a.expected), 0)
		return nil, &fault{kind: KindCanceled, err: err}
	}
	a.start = time.Now()
	t.sent++
	spent.Requests = 1
	got, f := c.post(ctx, a.body)
	e := Event{Model: a.request.Model, Attempt: t.sent, Wait: a.start.Sub(began), Latency: time.Since(a.start)}
	var answers []Answer
	if f == nil {
		answers, e.Kind, f = c.answers(a.request, a.dialect, a.n, got.body)
	}
	if f != nil {
		c.failed(a, f)
		e.Kind = f.kind
	} else {
		spent = c.succeeded(a, got.header, answers)
		e.Samples, e.Usage = len(answers), sum(answers)
	}
	c.observe(e)
	return answers, f
}

// failed gives back the turn and the tokens, and learns from the fault.
func (c *Client) failed(a asked, f *fault) {
	if f.told && f.feedback() == crowded && f.after <= longestWait {
		c.window.pause(f.after)
	}
	c.window.leave(a.start, f.feedback())
	c.rates.settle(tokens(a.expected), 0)
	if (f.kind == KindRefused || f.kind == KindRejected) && f.wire != nil && c.model(a.request.Model).memory.learn(a.dialect, a.body, f.wire) {
		f.kind = KindFieldRejected
	}
}

// succeeded gives back the turn, learns from the answers, and returns what was spent.
func (c *Client) succeeded(a asked, header http.Header, answers []Answer) Spending {
	if d, used := exhausted(header); used {
		c.window.pause(min(d, longestWait))
	}
	c.window.leave(a.start, relaxed)
	c.answered.Add(1)
	m := c.model(a.request.Model)
	if a.n > 1 {
		m.memory.gave(len(answers) > 1)
	}
	total := sum(answers)
	if tokens(total) == 0 {
		total = a.most // a server that does not say what it took must not look like one that costs nothing
	} else {
		m.usual.learn(a.size, len(answers), total)
	}
	c.rates.settle(tokens(a.expected), tokens(total))
	return c.spending(total)
}

// spending is what one HTTP request costs that takes so much.
func (c *Client) spending(u Usage) Spending {
	return Spending{Money: c.cfg.Prices.cost(u), Tokens: int64(tokens(u)), Requests: 1}
}

func tokens(u Usage) int { return u.PromptTokens + u.CompletionTokens }

// perMessage is what a turn of a chat takes besides its text, in bytes of text.
const perMessage = 16

// promptBytes is how long the prompt of a request is.
func promptBytes(body wire.ChatRequest) int {
	n := 0
	for _, m := range body.Messages {
		n += len(m.Content) + perMessage
	}
	if body.ResponseFormat != nil && body.ResponseFormat.JSONSchema != nil {
		n += len(body.ResponseFormat.JSONSchema.Schema)
	}
	return n
}
