package llm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// KeyError tells that the server does not accept the key, or wants one. It stops the run.
type KeyError struct {
	Endpoint string
	KeyEnv   string // the variable to set; empty where the configuration names none
	Sent     bool   // a key was sent
	Message  string // the server's
}

// Error says what to do.
func (e *KeyError) Error() string {
	what, where := "does not accept the key", "the key"
	if !e.Sent {
		what = "wants a key"
	}
	if e.KeyEnv != "" {
		where = "the environment variable " + e.KeyEnv
	}
	return fmt.Sprintf("%s %s: %s; set %s and run again", e.Endpoint, what, e.Message, where)
}

// QuotaError tells that the account at the server is used up. It stops the run.
type QuotaError struct {
	Endpoint string
	Message  string // the server's
}

// Error says what to do.
func (e *QuotaError) Error() string {
	return fmt.Sprintf("%s: the account is used up: %s; add to it and run again", e.Endpoint, e.Message)
}

// UnavailableError tells that the server did not answer a request, however often it was asked. It stops the run, which
// can be resumed. Others tells whether it answered other requests in the meantime: then the trouble may be this one's.
type UnavailableError struct {
	Endpoint string
	What     string // was asked
	Attempts int
	Others   bool
	Last     error
}

// Error says how often and why.
func (e *UnavailableError) Error() string {
	also := "run again when the server is back"
	if e.Others {
		also = "it answered other requests meanwhile"
	}
	return fmt.Sprintf("%s: no answer from %s after %d attempts, the last: %v; %s", e.Endpoint, e.What, e.Attempts, e.Last, also)
}

// Unwrap returns the last attempt's error.
func (e *UnavailableError) Unwrap() error { return e.Last }

// fault is how an attempt failed.
type fault struct {
	kind  Kind
	err   error
	after time.Duration // the server asks to wait so long
	told  bool          // it does
	wire  *wire.Error   // nil where the server said nothing
}

func (f *fault) retried() bool {
	switch f.kind {
	case KindRateLimited, KindOverloaded, KindServerError, KindUnreachable, KindReset, KindTimeout, KindHalfAnswer, KindBadJSON, KindNoChoices:
		return true
	}
	return false
}

// feedback is what the fault says about the server's load.
func (f *fault) feedback() feedback {
	if f.kind == KindRateLimited || f.kind == KindOverloaded {
		return crowded
	}
	return neutral
}

// statusFault classifies an answer that is not 200.
func statusFault(header http.Header, e *wire.Error) *fault {
	f := &fault{err: e, wire: e}
	f.after, f.told = retryAfter(header, time.Now())
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		f.kind = KindKey
	case http.StatusPaymentRequired:
		f.kind = KindQuota
	case http.StatusTooManyRequests:
		f.kind = KindRateLimited
		if e.Code == "insufficient_quota" || e.Type == "insufficient_quota" {
			f.kind = KindQuota
		}
	case http.StatusServiceUnavailable:
		f.kind = KindOverloaded
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		f.kind = KindServerError
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		f.kind = KindRefused
	default:
		f.kind = KindRejected
		if e.Status >= 500 {
			f.kind = KindServerError
		}
	}
	return f
}

// sendFault classifies an error that came before the answer's first byte.
func sendFault(err error) *fault {
	f := &fault{kind: KindReset, err: err}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		f.kind = KindUnreachable
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		f.kind = KindUnreachable
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f.kind = KindRejected // trying again does not make a certificate good
	}
	if f.kind == KindReset {
		f.kind = timeoutOr(err, KindReset)
	}
	return f
}

// readFault classifies an error that came within the answer.
func readFault(err error) *fault {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the answer ends in its middle")
	}
	return &fault{kind: timeoutOr(err, KindHalfAnswer), err: err}
}

func timeoutOr(err error, kind Kind) Kind {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return KindTimeout
	}
	return kind
}

// stop returns the error that ends a request whose fault is not to be tried again.
func (c *Client) stop(model string, f *fault) error {
	switch f.kind {
	case KindRefused:
		return &RefusedError{Code: f.wire.Status, Message: f.wire.Message}
	case KindKey:
		return &KeyError{Endpoint: c.cfg.BaseURL, KeyEnv: c.cfg.KeyEnv, Sent: c.cfg.APIKey != "", Message: f.err.Error()}
	case KindQuota:
		return &QuotaError{Endpoint: c.cfg.BaseURL, Message: f.err.Error()}
	case KindRejected:
		what := "the server rejects how it is asked"
		if f.wire != nil && (f.wire.Status == http.StatusNotFound || f.wire.Code == modelNotFound) {
			what = fmt.Sprintf("the base URL is wrong, or the server does not know %s", model)
		}
		return fmt.Errorf("%s: %s: %w", c.cfg.BaseURL, what, f.err)
	}
	return f.err // the caller gave up
}
