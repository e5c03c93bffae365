package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	tries         = 5               // of a request that fails in a way that passes
	mostWait      = 8 * time.Second // between two tries, unless the server asks for more
	mostAsked     = 5 * time.Minute // that a server may ask for
	headerTimeout = time.Minute
	mostRedirects = 10
	mostAnswer    = 64 << 20 // bytes of an answer of the API
)

// statusError is an answer of the hub, or of the storage behind it, that is no success.
type statusError struct {
	method, url string // the address without its query, which may hold a signature
	status      int
	message     string
	after       time.Duration // what Retry-After says; 0: nothing
}

// Error says what was asked, what came back, and what may help.
func (e *statusError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.method, e.url, e.status, http.StatusText(e.status))
	if e.message != "" {
		text += ": " + e.message
	}
	switch e.status {
	case http.StatusUnauthorized:
		text += "; if it is private or gated, set HF_TOKEN to a token that may use it"
	case http.StatusForbidden:
		text += "; the token in use may not do this: gated sets have terms to accept on their page, writing needs a token with write access"
	}
	return text
}

// passes reports whether the same request may succeed later.
func (e *statusError) passes() bool {
	switch e.status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// hasStatus reports whether err is an answer with one of these codes.
func hasStatus(err error, codes ...int) bool {
	e, ok := errors.AsType[*statusError](err)
	if !ok {
		return false
	}
	for _, code := range codes {
		if e.status == code {
			return true
		}
	}
	return false
}

// request is one that can be sent again.
type request struct {
	method, url string
	header      map[string]string
	body        func() io.Reader // nil: none
	size        int64            // of the body
	foreign     bool             // goes to the storage by a signed address: the token is not sent along
	once        bool             // must not be sent again, as nobody knows what a lost answer said
}

// transport waits for the beginning of an answer for a while and for its body as long as bytes come.
func transport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   30 * time.Second,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   transfers,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true, // sizes and ranges are those of the files
	}
}

// checkRedirect takes the token off a request that is sent on to another host: the storage has a signature in the
// address and refuses both, and the token is none of its business.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) >= mostRedirects {
		return errors.New("too many redirects")
	}
	if next.URL.Host != via[0].URL.Host || next.URL.Scheme != via[0].URL.Scheme {
		next.Header.Del("Authorization")
	}
	return nil
}

// do sends a request, again where that may help, and returns an answer that is a success. The caller closes it.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	if c.problem != nil {
		return nil, c.problem
	}
	most := uint(tries)
	if r.once {
		most = 1
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = c.wait, mostWait
	return backoff.Retry(ctx, func() (*http.Response, error) {
		answer, err := c.send(ctx, r)
		return answer, retriable(ctx, err)
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(most), backoff.WithMaxElapsedTime(0))
}

// retriable marks the errors that another try would not cure, and those that say when to try.
func retriable(ctx context.Context, err error) error {
	e, answered := errors.AsType[*statusError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, answered && !e.passes(), answered && e.after > mostAsked:
		return backoff.Permanent(err)
	case answered && e.after > 0:
		return fmt.Errorf("%w (%w)", err, &backoff.RetryAfterError{Duration: e.after})
	}
	return err
}

// send sends a request once.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	var body io.Reader = http.NoBody
	if r.body != nil && r.size > 0 {
		body = r.body()
	}
	q, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, bare(r.url), err)
	}
	q.ContentLength = r.size
	q.Header.Set("User-Agent", "acecoder")
	if c.token != "" && !r.foreign {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range r.header {
		q.Header.Set(name, value)
	}
	answer, err := c.http.Do(q)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, bare(r.url), unwrapURL(err))
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer finish(answer)
	return nil, failed(r, answer)
}

// finish ends an answer of which nothing more is wanted; what is left of a short one lets the connection be kept.
func finish(answer *http.Response) {
	_, _ = io.CopyN(io.Discard, answer.Body, 4096)
	_ = answer.Body.Close()
}

// unwrapURL takes the address, which may be signed, out of an error of net/http.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// failed makes the error of an answer that is no success.
func failed(r request, answer *http.Response) error {
	e := &statusError{method: r.method, url: bare(r.url), status: answer.StatusCode}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
	var said struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(text, &said)
	e.message = first(answer.Header.Get("X-Error-Message"), said.Error, said.Message)
	if e.message == "" && !strings.HasPrefix(strings.TrimSpace(string(text)), "<") {
		e.message = fmt.Sprintf("%.300s", strings.TrimSpace(string(text)))
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		e.after = time.Duration(seconds) * time.Second
	}
	return e
}

// bare is an address without its query.
func bare(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// get asks for JSON and decodes it into the value. next is the address of the following page, if there is one.
func (c *Client) get(ctx context.Context, address string, into any) (next string, err error) {
	answer, err := c.do(ctx, request{method: http.MethodGet, url: address})
	if err != nil {
		return "", err
	}
	defer finish(answer)
	return nextPage(answer.Header), decode(answer, bare(address), into)
}

// post sends a value as JSON and decodes the answer.
func (c *Client) post(ctx context.Context, r request, value, into any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("POST %s: %w", bare(r.url), err)
	}
	r.method, r.size = http.MethodPost, int64(len(body))
	r.body = func() io.Reader { return strings.NewReader(string(body)) }
	if r.header == nil {
		r.header = map[string]string{"Content-Type": "application/json"}
	}
	answer, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer finish(answer)
	if into == nil {
		return nil
	}
	return decode(answer, bare(r.url), into)
}

func decode(answer *http.Response, from string, into any) error {
	if err := json.NewDecoder(io.LimitReader(answer.Body, mostAnswer)).Decode(into); err != nil {
		return fmt.Errorf("answer of %s: %w", from, err)
	}
	return nil
}

// nextPage reads the Link header of an answer in pages.
func nextPage(header http.Header) string {
	for link := range strings.SplitSeq(header.Get("Link"), ",") {
		address, parameters, _ := strings.Cut(link, ";")
		if strings.Contains(parameters, `rel="next"`) {
			return strings.Trim(strings.TrimSpace(address), "<>")
		}
	}
	return ""
}
