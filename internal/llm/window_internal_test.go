package llm

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// enterAll has n goroutines enter, each of which says its number when it is in.
func enterAll(t *testing.T, w *window, n int) <-chan int {
	t.Helper()
	in := make(chan int, n)
	for i := range n {
		go func() {
			if err := w.enter(t.Context()); err == nil {
				in <- i
			}
		}()
		synctest.Wait() // so that they wait in this order
	}
	return in
}

// taken empties a channel of what is in it.
func taken(in <-chan int) []int {
	synctest.Wait()
	var all []int
	for {
		select {
		case i := <-in:
			all = append(all, i)
		default:
			return all
		}
	}
}

func TestWindowHalvesAndGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(8)
		in := enterAll(t, w, 100)
		size := func(when string, want int) {
			t.Helper()
			if got := len(taken(in)); got != want {
				t.Errorf("%s: %d went in, want %d", when, got, want)
			}
		}
		size("at the beginning", 8)
		sent := time.Now()
		time.Sleep(time.Second)
		for range 4 {
			w.leave(sent, crowded)
		}
		size("after four complaints about one time", 0) // 8 were in, 4 are, and the window is 4
		w.leave(sent, relaxed)
		size("after an answer", 1)
		time.Sleep(time.Second)
		w.leave(time.Now().Add(-time.Millisecond), crowded)
		w.leave(time.Now().Add(-time.Millisecond), neutral)
		size("after a complaint about a later time", 0) // the window is 2, and 2 are in
		for range 2 {
			w.leave(time.Now(), relaxed)
		}
		size("after a window of answers", 2) // 2 + 1/2 + 1/2.5 is not 3 yet
		w.leave(time.Now(), relaxed)
		size("after one more", 2)
		for range 80 {
			w.leave(time.Now(), relaxed)
			taken(in)
		}
		if w.size != 8 {
			t.Errorf("after many answers the window is %v, want 8", w.size)
		}
	})
}

func TestWindowNeverCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(4)
		for range 10 {
			if err := w.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			w.leave(time.Now(), crowded)
			time.Sleep(time.Second)
		}
		if w.size != 1 {
			t.Errorf("after ten complaints the window is %v, want 1", w.size)
		}
	})
}

func TestWindowIsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1)
		in := enterAll(t, w, 20)
		var order []int
		for range 20 {
			order = append(order, taken(in)...)
			w.leave(time.Now(), relaxed)
		}
		if !slices.IsSorted(order) || len(order) != 20 {
			t.Errorf("they went in as %v, want 0 to 19", order)
		}
	})
}

// TestWindowAfterPause: nobody goes before its end, and then not all at once.
func TestWindowAfterPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(8)
		w.pause(10 * time.Second)
		w.pause(2 * time.Second) // a shorter one changes nothing
		in := enterAll(t, w, 100)
		time.Sleep(9 * time.Second)
		if got := taken(in); len(got) > 0 {
			t.Errorf("%d went in during the pause", len(got))
		}
		time.Sleep(time.Second)
		for _, want := range []int{1, 2, 4, 8, 8} {
			got := len(taken(in))
			if got != want {
				t.Errorf("%d went in, want %d", got, want)
			}
			for range got {
				w.leave(time.Now(), relaxed)
			}
		}
	})
}

func TestWindowPauseCanBeExtended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(2)
		w.pause(2 * time.Second)
		in := enterAll(t, w, 1)
		time.Sleep(time.Second)
		w.pause(5 * time.Second)
		time.Sleep(4999 * time.Millisecond)
		if got := taken(in); len(got) > 0 {
			t.Error("somebody went in during the second pause")
		}
		time.Sleep(time.Millisecond)
		if got := taken(in); len(got) != 1 {
			t.Error("nobody went in after the second pause")
		}
	})
}

// TestWindowGivesBackTurns: who gives up waiting takes nobody's turn away.
func TestWindowGivesBackTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1)
		if err := w.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var joined sync.WaitGroup
		for range 10 {
			joined.Go(func() {
				if err := w.enter(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("enter: %v, want the end of ctx", err)
				}
			})
		}
		synctest.Wait()
		in := enterAll(t, w, 1)
		cancel()
		joined.Wait()
		w.leave(time.Now(), relaxed)
		if got := taken(in); len(got) != 1 {
			t.Error("nobody went in after those before had given up")
		}
		if err := w.enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("enter with an ended ctx: %v", err)
		}
		if w.inFlight != 1 {
			t.Errorf("in flight: %d, want 1", w.inFlight)
		}
	})
}

// TestWindowUnderRace enters and leaves from many goroutines that give up at any moment.
func TestWindowUnderRace(t *testing.T) {
	w := newWindow(4)
	var joined sync.WaitGroup
	for i := range 64 {
		joined.Go(func() {
			for k := range 50 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(k*i%40)*time.Microsecond)
				start := time.Now()
				if w.enter(ctx) == nil {
					w.leave(start, []feedback{neutral, relaxed, crowded}[(i+k)%3])
				}
				cancel()
			}
		})
	}
	joined.Wait()
	if w.inFlight != 0 || w.waiting.Len() != 0 {
		t.Errorf("in flight: %d, waiting: %d, want nobody", w.inFlight, w.waiting.Len())
	}
}
