package local

import (
	"bytes"
	"io"
	"net/http"
)

// RoundTrip answers a request within the process: a client of servers may have the server as its network.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer func() { _ = r.Body.Close() }() // RoundTrippers close what they were given
	w := &written{header: http.Header{}, status: http.StatusOK}
	s.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// written is an answer that is kept whole.
type written struct {
	header http.Header
	status int
	begun  bool
	body   bytes.Buffer
}

// Header returns what is sent before the body.
func (w *written) Header() http.Header { return w.header }

// WriteHeader sets the status, once.
func (w *written) WriteHeader(status int) {
	if !w.begun {
		w.status, w.begun = status, true
	}
}

// Write adds to the body.
func (w *written) Write(p []byte) (int, error) {
	w.begun = true
	return w.body.Write(p)
}

// Flush does nothing: the answer is read when it is whole.
func (w *written) Flush() {}
