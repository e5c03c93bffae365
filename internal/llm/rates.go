package llm

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rates keeps to the limits of requests and tokens a minute. They are spread over the minute: a bucket holds what a
// second brings, so that no minute has more than its share.
type rates struct {
	requests, tokens *rate.Limiter // nil: no limit
}

func newRates(requestsPerMinute, tokensPerMinute int) rates {
	return rates{perMinute(requestsPerMinute), perMinute(tokensPerMinute)}
}

func perMinute(n int) *rate.Limiter {
	if n == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(n)/60), max(1, n/60))
}

// wait waits until a request of so many tokens may be sent.
func (l rates) wait(ctx context.Context, tokens int) error {
	now := time.Now()
	var delay time.Duration
	var held []*rate.Reservation
	if l.requests != nil {
		held = append(held, l.requests.ReserveN(now, 1))
	}
	rest := 0
	if l.tokens != nil {
		// A request may be larger than the bucket. It goes when the bucket is full, and those after it wait for the rest.
		part := min(tokens, l.tokens.Burst())
		held = append(held, l.tokens.ReserveN(now, part))
		rest = tokens - part
		l.charge(rest)
	}
	for _, r := range held {
		delay = max(delay, r.DelayFrom(now))
	}
	if delay == 0 {
		return nil
	}
	err := sleep(ctx, delay)
	if err != nil {
		for _, r := range held {
			r.Cancel()
		}
		l.charge(-rest)
	}
	return err
}

// settle corrects an estimate of tokens by what it was.
func (l rates) settle(estimate, tokens int) { l.charge(tokens - estimate) }

// charge takes tokens without waiting; a number below zero gives some back.
func (l rates) charge(n int) {
	if l.tokens == nil {
		return
	}
	for now := time.Now(); n != 0; {
		part := min(n, l.tokens.Burst())
		l.tokens.ReserveN(now, part)
		n -= part
	}
}

// usual learns how many tokens a byte of a prompt and an answer have, for estimates.
type usual struct {
	mu      sync.Mutex
	prompt  ratio
	answers ratio
}

// ratio is a mean that begins with a guess.
type ratio struct{ sum, of float64 }

func newUsual() *usual {
	return &usual{
		prompt:  ratio{1000, 3000}, // tokens of bytes: a third is on the safe side for English and code
		answers: ratio{500, 1},     // tokens of answers
	}
}

func (r *ratio) add(sum, of float64) {
	r.sum += sum
	r.of += of
	if r.of > 1e9 { // what is long ago counts less
		r.sum /= 2
		r.of /= 2
	}
}

// learn takes what a request really took.
func (u *usual) learn(promptBytes, answers int, total Usage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.prompt.add(float64(total.PromptTokens), float64(promptBytes))
	u.answers.add(float64(total.CompletionTokens), float64(answers))
}

// noLimit is how long an answer is taken to become at most where the request sets no limit.
const noLimit = 4096

// estimate returns what a request of n samples takes at most, and what it takes usually.
func (u *usual) estimate(promptBytes, maxTokens, n int) (most, expected Usage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if maxTokens == 0 {
		maxTokens = noLimit
	}
	prompt := int(float64(promptBytes)*u.prompt.sum/u.prompt.of) + 1
	answer := min(int(u.answers.sum/u.answers.of)+1, maxTokens)
	return Usage{PromptTokens: prompt, CompletionTokens: n * maxTokens}, Usage{PromptTokens: prompt, CompletionTokens: n * answer}
}
