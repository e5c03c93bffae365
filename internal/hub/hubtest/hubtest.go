// Package hubtest is a stand-in for the Hugging Face hub, for tests that must not reach the real one.
//
// In: the requests that huggingface_hub and package hub make to read and write data sets. Out: the answers of the
// hub, from memory. Its one invariant: a request with a field too many, one missing, or the token where it does not
// belong is refused, as the hub refuses it or worse.
package hubtest

import (
	"crypto/sha1" //nolint:gosec // G505: git names its blobs by it
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Token is the only one that may write, and that may see what is private.
const Token = "hf_stand_in"

// Hub is a running stand-in. Its exported fields are set before the first request.
type Hub struct {
	URL string // what HF_ENDPOINT is to be

	// PartSize is the size of the parts that larger objects have to be sent in; 0: every object goes whole.
	PartSize int
	// Fault is asked before each request and answers it itself if it returns true.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	hub, storage *httptest.Server

	mu       sync.Mutex
	sets     map[string]*set
	objects  map[string][]byte // the storage for large files, by SHA-256
	parts    map[string][][]byte
	requests []string
}

// set is a data set: its commits, the last one of which is main.
type set struct {
	private bool
	commits []commit
}

type commit struct {
	sha     string
	summary string
	files   map[string]file
}

// file is a file of a commit. The content of a large one is in the storage.
type file struct {
	content []byte
	large   string // its SHA-256; empty: the file is small
}

// Start starts a stand-in on the loopback interface. Stop ends it.
func Start() *Hub {
	h := &Hub{sets: map[string]*set{}, objects: map[string][]byte{}, parts: map[string][][]byte{}}
	h.hub = httptest.NewServer(h.serve(h.routes()))
	h.storage = httptest.NewServer(h.serve(h.storageRoutes()))
	h.URL = h.hub.URL
	return h
}

// Stop ends the stand-in.
func (h *Hub) Stop() {
	h.hub.Close()
	h.storage.Close()
}

// Put makes a commit of these files, by their paths, to a data set, which is made if it is not there; models/org/name is
// a model. Files of Parquet and of safetensors are large ones, as on the hub.
func (h *Hub) Put(repo string, files map[string]string) (sha string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sets[repo]
	if s == nil {
		s = &set{}
		h.sets[repo] = s
	}
	all := map[string]file{}
	maps.Copy(all, s.head().files)
	for name, content := range files {
		all[name] = h.keep(name, []byte(content))
	}
	s.add("put", all)
	return s.head().sha
}

func (h *Hub) keep(name string, content []byte) file {
	if !isLarge(name, len(content)) {
		return file{content: content}
	}
	oid := sum256(content)
	h.objects[oid] = content
	return file{large: oid}
}

// Hide makes a data set private.
func (h *Hub) Hide(repo string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sets[repo].private = true
}

// Files returns the files of a data set's main by their paths; nil if there is no such set.
func (h *Hub) Files(repo string) map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sets[repo]
	if s == nil {
		return nil
	}
	out := map[string]string{}
	for name, f := range s.head().files {
		out[name] = string(h.content(f))
	}
	return out
}

// Commits returns the first lines of a data set's commits, the oldest first.
func (h *Hub) Commits(repo string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, c := range h.sets[repo].commits[1:] {
		out = append(out, c.summary)
	}
	return out
}

// Requests returns what has been asked so far, as "GET /api/…", and forgets it.
func (h *Hub) Requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.requests
	h.requests = nil
	return out
}

// Forget takes an object out of the storage.
func (h *Hub) Forget(content string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.objects, sum256([]byte(content)))
}

func (h *Hub) serve(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, r.Method+" "+r.URL.Path)
		h.mu.Unlock()
		if h.Fault != nil && h.Fault(w, r) {
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func (s *set) head() commit {
	if len(s.commits) == 0 {
		return commit{}
	}
	return s.commits[len(s.commits)-1]
}

// at returns the commit of a revision; false if there is none.
func (s *set) at(revision string) (commit, bool) {
	if revision == "main" {
		return s.head(), len(s.commits) > 0
	}
	i := slices.IndexFunc(s.commits, func(c commit) bool { return c.sha == revision })
	if i < 0 {
		return commit{}, false
	}
	return s.commits[i], true
}

// add makes a commit.
func (s *set) add(summary string, files map[string]file) {
	text := fmt.Sprint(len(s.commits), summary)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text += name + files[name].hash()
	}
	s.commits = append(s.commits, commit{gitHash([]byte(text)), summary, files})
}

func (f file) hash() string {
	if f.large != "" {
		return f.large
	}
	return gitHash(f.content)
}

// pointer is what git holds in place of a large file.
func (h *Hub) pointer(f file) []byte {
	return fmt.Appendf(nil, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", f.large, len(h.objects[f.large]))
}

func (h *Hub) content(f file) []byte {
	if f.large != "" {
		return h.objects[f.large]
	}
	return f.content
}

// isLarge is the hub's rule for a data set's default .gitattributes: by the name, else by the size.
func isLarge(name string, size int) bool {
	for _, end := range []string{".parquet", ".safetensors", ".gz", ".zst", ".arrow", ".zip", ".bin"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return size > 10<<20
}

func gitHash(content []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...)) //nolint:gosec // G401: as above
	return hex.EncodeToString(sum[:])
}

func sum256(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// refuse answers as the hub does when it will not.
func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	w.Header().Set("X-Error-Message", message)
	switch {
	case status == http.StatusNotFound && strings.HasPrefix(message, "Repository"):
		w.Header().Set("X-Error-Code", "RepoNotFound")
	case status == http.StatusNotFound && strings.HasPrefix(message, "Invalid rev"):
		w.Header().Set("X-Error-Code", "RevisionNotFound")
	case status == http.StatusNotFound && strings.HasPrefix(message, "Entry"):
		w.Header().Set("X-Error-Code", "EntryNotFound")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(value)
}
