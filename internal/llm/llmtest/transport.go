package llmtest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"syscall"
)

// Transport returns a transport that has the server answer within the process, whatever the URL's host.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ handler http.Handler }

// RoundTrip runs the handler on a goroutine of its own, which ends with the request's context at the latest.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, out := io.Pipe()
	w := &pipeWriter{header: http.Header{}, out: out, began: make(chan int, 1)}
	inner := r.Clone(r.Context())
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	go func() {
		defer w.end()
		t.handler.ServeHTTP(w, inner)
	}()
	select {
	case status := <-w.began:
		if status == 0 {
			return nil, fmt.Errorf("read: %w", syscall.ECONNRESET)
		}
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.header.Clone(), Body: &ctxBody{body, r}, ContentLength: -1, Request: r,
		}, nil
	case <-r.Context().Done():
		_ = body.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
}

// ctxBody ends with the request's context, as a connection's does.
type ctxBody struct {
	*io.PipeReader
	r *http.Request
}

func (b *ctxBody) Read(p []byte) (int, error) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-b.r.Context().Done():
			_ = b.CloseWithError(b.r.Context().Err())
		case <-stop:
		}
	}()
	n, err := b.PipeReader.Read(p)
	if err != nil && b.r.Context().Err() != nil {
		err = b.r.Context().Err() // whatever the handler made of it
	}
	return n, err
}

// pipeWriter is a response that is read while it is written.
type pipeWriter struct {
	header http.Header
	out    *io.PipeWriter
	once   sync.Once
	began  chan int // the status; 0: the connection broke
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) { w.once.Do(func() { w.began <- status }) }

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(p)
}

// Flush does nothing: what is written can be read at once.
func (w *pipeWriter) Flush() {}

// end ends the response, in its middle if the handler panicked as net/http allows it.
func (w *pipeWriter) end() {
	v := recover()
	if err, ok := v.(error); v != nil && (!ok || !errors.Is(err, http.ErrAbortHandler)) {
		panic(v)
	}
	if v != nil {
		w.WriteHeader(0)
		_ = w.out.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	w.WriteHeader(http.StatusOK)
	_ = w.out.Close()
}
