package llm

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// reply is a whole answer of the server.
type reply struct {
	header http.Header
	body   []byte
}

// maxReply is the largest answer that is read, of many samples with their reasoning.
const maxReply = 256 << 20

var errReplyTooLong = fmt.Errorf("the answer is longer than %d MB", maxReply>>20)

// newAPI returns OpenAI's client, which knows the requests' form and the addresses. It is not asked to do what is done
// here: retry, and read the environment, whose OPENAI_ variables would send one server's key to another.
func newAPI(cfg Config) openai.Client {
	transport := cfg.Transport
	if transport == nil {
		transport = newTransport(cfg.Concurrency)
	}
	opts := []option.RequestOption{
		option.WithBaseURL(cfg.BaseURL),
		option.WithHTTPClient(&http.Client{Transport: limited{transport}}),
		option.WithMaxRetries(0),
	}
	if cfg.APIKey != "" {
		opts = append(opts, option.WithAPIKey(cfg.APIKey))
	}
	for name, value := range cfg.Headers {
		opts = append(opts, option.WithHeader(name, value))
	}
	return openai.Client{Options: opts}
}

// newTransport returns a transport that keeps a connection for each request that may be in flight.
func newTransport(concurrency int) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   max(concurrency, 256),
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// limited bounds what is read of an answer, but for files. OpenAI's client reads those with an error to their end.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil && (resp.StatusCode != http.StatusOK || !strings.HasSuffix(r.URL.Path, "/content")) {
		resp.Body = &limitedBody{resp.Body, maxReply}
	}
	return resp, err
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errReplyTooLong
	}
	return n, err
}

// send sends a request and returns the answer if its status is 200; its body is to be read and closed. A canceled ctx
// is told from a timeout only by the caller's own context.
func (c *Client) send(ctx context.Context, method, path string, body any, opts ...option.RequestOption) (*http.Response, *fault) {
	var resp *http.Response
	err := c.api.Execute(ctx, method, path, body, &resp, opts...)
	switch {
	case resp == nil:
		return nil, sendFault(err)
	case resp.StatusCode == http.StatusOK:
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := read(resp)
	if err != nil {
		return nil, readFault(err)
	}
	return nil, statusFault(resp.Header, wire.ReadError(resp.StatusCode, text))
}

// timed calls do with a time to do it in, and tells the caller's end from that of the time.
func timed(ctx context.Context, timeout time.Duration, do func(ctx context.Context) *fault) *fault {
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	f := do(within)
	switch {
	case f != nil && ctx.Err() != nil:
		return &fault{kind: KindCanceled, err: ctx.Err()}
	case f != nil && within.Err() != nil:
		// Without the context's own error, which callers would take for the end of theirs.
		return &fault{kind: KindTimeout, err: fmt.Errorf("no answer within %v", timeout)}
	}
	return f
}

// post sends a body to /chat/completions and reads the answer.
func (c *Client) post(ctx context.Context, body wire.ChatRequest) (got reply, f *fault) {
	data, err := wire.Encode(body)
	if err != nil {
		return got, &fault{kind: KindRejected, err: err}
	}
	f = timed(ctx, c.cfg.Timeout, func(ctx context.Context) *fault {
		resp, f := c.send(ctx, http.MethodPost, "chat/completions", data)
		if f != nil {
			return f
		}
		defer func() { _ = resp.Body.Close() }()
		got.header = resp.Header
		if got.body, err = read(resp); err != nil {
			return readFault(err)
		}
		return nil
	})
	if f != nil && f.kind == KindRefused && misconfigured(body, f.wire) {
		f.kind = KindRejected
	}
	return got, f
}

// read reads an answer to its end.
func read(resp *http.Response) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0)+bytes.MinRead, 1<<20)))
	_, err := body.ReadFrom(resp.Body)
	return body.Bytes(), err
}
