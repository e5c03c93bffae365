package llm_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// TestFaultsThatPass has a fault befall a request twice. The answer comes all the same, and is billed once.
func TestFaultsThatPass(t *testing.T) {
	in30s := time.Date(2000, 1, 1, 0, 0, 30, 0, time.UTC).Format(http.TimeFormat) // synctest's time begins with 2000
	const body = `{"error": {"message": "m"}}`
	tests := []struct {
		name  string
		fault llmtest.Fault
		kind  llm.Kind
		least time.Duration // that two faults take
		most  time.Duration
	}{
		{"429", llmtest.Status(429, "slow down"), llm.KindRateLimited, 700 * time.Millisecond, 3 * time.Second},
		{"429 with seconds", llmtest.Status(429, "slow down", "Retry-After", "7"), llm.KindRateLimited, 14 * time.Second, 15 * time.Second},
		{"429 with parts of seconds", llmtest.Status(429, "slow down", "Retry-After", "0.5"), llm.KindRateLimited, time.Second, 3 * time.Second},
		{"429 with a date", llmtest.Status(429, "slow down", "Retry-After", in30s), llm.KindRateLimited, 30 * time.Second, 32 * time.Second},
		{"429 with milliseconds", llmtest.Status(429, "slow down", "retry-after-ms", "250", "Retry-After", "90"), llm.KindRateLimited, 700 * time.Millisecond, 3 * time.Second},
		{"429 at once", llmtest.Status(429, "slow down", "Retry-After", "0"), llm.KindRateLimited, 700 * time.Millisecond, 3 * time.Second},
		{
			"429 with a limit's reset",
			llmtest.Status(429, "slow down", "x-ratelimit-remaining-requests", "3", "x-ratelimit-reset-requests", "90s", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "6s500ms"),
			llm.KindRateLimited, 13 * time.Second, 14 * time.Second,
		},
		{"408", llmtest.Status(408, "m"), llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"409", llmtest.Status(409, "m"), llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"425", llmtest.Status(425, "m"), llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"500", llmtest.Status(500, "m"), llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"502 of a gateway", llmtest.Fault{Status: 502, Body: "<html>bad gateway</html>"}, llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"503", llmtest.Status(503, "m"), llm.KindOverloaded, 700 * time.Millisecond, 3 * time.Second},
		{"503 with seconds", llmtest.Status(503, "m", "Retry-After", "5"), llm.KindOverloaded, 10 * time.Second, 11 * time.Second},
		{"500 with seconds", llmtest.Status(500, "m", "Retry-After", "5"), llm.KindServerError, 10 * time.Second, 11 * time.Second},
		{"529", llmtest.Status(529, "overloaded"), llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"a reset", llmtest.Fault{Break: llmtest.Reset}, llm.KindReset, 700 * time.Millisecond, 3 * time.Second},
		{"half an answer", llmtest.Fault{Break: llmtest.Half}, llm.KindHalfAnswer, 700 * time.Millisecond, 3 * time.Second},
		{"silence", llmtest.Fault{Break: llmtest.Hang}, llm.KindTimeout, 20 * time.Second, 23 * time.Second},
		{"a drip", llmtest.Fault{Break: llmtest.Drip}, llm.KindTimeout, 20 * time.Second, 23 * time.Second},
		{"an empty 200", llmtest.Fault{Status: 200}, llm.KindBadJSON, 700 * time.Millisecond, 3 * time.Second},
		{"a page", llmtest.Fault{Status: 200, Body: "<html>"}, llm.KindBadJSON, 700 * time.Millisecond, 3 * time.Second},
		{"JSON of another kind", llmtest.Fault{Status: 200, Body: `[1]`}, llm.KindBadJSON, 700 * time.Millisecond, 3 * time.Second},
		{"JSON that ends", llmtest.Fault{Status: 200, Body: `{"choices": [{"message": {"content": "x"`}, llm.KindBadJSON, 700 * time.Millisecond, 3 * time.Second},
		{"no choices", llmtest.Fault{Status: 200, Body: `{"choices": []}`}, llm.KindNoChoices, 700 * time.Millisecond, 3 * time.Second},
		{"an error with 200", llmtest.Fault{Status: 200, Body: body}, llm.KindServerError, 700 * time.Millisecond, 3 * time.Second},
		{"a 429 with 200", llmtest.Fault{Status: 200, Body: `{"error": {"message": "m", "code": 429}}`}, llm.KindRateLimited, 700 * time.Millisecond, 3 * time.Second},
		{"work that the server ended", llmtest.Fault{Status: 200, Body: `{"choices": [{"message": {"content": "x"}, "finish_reason": "abort"}]}`}, llm.KindHalfAnswer, 700 * time.Millisecond, 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := llmtest.New(llmtest.Config{Fault: llmtest.First(2, tt.fault)})
				var seen events
				client := clientOf(t, server, func(c *llm.Config) { c.Observe, c.Timeout = seen.add, 10*time.Second })
				start := time.Now()
				got, err := client.Ask(t.Context(), seeded("q"), 0, 1)
				if err != nil || got[0].Text != right("q", 0) {
					t.Fatalf("Ask = %v, %v, want %q", got, err, right("q", 0))
				}
				if took := time.Since(start); took < tt.least || took > tt.most {
					t.Errorf("Ask took %v, want %v to %v", took, tt.least, tt.most)
				}
				if want := []llm.Kind{tt.kind, tt.kind, llm.KindOK}; !slices.Equal(seen.kinds(), want) {
					t.Errorf("events: %v, want %v", seen.kinds(), want)
				}
				done := 0 // the faults that come when the work is done
				if tt.fault.Break == llmtest.Half || tt.fault.Break == llmtest.Drip {
					done = 2
				}
				if distinct, again := server.Billed(); distinct != 1 || again != done {
					t.Errorf("billed: %d samples, %d times again, want 1 and %d", distinct, again, done)
				}
			})
		})
	}
}

// TestFaultsThatStay: what will not pass is not tried again, and says whose fault it is.
func TestFaultsThatStay(t *testing.T) {
	status := func(code int, body string) llmtest.Fault {
		return llmtest.Fault{Status: code, Body: body, Header: map[string]string{"Content-Type": "application/json"}}
	}
	tests := []struct {
		name    string
		fault   llmtest.Fault
		kind    llm.Kind
		refused bool
		want    string
	}{
		{"too long, by OpenAI", status(400, `{"error": {"message": "This model's maximum context length is 128000 tokens.", "param": "messages", "code": "context_length_exceeded"}}`), llm.KindRefused, true, "refused (HTTP 400): This model's maximum"},
		{"too long, by vLLM", status(400, `{"object": "error", "message": "This model's maximum context length is 10 tokens", "code": 400}`), llm.KindRefused, true, "maximum context length"},
		{"too long, blamed on max_tokens", status(400, `{"error": {"message": "'max_tokens' is too large: 100. This model's maximum context length is 99 tokens", "param": "max_tokens"}}`), llm.KindRefused, true, "too large"},
		{"against the rules", status(400, `{"error": {"message": "rejected by our safety system", "code": "content_policy_violation"}}`), llm.KindRefused, true, "safety system"},
		{"a body that is too large", status(413, `nginx`), llm.KindRefused, true, "refused (HTTP 413): nginx"},
		{"an invalid message", status(422, `{"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "too short"}]}`), llm.KindRefused, true, "messages.0.content: too short"},
		{"a temperature that is not taken", status(400, `{"error": {"message": "Unsupported value: temperature", "param": "temperature", "code": "unsupported_value"}}`), llm.KindRejected, false, "rejects how it is asked: HTTP 400: Unsupported value"},
		{"a temperature that FastAPI does not take", status(422, `{"detail": [{"loc": ["body", "temperature"], "msg": "too hot"}]}`), llm.KindRejected, false, "temperature: too hot"},
		{"an extra that is not taken", status(400, `{"error": {"message": "top_k?", "param": "top_k"}}`), llm.KindRejected, false, "top_k?"},
		{"an unknown model", status(404, `{"error": {"message": "The model does not exist", "code": "model_not_found"}}`), llm.KindRejected, false, "http://stub.example/v1: the base URL is wrong, or the server does not know the model stub"},
		{"an unknown model, by others", status(400, `{"error": {"message": "no such model", "code": "model_not_found"}}`), llm.KindRejected, false, "does not know the model stub"},
		{"a wrong path", status(405, ``), llm.KindRejected, false, "HTTP 405: Method Not Allowed"},
		{"a wrong key", status(401, `{"error": {"message": "Incorrect API key"}}`), llm.KindKey, false, "does not accept the key: HTTP 401: Incorrect API key; set the environment variable STUB_KEY"},
		{"a forbidden country", status(403, `{"error": "no"}`), llm.KindKey, false, "HTTP 403: no"},
		{"no credits", status(402, `{"error": {"message": "insufficient credits"}}`), llm.KindQuota, false, "the account is used up: HTTP 402: insufficient credits"},
		{"no quota", status(429, `{"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"}}`), llm.KindQuota, false, "exceeded your current quota"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := llmtest.New(llmtest.Config{Fault: func(llmtest.Call) llmtest.Fault { return tt.fault }})
			var seen events
			client := clientOf(t, server, func(c *llm.Config) { c.Observe = seen.add })
			r := ask("q")
			r.MaxTokens, r.Extra = 100, map[string]rawJSON{"top_k": rawJSON("20")}
			_, err := client.Ask(t.Context(), r, 0, 1)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Ask: %v, want an error with %q", err, tt.want)
			}
			if _, refused := errors.AsType[*llm.RefusedError](err); refused != tt.refused {
				t.Errorf("Ask: a RefusedError: %v, want %v", refused, tt.refused)
			}
			if _, key := errors.AsType[*llm.KeyError](err); key != (tt.kind == llm.KindKey) {
				t.Errorf("Ask: a KeyError: %v", key)
			}
			if _, quota := errors.AsType[*llm.QuotaError](err); quota != (tt.kind == llm.KindQuota) {
				t.Errorf("Ask: a QuotaError: %v", quota)
			}
			if !slices.Equal(seen.kinds(), []llm.Kind{tt.kind}) {
				t.Errorf("events: %v, want one %v", seen.kinds(), tt.kind)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("Ask: %v, which has the key in it", err)
			}
		})
	}
}

// TestServerThatStaysDown: after MaxAttempts the error names the server and the last fault, and says that it was for all.
func TestServerThatStaysDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Fault: func(llmtest.Call) llmtest.Fault { return llmtest.Status(502, "nobody home") }})
		client := clientOf(t, server, nil)
		start := time.Now()
		_, err := client.Ask(t.Context(), ask("q"), 0, 1)
		down, ok := errors.AsType[*llm.UnavailableError](err)
		if !ok || down.Attempts != 8 || down.Others || server.Chats() != 8 {
			t.Fatalf("Ask: %#v after %d requests, want an UnavailableError after 8, without others", err, server.Chats())
		}
		const want = "http://stub.example/v1: no answer from the model stub after 8 attempts, the last: HTTP 502: nobody home; run again when the server is back"
		if err.Error() != want {
			t.Errorf("Ask: %v, want %s", err, want)
		}
		if took := time.Since(start); took < 30*time.Second || took > 2*time.Minute {
			t.Errorf("giving up took %v, want about a minute", took)
		}
	})
}

// TestRequestThatFailsAlone: the server answers others, so the error says that it may be this one.
func TestRequestThatFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Fault: func(c llmtest.Call) llmtest.Fault {
			if strings.Contains(string(c.Body), "poison") {
				return llmtest.Fault{Break: llmtest.Reset}
			}
			return llmtest.Fault{}
		}})
		client := clientOf(t, server, func(c *llm.Config) { c.MaxAttempts = 3 })
		go func() {
			for _, q := range questions(20) {
				_, _ = client.Ask(context.Background(), ask(q), 0, 1)
				time.Sleep(100 * time.Millisecond)
			}
		}()
		_, err := client.Ask(t.Context(), ask("poison"), 0, 1)
		if down, ok := errors.AsType[*llm.UnavailableError](err); !ok || !down.Others || down.Attempts != 3 {
			t.Errorf("Ask: %#v, want an UnavailableError after 3 attempts, with others", err)
		}
		synctest.Wait()
		time.Sleep(10 * time.Second)
	})
}

// TestRateLimitsWhileOthersGoOn: who meets limits only is tried as long as somebody else is answered.
func TestRateLimitsWhileOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Fault: func(c llmtest.Call) llmtest.Fault {
			if strings.Contains(string(c.Body), "unlucky") && c.N < 300 {
				return llmtest.Status(429, "slow down")
			}
			return llmtest.Fault{}
		}})
		client := clientOf(t, server, func(c *llm.Config) { c.MaxAttempts = 2 })
		go func() {
			for _, q := range questions(400) {
				_, _ = client.Ask(context.Background(), ask(q), 0, 1)
				time.Sleep(20 * time.Millisecond)
			}
		}()
		got, err := client.Ask(t.Context(), ask("unlucky"), 0, 1)
		if err != nil || got[0].Text != right("unlucky", 0) {
			t.Errorf("Ask = %v, %v, want the answer", got, err)
		}
		time.Sleep(10 * time.Second)
	})
}

// TestWaitThatIsTooLong: a server that is to be left alone for hours stops the run at once.
func TestWaitThatIsTooLong(t *testing.T) {
	for _, after := range []string{"7200", "1e300", "Fri, 31 Dec 2100 23:59:59 GMT"} {
		synctest.Test(t, func(t *testing.T) {
			server := llmtest.New(llmtest.Config{Fault: llmtest.First(1, llmtest.Status(429, "daily limit", "Retry-After", after))})
			start := time.Now()
			_, err := clientOf(t, server, nil).Ask(t.Context(), ask("q"), 0, 1)
			if err == nil || !strings.Contains(err.Error(), "asks to be left alone for") || time.Since(start) > 0 {
				t.Errorf("Retry-After %s: %v after %v, want an error at once", after, err, time.Since(start))
			}
		})
	}
}

// TestTimeoutIsNoEndOfCtx: a server that is too slow must not look like a caller who gave up.
func TestTimeoutIsNoEndOfCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := llmtest.New(llmtest.Config{Fault: func(llmtest.Call) llmtest.Fault { return llmtest.Fault{Break: llmtest.Hang} }})
		client := clientOf(t, server, func(c *llm.Config) { c.MaxAttempts, c.Timeout = 2, time.Minute })
		_, err := client.Ask(t.Context(), ask("q"), 0, 1)
		if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the last: no answer within 1m0s") {
			t.Errorf("Ask: %v, want an error that is none of a context", err)
		}
	})
}

// TestCtxEndsWaiting: the end of ctx ends every wait at once.
func TestCtxEndsWaiting(t *testing.T) {
	for name, fault := range map[string]llmtest.Fault{
		"for an answer":         {Break: llmtest.Hang},
		"for a drip":            {Break: llmtest.Drip},
		"for another attempt":   llmtest.Status(500, "m", "Retry-After", "500"),
		"for the server's time": llmtest.Status(429, "m", "Retry-After", "500"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := llmtest.New(llmtest.Config{Fault: llmtest.First(1, fault)})
				client := clientOf(t, server, nil)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				start := time.Now()
				_, err := client.Ask(ctx, ask("q"), 0, 1)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
					t.Errorf("Ask: %v after %v, want the end of ctx after 5s", err, time.Since(start))
				}
			})
		})
	}
}

// TestTransportFaults classifies what does not come from a server.
func TestTransportFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		kind llm.Kind
		last int // attempts
	}{
		{"nobody listens", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, llm.KindUnreachable, 2},
		{"no such host", &net.DNSError{Name: "stub.example", Err: "no such host", IsNotFound: true}, llm.KindUnreachable, 2},
		{"a broken pipe", &net.OpError{Op: "write", Err: syscall.EPIPE}, llm.KindReset, 2},
		{"a dial that takes too long", &net.OpError{Op: "dial", Err: context.DeadlineExceeded}, llm.KindUnreachable, 2},
		{"a bad certificate", &tls.CertificateVerificationError{Err: errors.New("expired")}, llm.KindRejected, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen events
				client := clientOf(t, llmtest.New(llmtest.Config{}), func(c *llm.Config) {
					c.Observe, c.MaxAttempts = seen.add, 2
					c.Transport = transportFunc(func(*http.Request) (*http.Response, error) { return nil, tt.err })
				})
				_, err := client.Ask(t.Context(), ask("q"), 0, 1)
				if err == nil || !errors.Is(err, tt.err) {
					t.Errorf("Ask: %v, want one that wraps %v", err, tt.err)
				}
				if want := slices.Repeat([]llm.Kind{tt.kind}, tt.last); !slices.Equal(seen.kinds(), want) {
					t.Errorf("events: %v, want %v", seen.kinds(), want)
				}
			})
		})
	}
}

// TestKeyError says what to do in each case.
func TestKeyError(t *testing.T) {
	for want, e := range map[string]llm.KeyError{
		"u wants a key: m; set the environment variable K and run again":             {Endpoint: "u", KeyEnv: "K", Message: "m"},
		"u does not accept the key: m; set the environment variable K and run again": {Endpoint: "u", KeyEnv: "K", Sent: true, Message: "m"},
		"u does not accept the key: m; set the key and run again":                    {Endpoint: "u", Sent: true, Message: "m"},
	} {
		if e.Error() != want {
			t.Errorf("%#v says %s, want %s", e, e.Error(), want)
		}
	}
}
