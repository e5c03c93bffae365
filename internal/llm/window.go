package llm

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// window decides how many requests are in flight, as TCP does: it halves when the server says that it is too many, and
// grows by one for each window of successes. A pause holds everybody; after it one request goes first, and the number
// doubles with each round of successes until it is what it was. Who waits goes in order.
type window struct {
	most int

	mu       sync.Mutex
	size     float64 // how many may be in flight
	ramp     float64 // fewer than size after a pause
	inFlight int
	waiting  list.List // of chan struct{}, closed when the turn has come
	paused   time.Time // until then nobody goes
	timer    *time.Timer
	halved   time.Time // when the size was halved last
}

func newWindow(most int) *window {
	return &window{most: most, size: float64(most), ramp: float64(most)}
}

// enter waits for a turn. Every enter that succeeds is followed by one leave.
func (w *window) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	turn := make(chan struct{})
	place := w.waiting.PushBack(turn)
	w.admit()
	w.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-turn: // it came at the same moment, and goes to the next
		w.inFlight--
		w.admit()
	default:
		w.waiting.Remove(place)
	}
	return ctx.Err()
}

// admit lets in whom there is room for.
func (w *window) admit() {
	if time.Now().Before(w.paused) {
		return
	}
	for w.waiting.Len() > 0 && w.inFlight < int(min(w.size, w.ramp)) {
		w.inFlight++
		close(w.waiting.Remove(w.waiting.Front()).(chan struct{}))
	}
}

// feedback is what the end of a request says about the server's load.
type feedback int

const (
	neutral feedback = iota
	relaxed          // it was answered
	crowded          // the server wants fewer requests
)

// leave ends a turn that began at start.
func (w *window) leave(start time.Time, f feedback) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	switch {
	case f == relaxed && w.ramp < w.size:
		w.ramp++
	case f == relaxed:
		w.size = min(w.size+1/w.size, float64(w.most))
		w.ramp = w.size
	case f == crowded && start.After(w.halved):
		// What was sent before the last halving only says what is known.
		w.size = max(w.size/2, 1)
		w.ramp = min(w.ramp, w.size)
		w.halved = time.Now()
	}
	w.admit()
}

// pause keeps everybody from going for a while.
func (w *window) pause(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	until := time.Now().Add(d)
	if !until.After(w.paused) {
		return
	}
	w.paused, w.ramp = until, 1
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.admit()
	})
}
