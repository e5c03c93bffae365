package llm

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRatesSpreadRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newRates(120, 0)
		start := time.Now()
		for range 121 {
			if err := l.wait(t.Context(), 1000); err != nil {
				t.Fatal(err)
			}
		}
		// Two at once, and then two a second.
		if took := time.Since(start); took < 59*time.Second || took > 60*time.Second {
			t.Errorf("121 requests at 120 a minute took %v, want a minute", took)
		}
	})
}

// TestRatesSettleTokens: what counts in the end is what was used and not what was estimated.
func TestRatesSettleTokens(t *testing.T) {
	for name, tt := range map[string]struct{ estimate, used int }{
		"as estimated": {100, 100}, "more": {10, 100}, "less": {1000, 100}, "more than a second's share": {2000, 6000}, "nothing": {100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newRates(0, 6000) // 100 a second
				start := time.Now()
				const n = 50
				for range n {
					if err := l.wait(t.Context(), tt.estimate); err != nil {
						t.Fatal(err)
					}
					l.settle(tt.estimate, tt.used)
				}
				if err := l.wait(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				want := time.Duration(n*tt.used) * time.Second / 100
				if took := time.Since(start); took > want+time.Second || took < want-2*time.Second {
					t.Errorf("%d requests of %d tokens, estimated as %d, at 100 a second took %v, want %v", n, tt.used, tt.estimate, took, want)
				}
			})
		})
	}
}

// TestRatesOfTogether: several that wait at the same time keep to the limit too.
func TestRatesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newRates(60, 60_000)
		start := time.Now()
		done := make(chan error, 30)
		for range 30 {
			go func() { done <- l.wait(t.Context(), 3000) }() // three seconds' share of tokens
		}
		for range 30 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took < 80*time.Second || took > 91*time.Second {
			t.Errorf("30 requests of 3,000 tokens at 60,000 a minute took %v, want about 90s", took)
		}
	})
}

func TestRatesEndWithCtx(t *testing.T) {
	for _, l := range []rates{newRates(1, 0), newRates(0, 60)} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var err error
			start := time.Now()
			for err == nil {
				err = l.wait(ctx, 1000)
			}
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
				t.Errorf("wait: %v after %v, want the end of ctx after 5s", err, time.Since(start))
			}
		})
	}
}

func TestUsualLearns(t *testing.T) {
	u := newUsual()
	most, expected := u.estimate(3000, 800, 2)
	if most != (Usage{PromptTokens: 1001, CompletionTokens: 1600}) || expected != (Usage{PromptTokens: 1001, CompletionTokens: 1002}) {
		t.Errorf("before anything is known: %+v and %+v", most, expected)
	}
	if most, _ := u.estimate(0, 0, 1); most.CompletionTokens != noLimit {
		t.Errorf("without a limit an answer takes %d at most, want %d", most.CompletionTokens, noLimit)
	}
	for range 1000 {
		u.learn(4000, 2, Usage{PromptTokens: 1000, CompletionTokens: 400})
	}
	_, expected = u.estimate(4000, 800, 3)
	if p, c := expected.PromptTokens, expected.CompletionTokens; p < 1000 || p > 1010 || c < 600 || c > 606 {
		t.Errorf("after many requests of 1,000 and 200 a sample, three samples take %d and %d", p, c)
	}
	for range 3_000_000 {
		u.prompt.add(1000, 1000)
	}
	if u.prompt.of > 1e9 {
		t.Errorf("the past weighs %v", u.prompt.of)
	}
}
