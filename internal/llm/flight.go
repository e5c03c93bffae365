package llm

import (
	"context"
	"errors"
	"sync"
)

// flights are the samples that somebody is asking for, so that nobody else asks for them too.
type flights struct {
	mu   sync.Mutex
	open map[SampleKey]*flight
}

// flight is one sample under way.
type flight struct {
	key    SampleKey
	done   chan struct{} // closed when the rest is set
	result Answer
	err    error
	gaveUp bool // err says nothing about the sample: its owner's time was over
}

// claim is a caller's part in a flight: its own, if it is the one who asks.
type claim struct {
	*flight
	own bool
}

// errAbandoned tells those who wait for a flight that its owner gave up. The sample is free to be asked for again.
var errAbandoned = errors.New("who asked for this sample gave up")

// claim returns a flight for each of a request's samples: its own, where nobody asks for the sample yet.
func (fs *flights) claim(key Key, samples []int) []claim {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.open == nil {
		fs.open = map[SampleKey]*flight{}
	}
	claims := make([]claim, len(samples))
	for i, sample := range samples {
		k := SampleKey{key, sample}
		f, taken := fs.open[k]
		if taken = taken && !f.abandoned(); !taken {
			f = &flight{key: k, done: make(chan struct{})}
			fs.open[k] = f
		}
		claims[i] = claim{f, !taken}
	}
	return claims
}

// land takes an owner's flights out. One that has not ended was left by a panic.
func (fs *flights) land(own []claim) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range own {
		if !f.over() {
			f.end(Answer{}, errAbandoned, true)
		}
		if fs.open[f.key] == f.flight { // and not that of somebody who took it over
			delete(fs.open, f.key)
		}
	}
}

func (f *flight) over() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// abandoned reports whether nothing will come of the flight, for no fault of the sample.
func (f *flight) abandoned() bool { return f.over() && f.gaveUp }

func (f *flight) end(a Answer, err error, gaveUp bool) {
	f.result, f.err, f.gaveUp = a, err, gaveUp
	close(f.done)
}

func (f *flight) succeed(a Answer) { f.end(a, nil, false) }

// fail ends a flight of which ctx is the owner's.
func (f *flight) fail(ctx context.Context, err error) { f.end(Answer{}, err, ctx.Err() != nil) }

// wait waits for the flight's end.
func (f claim) wait(ctx context.Context) error {
	select {
	case <-f.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if f.gaveUp && !f.own {
		return errAbandoned
	}
	return f.err
}

// answer returns what came. To those who only waited it cost nothing.
func (f claim) answer() Answer {
	a := f.result
	a.Cached = a.Cached || !f.own
	return a
}
