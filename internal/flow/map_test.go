package flow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var errTest = errors.New("test error")

// count yields 0, 1, … n-1, then err if there is one.
func count(n int, err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

// noLeak fails the test if it ends with more goroutines than it began with.
func noLeak(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond) // a joined goroutine may still be on its last instruction
		}
		t.Errorf("goroutines: got %d, want at most %d", runtime.NumGoroutine(), before)
	})
}

// collect returns the results and the error that ended them.
func collect[T any](seq iter.Seq2[T, error]) (out []T, err error) {
	for v, e := range seq {
		if e != nil {
			err = e
			continue // an iteration that goes on after its error is a mistake, which the caller would see
		}
		out = append(out, v)
	}
	return out, err
}

func doubled(n int) []int {
	var out []int
	for i := range n {
		out = append(out, 2*i)
	}
	return out
}

func TestMapKeepsOrder(t *testing.T) {
	noLeak(t)
	for _, workers := range []int{-1, 0, 1, 2, 7, 64} {
		for _, n := range []int{0, 1, 2, 100, 5000} {
			fn := func(ctx context.Context, i int) (int, error) {
				if rand.IntN(50) == 0 {
					time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
				}
				return double(ctx, i)
			}
			got, err := collect(Map(t.Context(), workers, count(n, nil), fn))
			if err != nil || !slices.Equal(got, doubled(n)) {
				t.Errorf("%d workers, %d items: got %d results, error %v, or not in order", workers, n, len(got), err)
			}
		}
	}
}

func TestMapBounds(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(workers, " workers"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkBounds(t, workers) })
		})
	}
}

// checkBounds maps items of which every 97th takes a thousand times as long as the others.
func checkBounds(t *testing.T, workers int) {
	t.Helper()
	const n = 1000
	var read, consumed, running, mostAlive, mostRunning atomic.Int64
	in := func(yield func(int, error) bool) {
		for i := range n {
			// The item exists from here on, so this is where the bound is strictest.
			mostAlive.Store(max(mostAlive.Load(), read.Add(1)-consumed.Load()))
			if !yield(i, nil) {
				return
			}
		}
	}
	fn := func(ctx context.Context, i int) (int, error) {
		for now, most := running.Add(1), mostRunning.Load(); now > most; most = mostRunning.Load() {
			mostRunning.CompareAndSwap(most, now)
		}
		defer running.Add(-1)
		time.Sleep(time.Millisecond)
		if i%97 == 0 {
			time.Sleep(time.Second)
		}
		return i, nil
	}
	for range Map(t.Context(), workers, in, fn) {
		// A consumer that takes its time gives the input every chance to run ahead.
		time.Sleep(time.Duration(consumed.Load()%3) * time.Millisecond)
		consumed.Add(1)
	}
	if got := mostRunning.Load(); got != int64(workers) {
		t.Errorf("at most at work: got %d, want %d", got, workers)
	}
	if got := mostAlive.Load(); got != int64(Window(workers)) {
		t.Errorf("at most alive: got %d, want %d", got, Window(workers))
	}
	if got := consumed.Load(); got != n {
		t.Errorf("results: got %d, want %d", got, n)
	}
}

// TestMapDoesNotHoldBack: a result is given out when it is there, not when the input says more.
func TestMapDoesNotHoldBack(t *testing.T) {
	noLeak(t)
	ask := make(chan int)
	in := func(yield func(int, error) bool) {
		for i := range ask {
			if !yield(i, nil) {
				return
			}
		}
	}
	go func() { ask <- 0 }()
	next := 0
	for got, err := range Map(t.Context(), 4, in, double) {
		if err != nil || got != 2*next {
			t.Fatalf("result %d: got %d, %v", next, got, err)
		}
		if next++; next == 20 {
			close(ask)
			continue
		}
		if next < 20 {
			go func() { ask <- next }()
		}
	}
	if next != 20 {
		t.Errorf("results: got %d, want 20", next)
	}
}

func TestMapErrors(t *testing.T) {
	fails := func(at ...int) func(context.Context, int) (int, error) {
		return func(ctx context.Context, i int) (int, error) {
			if slices.Contains(at, i) {
				return 0, fmt.Errorf("item %d: %w", i, errTest)
			}
			// Items before the failed one are slower than it: their results must still come.
			time.Sleep(time.Duration(max(0, 60-i)) * time.Millisecond)
			return double(ctx, i)
		}
	}
	tests := []struct {
		name    string
		in      iter.Seq2[int, error]
		fn      func(context.Context, int) (int, error)
		results int
		message string
	}{
		{"function, first item", count(500, nil), fails(0), 0, "item 0: test error"},
		{"function, in the middle", count(500, nil), fails(50), 50, "item 50: test error"},
		{"function, last item", count(60, nil), fails(59), 59, "item 59: test error"},
		{"function, several: the first in order", count(500, nil), fails(51, 50, 52), 50, "item 50: test error"},
		{"input, at once", count(0, errTest), fails(), 0, "test error"},
		{"input, after items", count(30, errTest), fails(), 30, "test error"},
		{"function before input", count(30, errTest), fails(20), 20, "item 20: test error"},
	}
	for _, test := range tests {
		for _, workers := range []int{1, 3, 16} {
			t.Run(fmt.Sprint(test.name, " ", workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					got, err := collect(Map(t.Context(), workers, test.in, test.fn))
					if !slices.Equal(got, doubled(test.results)) {
						t.Errorf("results: got %d, want %d", len(got), test.results)
					}
					if err == nil || err.Error() != test.message || !errors.Is(err, errTest) {
						t.Errorf("error: got %v, want %s", err, test.message)
					}
				})
			})
		}
	}
}

func TestMapStopsReadingAfterError(t *testing.T) {
	read := 0
	in := func(yield func(int, error) bool) {
		for i := 0; ; i++ {
			read++
			if !yield(i, nil) {
				return
			}
		}
	}
	_, err := collect(Map(t.Context(), 2, in, func(context.Context, int) (int, error) { return 0, errTest }))
	if !errors.Is(err, errTest) || read > Window(2) {
		t.Errorf("got error %v after %d items, want test error after at most %d", err, read, Window(2))
	}
}

func TestMapEarlyBreak(t *testing.T) {
	for _, after := range []int{1, 5, 100} {
		synctest.Test(t, func(t *testing.T) { // it fails if a goroutine is left
			var running atomic.Int64
			fn := func(ctx context.Context, i int) (int, error) {
				running.Add(1)
				defer running.Add(-1)
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(i%7) * time.Second):
				}
				return i, nil
			}
			got := 0
			for i, err := range Map(t.Context(), 4, count(1<<40, nil), fn) {
				if err != nil || i != got {
					t.Fatalf("got %d, %v; want %d", i, err, got)
				}
				if got++; got == after {
					break
				}
			}
			if n := running.Load(); n != 0 {
				t.Errorf("after break: %d calls still run", n)
			}
		})
	}
}

func TestMapCancel(t *testing.T) {
	tests := []struct {
		name string
		in   iter.Seq2[int, error]
		fn   func(context.Context, int) (int, error)
	}{
		{"function waits", count(1<<40, nil), func(ctx context.Context, i int) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}},
		{"first item waits, the others are done", count(1<<40, nil), func(ctx context.Context, i int) (int, error) {
			if i == 0 {
				<-ctx.Done()
			}
			return i, nil
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				got, err := collect(Map(ctx, 3, test.in, test.fn))
				if !errors.Is(err, context.DeadlineExceeded) || len(got) != 0 {
					t.Errorf("got %d results, error %v; want deadline exceeded", len(got), err)
				}
			})
		})
	}
}

// TestMapCancelWithBlockedInput: the consumer hears of the end while the input still blocks, and can end it.
func TestMapCancelWithBlockedInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		release := make(chan struct{})
		in := func(yield func(int, error) bool) {
			if yield(1, nil) {
				<-release
			}
		}
		var got []error
		for _, err := range Map(ctx, 2, in, double) {
			if got = append(got, err); err != nil {
				close(release)
			}
		}
		if len(got) != 2 || !errors.Is(got[1], context.DeadlineExceeded) {
			t.Errorf("errors: got %v, want nil, deadline exceeded", got)
		}
	})
}

func TestMapAlreadyCanceled(t *testing.T) {
	noLeak(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	_, err := collect(Map(ctx, 2, count(10, nil), func(ctx context.Context, i int) (int, error) {
		called = true
		return i, nil
	}))
	if !errors.Is(err, context.Canceled) || called {
		t.Errorf("got error %v, called %v; want canceled, not called", err, called)
	}
}

func TestMapPanics(t *testing.T) {
	noLeak(t)
	panics := func(context.Context, int) (int, error) { panic(errTest) }
	badInput := func(yield func(int, error) bool) {
		yield(1, nil)
		panic(errTest)
	}
	tests := []struct {
		name  string
		in    iter.Seq2[int, error]
		fn    func(context.Context, int) (int, error)
		where string
	}{
		{"function", count(100, nil), panics, "TestMapPanics"},
		{"input", badInput, double, "TestMapPanics"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				p, ok := recover().(*Panic)
				if !ok || !errors.Is(p, errTest) || !strings.Contains(p.Error(), test.where) {
					t.Errorf("got panic %v, want %v and the stack of %s", p, errTest, test.where)
				}
			}()
			_, err := collect(Map(t.Context(), 3, test.in, test.fn))
			t.Errorf("no panic, error %v", err)
		})
	}
}

func TestMapConsumerPanics(t *testing.T) {
	noLeak(t)
	defer func() {
		if got := recover(); got != "consumer" {
			t.Errorf("panic: got %v, want consumer", got)
		}
	}()
	for range Map(t.Context(), 3, count(1<<40, nil), double) {
		panic("consumer")
	}
}

func TestMapGoexit(t *testing.T) {
	noLeak(t)
	exits := func(_ context.Context, i int) (int, error) {
		if i == 3 {
			runtime.Goexit()
		}
		return 2 * i, nil
	}
	got, err := collect(Map(t.Context(), 2, count(100, nil), exits))
	if !errors.Is(err, errGoexit) || len(got) != 3 {
		t.Errorf("got %d results, error %v; want 3, %v", len(got), err, errGoexit)
	}
}

// TestMapTwice: an iteration can be run again where the input can.
func TestMapTwice(t *testing.T) {
	seq := Map(t.Context(), 3, count(100, nil), double)
	for range 2 {
		if got, err := collect(seq); err != nil || !slices.Equal(got, doubled(100)) {
			t.Errorf("got %d results, error %v", len(got), err)
		}
	}
}

func TestMapMemoryIsFlat(t *testing.T) {
	type item [16 << 10]byte
	in := func(yield func(*item, error) bool) {
		for range 50_000 { // 800 MB, if they were kept
			if !yield(new(item), nil) {
				return
			}
		}
	}
	var most uint64
	n := 0
	for range Map(t.Context(), 4, in, func(_ context.Context, v *item) (*item, error) { return v, nil }) {
		if n++; n%5000 == 0 {
			var stats runtime.MemStats
			runtime.GC() // what is alive counts, not how fast garbage is made
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
		}
	}
	if most > 16<<20 {
		t.Errorf("heap: got %d MiB, want at most 16", most>>20)
	}
}

func BenchmarkMap(b *testing.B) {
	for _, workers := range []int{1, 2, 16} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			b.ReportAllocs()
			for range Map(b.Context(), workers, count(b.N, nil), double) {
			}
		})
	}
}
