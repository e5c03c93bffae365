package llm

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// longestWait is how long a server may ask to be left alone. Who asks for more has no time today.
const longestWait = 10 * time.Minute

// retryAfter returns how long the server asks to wait, by the first of: retry-after-ms, Retry-After, in seconds or as
// a date, and the reset of a limit of which nothing remains.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	if d, ok := number(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d, true
	}
	value := h.Get("Retry-After")
	if d, ok := number(value, time.Second); ok {
		return d, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0), true
	}
	return exhausted(h)
}

// exhausted returns how long it takes until a limit that is used up is reset.
func exhausted(h http.Header) (longest time.Duration, ok bool) {
	for _, what := range []string{"Requests", "Tokens"} {
		if h.Get("X-Ratelimit-Remaining-"+what) != "0" {
			continue
		}
		reset := h.Get("X-Ratelimit-Reset-" + what)
		d, err := time.ParseDuration(reset) // 6m0s
		if err != nil || d < 0 {
			if d, ok = number(reset, time.Second); !ok {
				continue
			}
		}
		longest = max(longest, d)
	}
	return longest, longest > 0
}

// number reads a count of units that is not below zero. What is too large for a duration is the largest one.
func number(s string, unit time.Duration) (time.Duration, bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 1) || math.IsNaN(v) || v < 0 {
		return 0, false
	}
	if v *= float64(unit); v < math.MaxInt64 {
		return time.Duration(v), true
	}
	return math.MaxInt64, true
}
