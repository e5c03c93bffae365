package llm

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBudgetLimits(t *testing.T) {
	tests := []struct {
		name         string
		limit, spent Spending
		next         Spending
		want         string // in the error; empty: none
	}{
		{"no limit", Spending{}, Spending{1e9, 1e12, 1e9}, Spending{1, 1, 1}, ""},
		{"money enough", Spending{Money: 1}, Spending{Money: 0.5}, Spending{Money: 0.5}, ""},
		{"money", Spending{Money: 1}, Spending{Money: 0.5}, Spending{Money: 0.6}, "0.5000 of 1.0000 are spent, and the next request may cost 0.6000"},
		{"tokens", Spending{Tokens: 100}, Spending{Tokens: 90}, Spending{Tokens: 11}, "90 of 100 tokens are spent, and the next request may take 11"},
		{"requests", Spending{Requests: 10}, Spending{Requests: 10}, Spending{Requests: 1}, "10 of 10 requests are made"},
	}
	for _, tt := range tests {
		b := NewBudget(tt.limit, tt.spent)
		err := b.reserve(t.Context(), tt.next)
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: reserve = %v, want an error with %q", tt.name, err, tt.want)
		}
		if b.Spent() != tt.spent {
			t.Errorf("%s: spent %+v, want %+v", tt.name, b.Spent(), tt.spent)
		}
	}
	var none *Budget
	if err := none.reserve(t.Context(), Spending{1, 1, 1}); err != nil {
		t.Errorf("no budget: %v", err)
	}
	none.settle(Spending{}, Spending{})
}

// TestBudgetWaits: what does not fit beside the requests in flight waits for them, and fails if they leave too little.
func TestBudgetWaits(t *testing.T) {
	for name, tt := range map[string]struct {
		costs float64 // what the one in flight turns out to cost
		want  error
	}{"they leave enough": {0.1, nil}, "they do not": {0.6, ErrBudget}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(Spending{Money: 1}, Spending{})
				if err := b.reserve(t.Context(), Spending{Money: 0.6}); err != nil {
					t.Fatal(err)
				}
				done := make(chan error, 1)
				go func() { done <- b.reserve(t.Context(), Spending{Money: 0.5}) }()
				synctest.Wait()
				select {
				case err := <-done:
					t.Fatalf("reserve = %v, want that it waits", err)
				default:
				}
				b.settle(Spending{Money: 0.6}, Spending{Money: tt.costs})
				if err := <-done; !errors.Is(err, tt.want) {
					t.Errorf("reserve = %v, want %v", err, tt.want)
				}
			})
		})
	}
}

func TestBudgetWaitEndsWithCtx(t *testing.T) {
	b := NewBudget(Spending{Requests: 1}, Spending{})
	if err := b.reserve(t.Context(), Spending{Requests: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := b.reserve(ctx, Spending{Requests: 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reserve = %v, want the end of ctx", err)
	}
}

// TestBudgetNeverPasses: however many there are, what is spent stays within the limit where estimates hold, and the
// budget is used until no request fits.
func TestBudgetNeverPasses(t *testing.T) {
	b := NewBudget(Spending{Money: 1}, Spending{})
	var joined sync.WaitGroup
	for i := range 32 {
		joined.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for {
				estimate := Spending{Money: 0.001 + r.Float64()*0.009, Requests: 1}
				if err := b.reserve(t.Context(), estimate); err != nil {
					return
				}
				b.settle(estimate, Spending{Money: estimate.Money * r.Float64(), Requests: 1})
			}
		})
	}
	joined.Wait()
	if got := b.Spent().Money; got > 1 || got < 0.98 {
		t.Errorf("spent %v of 1, want nearly all and no more", got)
	}
	if b.reserved != (Spending{}) {
		t.Errorf("reserved %+v when nothing is in flight", b.reserved)
	}
}

func TestBudgetGrow(t *testing.T) {
	b := NewBudget(Spending{Tokens: 100}, Spending{})
	held := Spending{}
	for _, tt := range []struct {
		to int64
		ok bool
	}{{40, true}, {100, true}, {101, false}, {70, true}} {
		err := b.grow(held, Spending{Tokens: tt.to})
		if (err == nil) != tt.ok {
			t.Errorf("grow to %d = %v, want success %v", tt.to, err, tt.ok)
		}
		if err == nil {
			held = Spending{Tokens: tt.to}
		}
	}
	b.force(Spending{Tokens: 500})
	if err := b.grow(held, Spending{Tokens: 71}); !errors.Is(err, ErrBudget) {
		t.Errorf("grow beside what is under way = %v, want ErrBudget", err)
	}
	b.settle(held, Spending{Tokens: 10})
	b.settle(Spending{Tokens: 500}, Spending{Tokens: 20})
	if b.Spent().Tokens != 30 || b.reserved != (Spending{}) || b.open != 0 {
		t.Errorf("spent %+v, reserved %+v in %d, want 30 tokens and nothing", b.Spent(), b.reserved, b.open)
	}
}
