package flow

import (
	"context"
	"fmt"
	"sync"
)

// Group makes one function of many calls out of one that is cheaper for many things at once. Calls that come while fn
// works are handed to it together when it is free, at most most of them; a call that comes to an idle Group does not
// wait. At most workers fns work at the same time. The function that is returned may be called from any number of
// goroutines; it gives each its own result, or fn's error, which all calls of one batch share, or ctx's error once its
// own ctx has ended. fn works under the ctx given here.
func Group[In, Out any](ctx context.Context, workers, most int, fn func(context.Context, []In) ([]Out, error)) func(context.Context, In) (Out, error) {
	g := &group[In, Out]{ctx: ctx, most: max(most, 1), idle: max(workers, 1), fn: fn}
	return g.call
}

type group[In, Out any] struct {
	ctx  context.Context
	most int
	fn   func(context.Context, []In) ([]Out, error)

	mu      sync.Mutex
	idle    int // fns that could be begun
	waiting []*call[In, Out]
}

type call[In, Out any] struct {
	in   In
	out  Out
	err  error
	done chan struct{}
}

func (g *group[In, Out]) call(ctx context.Context, in In) (Out, error) {
	c := &call[In, Out]{in: in, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	begin := g.idle > 0
	if begin {
		g.idle--
	}
	g.mu.Unlock()
	if begin {
		go g.work()
	}
	select {
	case <-c.done:
		return c.out, c.err
	case <-ctx.Done():
		var none Out
		return none, ctx.Err()
	}
}

// work calls fn until nobody waits.
func (g *group[In, Out]) work() {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), g.most)
		if n == 0 {
			g.idle++
			g.mu.Unlock()
			return
		}
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.mu.Unlock()
		g.do(batch)
	}
}

func (g *group[In, Out]) do(batch []*call[In, Out]) {
	ins := make([]In, len(batch))
	for i, c := range batch {
		ins[i] = c.in
	}
	outs, err := g.fn(g.ctx, ins)
	if err == nil && len(outs) != len(ins) {
		err = fmt.Errorf("%d results for %d items", len(outs), len(ins))
	}
	for i, c := range batch {
		if c.err = err; err == nil {
			c.out = outs[i]
		}
		close(c.done)
	}
}
