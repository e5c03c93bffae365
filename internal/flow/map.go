// Package flow runs a function over a stream, many items at a time, and gives the results in the stream's order.
//
// In: an iterator of items, each with an error or not. Out: an iterator of results in the same order. Its one
// invariant: whatever the length of the stream and however slow one item is, at most Window(workers) items are
// alive, at most workers of them are worked on, and no goroutine outlives the iteration.
package flow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
)

// windowPerWorker is how many items may be alive for each worker. Results leave in order, so a slow item holds
// up those behind it; this is how far the others may run ahead before they wait for it.
const windowPerWorker = 8

// errGoexit stands for a function that left its goroutine by runtime.Goexit, as t.FailNow does.
var errGoexit = errors.New("the function ended its goroutine instead of returning")

// Window returns the most items that Map holds at a time with this many workers, counted from the moment it
// asks for an item until its result has been consumed.
func Window(workers int) int { return windowPerWorker * max(workers, 1) }

// Panic is what Map panics with, on the goroutine of the consumer, when fn or the input panicked on another.
type Panic struct {
	Value any    // what was panicked with
	Stack []byte // where
}

// Error makes the message of the panic show where it began.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Unwrap returns the value if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Map calls fn on every item of in, on at most workers of them at a time, and yields what it returns in the
// order of in.
//
// The first error, of in or of fn, is yielded after every result before it and ends the iteration: what comes
// out is the same for any number of workers. If ctx ends, its error is yielded at once. fn's context ends
// with the iteration. A panic of fn or in becomes a [Panic] of the consumer.
//
// The iteration returns after all its goroutines have. One of them reads in, so an input that can block for
// long, such as a pipe, must give way when ctx ends; the error is yielded before the wait, so that a
// consumer that stops for another reason can end the input first.
func Map[In, Out any](
	ctx context.Context, workers int, in iter.Seq2[In, error], fn func(context.Context, In) (Out, error),
) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		run := newRun(ctx, max(workers, 1), fn)
		// Deferred: a consumer that panics must not leave goroutines behind either.
		defer run.join()
		run.start(in)
		run.deliver(yield)
	}
}

// slot is the place of one item in the order.
type slot[In, Out any] struct {
	in   In
	out  Out
	err  error
	done chan struct{} // closed when out and err are set
}

type run[In, Out any] struct {
	ctx    context.Context
	cancel context.CancelFunc
	fn     func(context.Context, In) (Out, error)

	workers int
	tokens  chan struct{}       // one for each item alive
	order   chan *slot[In, Out] // every slot, in the order of the input
	jobs    chan *slot[In, Out] // the slots that wait for a worker

	stopFeed sync.Once
	noMore   chan struct{} // closed at the first error: reading on would be in vain
	joined   sync.WaitGroup
}

func newRun[In, Out any](ctx context.Context, workers int, fn func(context.Context, In) (Out, error)) *run[In, Out] {
	ctx, cancel := context.WithCancel(ctx) //nolint:gosec // G118: join calls it, and Map defers join
	window := Window(workers)
	return &run[In, Out]{
		ctx: ctx, cancel: cancel, fn: fn, workers: workers,
		tokens: make(chan struct{}, window),
		// Both hold a whole window and one error of the input, so whoever has a token sends without waiting.
		order:  make(chan *slot[In, Out], window+1),
		jobs:   make(chan *slot[In, Out], window),
		noMore: make(chan struct{}),
	}
}

func (r *run[In, Out]) start(in iter.Seq2[In, error]) {
	r.joined.Go(func() { r.feed(in) })
	for range r.workers {
		r.joined.Go(func() {
			for s := range r.jobs {
				r.work(s)
			}
		})
	}
}

// join ends what still runs and waits for it.
func (r *run[In, Out]) join() {
	r.cancel()
	r.joined.Wait()
}

// feed reads the input. It takes the token before it asks for an item, so that no item is read that there is
// no room for.
func (r *run[In, Out]) feed(in iter.Seq2[In, error]) {
	guard(func() error { return r.read(in) }, func(err error) {
		if err != nil {
			s := &slot[In, Out]{err: err, done: make(chan struct{})}
			close(s.done)
			r.order <- s
		}
		close(r.jobs)
		close(r.order)
	})
}

func (r *run[In, Out]) read(in iter.Seq2[In, error]) error {
	if !r.room() {
		return nil
	}
	for item, err := range in {
		if err != nil {
			return err
		}
		s := &slot[In, Out]{in: item, done: make(chan struct{})}
		r.order <- s
		r.jobs <- s
		if !r.room() {
			break
		}
	}
	return nil
}

// room waits until another item may be read; false means that none is wanted.
func (r *run[In, Out]) room() bool {
	select {
	case <-r.noMore:
		return false
	case <-r.ctx.Done():
		return false
	case r.tokens <- struct{}{}:
		return r.ctx.Err() == nil
	}
}

// work calls fn on one item. Items before a failed one still run, as their results come first.
func (r *run[In, Out]) work(s *slot[In, Out]) {
	guard(func() error {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		var err error
		s.out, err = r.fn(r.ctx, s.in)
		return err
	}, func(err error) {
		if s.err = err; err != nil {
			r.stopFeed.Do(func() { close(r.noMore) })
		}
		close(s.done)
	})
}

// guard calls do and then done with its error, also when do does not return.
func guard(do func() error, done func(error)) {
	err := errGoexit
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{v, debug.Stack()}
		}
		done(err)
	}()
	err = do()
}

// deliver yields the results in order, on the goroutine of the consumer.
func (r *run[In, Out]) deliver(yield func(Out, error) bool) {
	var none Out
	for {
		s, err := r.next()
		switch {
		case err != nil:
			if p, ok := errors.AsType[*Panic](err); ok {
				panic(p)
			}
			r.cancel()
			yield(none, err)
			return
		case s == nil || !yield(s.out, nil):
			return
		}
		<-r.tokens
	}
}

// next waits for the next result in order; a nil slot without an error is the end.
func (r *run[In, Out]) next() (*slot[In, Out], error) {
	select {
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	case s, ok := <-r.order:
		if !ok {
			// The feeder also ends when ctx does, and select picks either of the two.
			return nil, r.ctx.Err()
		}
		select {
		case <-r.ctx.Done():
			return nil, r.ctx.Err()
		case <-s.done:
			return s, s.err
		}
	}
}
