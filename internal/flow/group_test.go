package flow_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/flow"
)

func TestGroupGivesEachItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at, most, largest, batches atomic.Int64
		double := flow.Group(t.Context(), 2, 8, func(_ context.Context, in []int) ([]int, error) {
			most.Store(max(most.Load(), at.Add(1)))
			largest.Store(max(largest.Load(), int64(len(in))))
			batches.Add(1)
			time.Sleep(time.Second)
			at.Add(-1)
			out := make([]int, len(in))
			for i, v := range in {
				out[i] = 2 * v
			}
			return out, nil
		})
		var wait sync.WaitGroup
		for i := range 100 {
			wait.Go(func() {
				if got, err := double(t.Context(), i); got != 2*i || err != nil {
					t.Errorf("double(%d) = %d, %v", i, got, err)
				}
			})
		}
		wait.Wait()
		if most.Load() != 2 || largest.Load() != 8 {
			t.Errorf("%d worked at the same time and the largest batch was %d, want 2 and 8", most.Load(), largest.Load())
		}
		// Two calls find the group idle, each alone; the other 98 wait and go by eight.
		if got := batches.Load(); got < 14 || got > 16 {
			t.Errorf("%d batches, want about 15", got)
		}
	})
}

func TestGroupAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		same := flow.Group(t.Context(), 1, 8, func(_ context.Context, in []int) ([]int, error) { return in, nil })
		for i := range 10 {
			if got, err := same(t.Context(), i); got != i || err != nil {
				t.Errorf("same(%d) = %d, %v", i, got, err)
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("calls to an idle group waited %v", waited)
		}
	})
}

func TestGroupFails(t *testing.T) {
	broken := errors.New("broken")
	for _, row := range []struct {
		name string
		fn   func(context.Context, []int) ([]int, error)
		want string
	}{
		{"the function fails", func(context.Context, []int) ([]int, error) { return nil, broken }, "broken"},
		{"too few results", func(context.Context, []int) ([]int, error) { return nil, nil }, "0 results for 1 items"},
	} {
		call := flow.Group(t.Context(), 1, 4, row.fn)
		for range 2 { // it goes on after a failure
			if _, err := call(t.Context(), 1); fmt.Sprint(err) != row.want {
				t.Errorf("%s: error %v, want %s", row.name, err, row.want)
			}
		}
	}
}

func TestGroupCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := flow.Group(t.Context(), 1, 4, func(_ context.Context, in []int) ([]int, error) {
			time.Sleep(time.Minute)
			return in, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := slow(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that the caller's time is over", err)
		}
		if got, err := slow(t.Context(), 2); got != 2 || err != nil {
			t.Errorf("a later call: %d, %v", got, err)
		}
	})
}
