package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// store holds the files and batches of a [Server], in the order in which they were made.
type store struct {
	mu      sync.Mutex
	files   []storedFile
	batches []Batch
}

type storedFile struct {
	File
	data []byte
}

// maxFile is the largest file that is taken.
const maxFile = 200 << 20

func (s *Server) upload(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	in, header, err := r.FormFile("file")
	if err != nil {
		return badRequest("the form has no file: %v", err)
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(in)
	if err != nil {
		return badRequest("the file cannot be read: %v", err)
	}
	return WriteJSON(w, s.store.add(header.Filename, r.FormValue("purpose"), data))
}

func (st *store) add(name, purpose string, data []byte) File {
	st.mu.Lock()
	defer st.mu.Unlock()
	f := File{
		ID: newID("file-"), Object: "file", Bytes: int64(len(data)), CreatedAt: time.Now().Unix(),
		Filename: name, Purpose: purpose, Status: "processed",
	}
	st.files = append(st.files, storedFile{f, data})
	return f
}

func (st *store) file(id string) (storedFile, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, f := range st.files {
		if f.ID == id {
			return f, nil
		}
	}
	return storedFile{}, notFound("no such file: %s", id)
}

func (s *Server) listFiles(w http.ResponseWriter, r *http.Request) error {
	s.store.mu.Lock()
	var all []File
	for _, f := range slices.Backward(s.store.files) {
		all = append(all, f.File)
	}
	s.store.mu.Unlock()
	return WriteJSON(w, page(r, all, func(f File) string { return f.ID }))
}

func (s *Server) getFile(w http.ResponseWriter, r *http.Request) error {
	f, err := s.store.file(r.PathValue("id"))
	if err != nil {
		return err
	}
	return WriteJSON(w, f.File)
}

func (s *Server) content(w http.ResponseWriter, r *http.Request) error {
	f, err := s.store.file(r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, err = w.Write(f.data)
	return err
}

func (s *Server) deleteFile(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if _, err := s.store.file(id); err != nil {
		return err
	}
	s.store.mu.Lock()
	s.store.files = slices.DeleteFunc(s.store.files, func(f storedFile) bool { return f.ID == id })
	s.store.mu.Unlock()
	return WriteJSON(w, map[string]any{"id": id, "object": "file", "deleted": true})
}

func (s *Server) createBatch(w http.ResponseWriter, r *http.Request) error {
	var b Batch
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&b); err != nil {
		return badRequest("the body is no batch: %v", err)
	}
	input, err := s.store.file(b.InputFileID)
	if err != nil {
		return err
	}
	if b.Endpoint != ChatURL {
		return badRequest("endpoint: %q is not supported, only %s", b.Endpoint, ChatURL)
	}
	b.ID, b.Object, b.CreatedAt, b.Status = newID("batch_"), "batch", time.Now().Unix(), BatchCompleted
	results := s.runBatch(r.Context(), input.data)
	b.RequestCounts.Total = len(results)
	if s.Settle != nil {
		results = s.Settle(&b, results)
	}
	s.finish(&b, results)
	return WriteJSON(w, b)
}

// runBatch answers the lines of an input file.
func (s *Server) runBatch(ctx context.Context, input []byte) []BatchResult {
	var results []BatchResult
	lines := bufio.NewScanner(bytes.NewReader(input))
	lines.Buffer(nil, maxBody)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		results = append(results, s.runLine(ctx, lines.Bytes()))
	}
	return results
}

func (s *Server) runLine(ctx context.Context, data []byte) BatchResult {
	var line BatchLine
	var body any
	status := http.StatusOK
	err := json.Unmarshal(data, &line)
	if err == nil {
		var request ChatRequest
		if request, err = readChatRequest(line.Body); err == nil {
			body, err = s.answer(ctx, request)
		}
	}
	if err != nil {
		e := asError(err)
		status, body = e.Status, e.body()
	}
	raw, err := Encode(body)
	result := BatchResult{ID: newID("batch_req_"), CustomID: line.CustomID}
	if err != nil {
		result.Error = &BatchError{Code: "server_error", Message: err.Error()}
		return result
	}
	result.Response = &BatchResponse{StatusCode: status, RequestID: newID("req_"), Body: raw}
	return result
}

// finish makes the files of a batch that has ended: answers in one, everything else in the other, as OpenAI does.
func (s *Server) finish(b *Batch, results []BatchResult) {
	var output, failed bytes.Buffer
	for _, result := range results {
		line, err := Encode(result)
		if err != nil {
			continue // it holds nothing but strings and what was encoded before
		}
		out := &output
		if result.Response == nil || result.Response.StatusCode != http.StatusOK {
			out = &failed
			b.RequestCounts.Failed++
		} else {
			b.RequestCounts.Completed++
		}
		out.Write(append(line, '\n'))
	}
	if output.Len() > 0 {
		b.OutputFileID = s.store.add(b.ID+"_output.jsonl", "batch_output", output.Bytes()).ID
	}
	if failed.Len() > 0 {
		b.ErrorFileID = s.store.add(b.ID+"_error.jsonl", "batch_output", failed.Bytes()).ID
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.batches = append(s.store.batches, *b)
}

func (s *Server) getBatch(w http.ResponseWriter, r *http.Request) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, b := range s.store.batches {
		if b.ID == r.PathValue("id") {
			return WriteJSON(w, b)
		}
	}
	return notFound("no such batch: %s", r.PathValue("id"))
}

func (s *Server) listBatches(w http.ResponseWriter, r *http.Request) error {
	s.store.mu.Lock()
	all := slices.Clone(s.store.batches)
	s.store.mu.Unlock()
	slices.Reverse(all)
	return WriteJSON(w, page(r, all, func(b Batch) string { return b.ID }))
}

// Batches returns the batches that were made, in their order.
func (s *Server) Batches() []Batch {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return slices.Clone(s.store.batches)
}

// page cuts a list, the newest first, as the query's limit and after say.
func page[T any](r *http.Request, all []T, id func(T) string) Page[T] {
	if after := r.URL.Query().Get("after"); after != "" {
		at := slices.IndexFunc(all, func(v T) bool { return id(v) == after })
		all = all[at+1:]
	}
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 {
		limit = 20
	}
	p := Page[T]{Object: "list", Data: all[:min(limit, len(all))], HasMore: len(all) > limit}
	if p.Data == nil {
		p.Data = []T{}
	}
	if len(p.Data) > 0 {
		p.FirstID, p.LastID = id(p.Data[0]), id(p.Data[len(p.Data)-1])
	}
	return p
}
