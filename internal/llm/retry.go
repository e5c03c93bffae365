package llm

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// try is one request on its way through the attempts.
type try struct {
	what     string // is asked, for messages
	attempts int    // that count
	sent     int    // HTTP requests
	answered int64  // the client's count at the last attempt
	others   bool   // other requests were answered in the meantime
	backoff  backoff.ExponentialBackOff
}

func (c *Client) newTry(what string) *try {
	return &try{what: what, answered: c.answered.Load(), backoff: backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: time.Minute,
	}}
}

// again waits until the next attempt is due; the error says that there is none.
func (c *Client) again(ctx context.Context, t *try, f *fault) error {
	// A server that is busy with other requests is not down, so that alone is no reason to give up.
	answered := c.answered.Load()
	progress := answered != t.answered
	t.answered, t.others = answered, t.others || progress
	if f.kind != KindRateLimited || !progress {
		t.attempts++
	}
	last := f.err
	if f.after > longestWait {
		last = fmt.Errorf("%w, and it asks to be left alone for %v", f.err, f.after)
	}
	if t.attempts >= c.cfg.MaxAttempts || f.after > longestWait {
		return &UnavailableError{Endpoint: c.cfg.BaseURL, What: t.what, Attempts: t.sent, Others: t.others, Last: last}
	}
	return sleep(ctx, max(t.backoff.NextBackOff(), f.after))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
