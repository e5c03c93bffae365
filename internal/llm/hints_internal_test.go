package llm

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		header map[string]string
		want   time.Duration
		ok     bool
	}{
		{"nothing", nil, 0, false},
		{"seconds", map[string]string{"Retry-After": "20"}, 20 * time.Second, true},
		{"parts of seconds", map[string]string{"Retry-After": "1.5"}, 1500 * time.Millisecond, true},
		{"at once", map[string]string{"Retry-After": "0"}, 0, true},
		{"below zero", map[string]string{"Retry-After": "-1"}, 0, false},
		{"no number", map[string]string{"Retry-After": "soon"}, 0, false},
		{"not a number", map[string]string{"Retry-After": "NaN"}, 0, false},
		{"for ever", map[string]string{"Retry-After": "Inf"}, 1<<63 - 1, true},
		{"too large", map[string]string{"Retry-After": "1e999"}, 1<<63 - 1, true},
		{"a date", map[string]string{"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30 * time.Second, true},
		{"a date that has been", map[string]string{"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0, true},
		{"milliseconds before seconds", map[string]string{"Retry-After": "20", "Retry-After-Ms": "300"}, 300 * time.Millisecond, true},
		{"a limit that is used up", map[string]string{"X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "6m0.5s"}, 6*time.Minute + 500*time.Millisecond, true},
		{"a limit in seconds", map[string]string{"X-Ratelimit-Remaining-Tokens": "0", "X-Ratelimit-Reset-Tokens": "59.7"}, 59700 * time.Millisecond, true},
		{"the longer of two", map[string]string{
			"X-Ratelimit-Remaining-Tokens": "0", "X-Ratelimit-Reset-Tokens": "5s", "X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "120ms",
		}, 5 * time.Second, true},
		{"a limit that is not used up", map[string]string{"X-Ratelimit-Remaining-Tokens": "1", "X-Ratelimit-Reset-Tokens": "5s"}, 0, false},
		{"a limit without a reset", map[string]string{"X-Ratelimit-Remaining-Tokens": "0"}, 0, false},
		{"a reset that is none", map[string]string{"X-Ratelimit-Remaining-Tokens": "0", "X-Ratelimit-Reset-Tokens": "-5s"}, 0, false},
	}
	for _, tt := range tests {
		h := http.Header{}
		for name, value := range tt.header {
			h.Set(name, value)
		}
		if got, ok := retryAfter(h, now); got != tt.want || ok != tt.ok {
			t.Errorf("%s: retryAfter(%v) = %v, %v, want %v, %v", tt.name, tt.header, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("1", "2", "0", "6m0s")
	f.Add("1e400", "Mon, 02 Jan 2006 15:04:05 GMT", "0", "1e30")
	f.Fuzz(func(t *testing.T, ms, after, remaining, reset string) {
		h := http.Header{"Retry-After-Ms": {ms}, "Retry-After": {after}, "X-Ratelimit-Remaining-Tokens": {remaining}, "X-Ratelimit-Reset-Tokens": {reset}}
		if d, ok := retryAfter(h, time.Unix(1e9, 0)); d < 0 || d > 0 && !ok {
			t.Errorf("retryAfter(%v) = %v, %v", h, d, ok)
		}
	})
}
