package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// maxN is how many samples are asked for in one request; OpenAI's own limit.
const maxN = 128

// fetch asks the server for samples: for several in one request while it gives them, else for each in its own.
func (c *Client) fetch(ctx context.Context, r Request, open []claim) {
	if c.cfg.BaseURL == "" && len(open) > 0 {
		failAll(ctx, open, fmt.Errorf("ask %s: the answer is not in the cache, and no base_url is configured to ask at", r.Model))
		return
	}
	for len(open) > 1 && r.Seed == nil && c.dialect(r.Model).n != no {
		some := open[:min(maxN, len(open))]
		came, err := c.ask(ctx, r, some)
		if errors.Is(err, errSplit) {
			continue // the dialect says now that there is another way
		}
		if err != nil {
			failAll(ctx, open, err)
			return
		}
		open = open[came:]
	}
	var joined sync.WaitGroup
	defer joined.Wait()
	for i := range open {
		joined.Go(func() {
			if _, err := c.ask(ctx, r, open[i:i+1]); err != nil {
				open[i].fail(ctx, err)
			}
		})
	}
}

func failAll(ctx context.Context, open []claim, err error) {
	for _, f := range open {
		f.fail(ctx, err)
	}
}

// errSplit tells that the server does not give several samples for one request.
var errSplit = errors.New("the server gives one sample a request")

// ask asks for samples in one request until they come, and returns how many came: the first ones, if not all. They are
// stored, and their flights have ended.
func (c *Client) ask(ctx context.Context, r Request, samples []claim) (int, error) {
	t := c.newTry("the model " + r.Model)
	for {
		d := c.dialect(r.Model)
		if len(samples) > 1 && d.n == no {
			return 0, errSplit
		}
		answers, f := c.attempt(ctx, t, c.prepare(r, samples[0].key.Sample, len(samples), d))
		switch {
		case f == nil:
			return c.keep(ctx, samples, answers)
		case f.kind == KindFieldRejected:
			continue
		case !f.retried():
			return 0, c.stop(t.what, f)
		}
		if err := c.again(ctx, t, f); err != nil {
			return 0, err
		}
	}
}

// keep stores answers and ends the flights of their samples.
func (c *Client) keep(ctx context.Context, samples []claim, answers []Answer) (int, error) {
	if c.cfg.Cache != nil {
		entries := make([]Entry, len(answers))
		for i, a := range answers {
			entries[i] = Entry{samples[i].key, a}
		}
		var err error
		// The answers are paid for, so they are stored even if the caller has given up.
		if answers, err = c.cfg.Cache.Put(context.WithoutCancel(ctx), entries...); err != nil {
			return 0, err
		}
	}
	for i, a := range answers {
		samples[i].succeed(a)
	}
	return len(answers), nil
}
