package llmtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// Fault is what befalls a request. The zero value is none.
type Fault struct {
	Status int               // answer this, with Header and Body, and do nothing
	Header map[string]string // of an answer with Status
	Body   string
	Break  Break
}

// Break is how a connection fails.
type Break string

// The ways to break.
const (
	Reset Break = "reset" // before the work is done
	Lost  Break = "lost"  // after the work is done, before the answer
	Half  Break = "half"  // in the middle of the answer
	Drip  Break = "drip"  // the answer comes a byte a second
	Hang  Break = "hang"  // nothing comes
)

// Status returns a fault that answers with a status in OpenAI's shape. Headers come in pairs of name and value.
func Status(status int, message string, headers ...string) Fault {
	body, err := wire.Encode(map[string]any{"error": map[string]any{"message": message, "type": "error"}})
	if err != nil {
		panic("llmtest: " + err.Error())
	}
	f := Fault{Status: status, Body: string(body), Header: map[string]string{"Content-Type": "application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		f.Header[headers[i]] = headers[i+1]
	}
	return f
}

// First returns a function for [Config] that has the first n requests for answers meet a fault.
func First(n int, f Fault) func(Call) Fault {
	return func(c Call) Fault {
		if c.Chat() && c.N < n {
			return f
		}
		return Fault{}
	}
}

// Partly returns a function for [Config] that has the first batch end with a status and with only the first lines
// answered. The others have an error line each, but for a batch that was cancelled, which has none.
func Partly(status wire.BatchStatus, keep int) func(*wire.Batch, []wire.BatchResult) []wire.BatchResult {
	first := true
	return func(b *wire.Batch, results []wire.BatchResult) []wire.BatchResult {
		if !first {
			return results
		}
		first = false
		b.Status = status
		if status == wire.BatchCancelled {
			return results[:keep]
		}
		for i, r := range results[keep:] {
			results[keep+i] = wire.BatchResult{CustomID: r.CustomID, Error: &wire.BatchError{Code: "batch_expired", Message: "too late"}}
		}
		return results
	}
}

// Twice is a function for [Config] that writes each line of a batch's output twice.
func Twice(_ *wire.Batch, results []wire.BatchResult) []wire.BatchResult {
	return append(results, results...)
}

func (f Fault) write(w http.ResponseWriter) {
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}

// breaking does the work, unless the connection breaks before, and answers in a broken way.
func (s *Server) breaking(w http.ResponseWriter, r *http.Request, b Break) {
	switch b {
	case Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Reset:
		abort(w)
	}
	done := httptest.NewRecorder()
	s.wire.ServeHTTP(done, r)
	if b == Lost {
		abort(w)
	}
	body := done.Body.Bytes()
	w.Header().Set("Content-Type", done.Header().Get("Content-Type"))
	w.WriteHeader(done.Code)
	if b == Half {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil || !wait(r.Context(), time.Second) {
			panic(http.ErrAbortHandler)
		}
		_ = http.NewResponseController(w).Flush()
	}
}

// abort ends the connection with a reset where there is one, and with its end where not.
func abort(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if tcp, ok := conn.(*net.TCPConn); err == nil && ok {
		_ = tcp.SetLinger(0)
	}
	if err == nil {
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// wait waits, and reports whether the client did too.
func wait(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// unfinished reports whether a request asks for a batch that is to seem under way.
func (s *Server) unfinished(r *http.Request) bool {
	id, ok := strings.CutPrefix(r.URL.Path, "/v1/batches/")
	if !ok || r.Method != http.MethodGet {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls[id]++
	return s.polls[id] <= s.cfg.Polls
}

// poll answers with a batch that is under way.
func (s *Server) poll(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/v1/batches/")
	for _, b := range s.wire.Batches() {
		if b.ID == id {
			b.Status, b.OutputFileID, b.ErrorFileID = wire.BatchInProgress, "", ""
			_ = wire.WriteJSON(w, b)
			return
		}
	}
	wire.WriteError(w, errors.New("no such batch"))
}
