package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrBudget tells that the budget does not allow the next request. Nothing of it was sent.
var ErrBudget = errors.New("the budget is reached")

// Spending is money, tokens of prompts and answers, and HTTP requests.
type Spending struct {
	Money    float64 `json:"money"`
	Tokens   int64   `json:"tokens"`
	Requests int64   `json:"requests"`
}

func (s Spending) plus(t Spending) Spending {
	return Spending{s.Money + t.Money, s.Tokens + t.Tokens, s.Requests + t.Requests}
}

func (s Spending) minus(t Spending) Spending {
	return Spending{s.Money - t.Money, s.Tokens - t.Tokens, s.Requests - t.Requests}
}

// Budget is a limit on what is spent, by one client or by several that share it.
//
// The guarantee: before an HTTP request is sent, what it can cost at most by the estimate is reserved, and spent plus
// reserved never pass the limit. A request that does not fit beside those in flight waits for them; one that does not
// fit beside what is spent is not sent. So the limit is passed only by as much as requests in flight turn out to cost
// above their estimates, each by its own. The estimate is the prompt's bytes at the rate of tokens a byte that this
// server has shown (a third before it has), and as many tokens of answer as the request allows; where it sets no
// limit, 4,096. A request that fails costs no money or tokens, but counts as a request.
type Budget struct {
	limit Spending

	mu       sync.Mutex
	spent    Spending
	reserved Spending
	open     int           // reservations
	settled  chan struct{} // closed when something is settled
}

// NewBudget returns a budget of which some may have been spent before. A limit of zero is none.
func NewBudget(limit, spent Spending) *Budget {
	return &Budget{limit: limit, spent: spent, settled: make(chan struct{})}
}

// Spent returns what has been spent, without what is in flight.
func (b *Budget) Spent() Spending {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

// reserve takes what a request may cost. It waits while requests in flight may leave enough, and fails with ErrBudget
// when they cannot. A nil budget has no limit.
func (b *Budget) reserve(ctx context.Context, estimate Spending) error {
	if b == nil {
		return nil
	}
	for {
		wait, err := b.try(estimate)
		if err != nil || wait == nil {
			return err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// try reserves, or returns what to wait for.
func (b *Budget) try(estimate Spending) (wait <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if what := b.over(b.spent.plus(estimate)); what != "" {
		return nil, fmt.Errorf("%w: %s", ErrBudget, what)
	}
	if b.over(b.spent.plus(b.reserved).plus(estimate)) != "" {
		return b.settled, nil
	}
	b.reserved = b.reserved.plus(estimate)
	b.open++
	return nil, nil
}

// grow makes a reservation larger, from nothing if it is new. It does not wait.
func (b *Budget) grow(from, to Spending) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	reserved := b.reserved.minus(from).plus(to)
	if what := b.over(b.spent.plus(reserved)); what != "" {
		return fmt.Errorf("%w: %s", ErrBudget, what)
	}
	b.reserved = reserved
	if from == (Spending{}) {
		b.open++
	}
	return nil
}

// force reserves what may be spent in any case: it is under way.
func (b *Budget) force(estimate Spending) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved = b.reserved.plus(estimate)
	b.open++
}

// over says which limit a spending would pass; empty if none.
func (b *Budget) over(s Spending) string {
	switch {
	case b.limit.Money > 0 && s.Money > b.limit.Money:
		return fmt.Sprintf("%.4f of %.4f are spent, and the next request may cost %.4f", b.spent.Money, b.limit.Money, s.Money-b.spent.Money)
	case b.limit.Tokens > 0 && s.Tokens > b.limit.Tokens:
		return fmt.Sprintf("%d of %d tokens are spent, and the next request may take %d", b.spent.Tokens, b.limit.Tokens, s.Tokens-b.spent.Tokens)
	case b.limit.Requests > 0 && s.Requests > b.limit.Requests:
		return fmt.Sprintf("%d of %d requests are made", b.spent.Requests, b.limit.Requests)
	}
	return ""
}

// settle turns a reservation into what was really spent.
func (b *Budget) settle(estimate, spent Spending) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved = b.reserved.minus(estimate)
	if b.open--; b.open == 0 {
		b.reserved = Spending{} // sums of floats do not come back to zero, and somebody would wait for the rest forever
	}
	b.spent = b.spent.plus(spent)
	close(b.settled)
	b.settled = make(chan struct{})
}
