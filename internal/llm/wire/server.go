package wire

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Server answers over HTTP what Answer answers: POST /v1/chat/completions, whole or as a stream, GET /v1/models and
// each model below it, and the files and batches below /v1. Files and batches are held in memory, and a batch is worked
// on when it is made. The zero value with Answer set is ready; fields must not change once it serves.
type Server struct {
	// Answer answers one request. An [*Error] is sent as it is; any other error has status 500.
	Answer func(ctx context.Context, r ChatRequest) (ChatResponse, error)
	// Models names the models for /v1/models; nil: none.
	Models func() []string
	// Settle may change how a batch ends: its status, and the lines that its output gets. Nil: it completes.
	Settle func(b *Batch, results []BatchResult) []BatchResult

	once  sync.Once
	mux   *http.ServeMux
	store store
}

// maxBody is the largest body that is read, but for files.
const maxBody = 64 << 20

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(s.route)
	s.mux.ServeHTTP(w, r)
}

func (s *Server) route() {
	s.mux = http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"POST " + ChatURL:              s.chat,
		"GET /v1/models":               s.models,
		"GET /v1/models/{id...}":       s.getModel, // its name may have slashes
		"POST /v1/files":               s.upload,
		"GET /v1/files":                s.listFiles,
		"GET /v1/files/{id}":           s.getFile,
		"GET /v1/files/{id}/content":   s.content,
		"DELETE /v1/files/{id}":        s.deleteFile,
		"POST /v1/batches":             s.createBatch,
		"GET /v1/batches":              s.listBatches,
		"GET /v1/batches/{id}":         s.getBatch,
		"POST /v1/batches/{id}/cancel": s.getBatch, // it has ended already
		"/": func(_ http.ResponseWriter, r *http.Request) error {
			return notFound("there is no %s %s", r.Method, r.URL.Path)
		},
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil {
				WriteError(w, err)
			}
		})
	}
}

func notFound(format string, args ...any) *Error {
	return &Error{Status: http.StatusNotFound, Type: "invalid_request_error", Message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Message: fmt.Sprintf(format, args...)}
}

// WriteError sends an error in OpenAI's shape.
func WriteError(w http.ResponseWriter, err error) {
	e := asError(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(e.body())
}

// asError returns an error of ours as the server's fault.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Status: http.StatusInternalServerError, Type: "server_error", Message: err.Error()}
}

// WriteJSON sends v with status 200.
func WriteJSON(w http.ResponseWriter, v any) error {
	data, err := Encode(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(data) //nolint:gosec // G705: it is JSON, and says so
	return err
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return badRequest("the body cannot be read: %v", err)
	}
	request, err := readChatRequest(body)
	if err != nil {
		return err
	}
	answer, err := s.answer(r.Context(), request)
	if err != nil {
		return err
	}
	if request.Stream {
		return stream(w, request, answer)
	}
	return WriteJSON(w, answer)
}

func readChatRequest(body []byte) (ChatRequest, error) {
	var request ChatRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return request, badRequest("the body is no request: %v", err)
	}
	if request.Model == "" || len(request.Messages) == 0 {
		return request, badRequest("model and messages are required")
	}
	return request, nil
}

// answer fills in what every answer has.
func (s *Server) answer(ctx context.Context, request ChatRequest) (ChatResponse, error) {
	answer, err := s.Answer(ctx, request)
	if err != nil {
		return answer, err
	}
	answer.ID, answer.Object, answer.Created = newID("chatcmpl-"), "chat.completion", time.Now().Unix()
	answer.Model = request.Model
	for i := range answer.Choices {
		answer.Choices[i].Index = i
		answer.Choices[i].Message.Role = "assistant"
	}
	return answer, nil
}

func newID(prefix string) string { return prefix + rand.Text() }

// Model is what a list of models has of one.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// Listed returns the list of models with such names.
func Listed(names ...string) Page[Model] {
	p := Page[Model]{Object: "list", Data: []Model{}}
	for _, id := range names {
		p.Data = append(p.Data, Model{ID: id, Object: "model", OwnedBy: "acecoder"})
	}
	return p
}

func (s *Server) listed() Page[Model] {
	if s.Models == nil {
		return Listed()
	}
	return Listed(s.Models()...)
}

func (s *Server) models(w http.ResponseWriter, _ *http.Request) error {
	return WriteJSON(w, s.listed())
}

func (s *Server) getModel(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	for _, m := range s.listed().Data {
		if m.ID == id {
			return WriteJSON(w, m)
		}
	}
	return notFound("no such model: %s", id)
}
