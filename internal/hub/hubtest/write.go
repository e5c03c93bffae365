package hubtest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const lfsType = "application/vnd.git-lfs+json"

func size(content []byte) string { return strconv.Itoa(len(content)) }

// strict decodes JSON that has these fields and no others.
func strict(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// body reads a request's JSON of a type, from somebody who may write; false if it has been answered.
func body(w http.ResponseWriter, r *http.Request, contentType string, into any) bool {
	text, err := io.ReadAll(r.Body)
	switch {
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "not a POST")
	case !mayWrite(r):
		refuse(w, http.StatusUnauthorized, "Invalid username or password.")
	case !strings.HasPrefix(r.Header.Get("Content-Type"), contentType):
		refuse(w, http.StatusBadRequest, "Content-Type is %s, want %s", r.Header.Get("Content-Type"), contentType)
	case err != nil:
		refuse(w, http.StatusBadRequest, "%v", err)
	default:
		if err := strict(text, into); err != nil {
			refuse(w, http.StatusBadRequest, "%v", err)
			return false
		}
		return true
	}
	return false
}

func (h *Hub) create(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Type         string `json:"type"`
		Name         string `json:"name"`
		Organization string `json:"organization"`
		Private      bool   `json:"private"`
		Visibility   string `json:"visibility"`
	}
	if !body(w, r, "application/json", &ask) {
		return
	}
	if ask.Type != "dataset" || ask.Name == "" || strings.Contains(ask.Name, "/") || ask.Organization == "" {
		refuse(w, http.StatusBadRequest, "create: %+v", ask)
		return
	}
	repo := ask.Organization + "/" + ask.Name
	if h.sets[repo] != nil {
		refuse(w, http.StatusConflict, "You already created this dataset repo")
		return
	}
	h.sets[repo] = &set{private: ask.Private || ask.Visibility == "private"}
	h.sets[repo].add("initial commit", map[string]file{".gitattributes": {content: []byte("*.parquet filter=lfs diff=lfs merge=lfs -text\n")}})
	reply(w, map[string]string{"url": h.hub.URL + "/datasets/" + repo, "name": repo, "id": "0"})
}

// write answers the two requests that make a commit.
func (h *Hub) write(w http.ResponseWriter, r *http.Request, repo, what, revision string) {
	if revision != "main" {
		refuse(w, http.StatusNotFound, "Invalid rev id: %s", revision)
		return
	}
	if what == "preupload" {
		h.preupload(w, r, h.sets[repo])
		return
	}
	h.commit(w, r, repo)
}

func (h *Hub) preupload(w http.ResponseWriter, r *http.Request, s *set) {
	var ask struct {
		Files []struct {
			Path   string `json:"path"`
			Sample string `json:"sample"`
			Size   int    `json:"size"`
		} `json:"files"`
	}
	if !body(w, r, "application/json", &ask) {
		return
	}
	if len(ask.Files) == 0 || len(ask.Files) > 256 {
		refuse(w, http.StatusBadRequest, "preupload: %d files", len(ask.Files))
		return
	}
	files := []map[string]any{}
	for _, f := range ask.Files {
		sample, err := base64.StdEncoding.DecodeString(f.Sample)
		if err != nil || len(sample) != min(f.Size, 512) || f.Path == "" {
			refuse(w, http.StatusBadRequest, "preupload: %s: a sample of %d of %d bytes: %v", f.Path, len(sample), f.Size, err)
			return
		}
		mode := "regular"
		if isLarge(f.Path, f.Size) {
			mode = "lfs"
		}
		said := map[string]any{"path": f.Path, "uploadMode": mode, "shouldIgnore": strings.HasSuffix(f.Path, ".ignored")}
		if old, ok := s.head().files[f.Path]; ok {
			said["oid"] = old.hash()
		}
		files = append(files, said)
	}
	reply(w, map[string]any{"files": files})
}

func (h *Hub) commit(w http.ResponseWriter, r *http.Request, repo string) {
	if !mayWrite(r) || r.Header.Get("Content-Type") != "application/x-ndjson" {
		refuse(w, http.StatusBadRequest, "commit: token or Content-Type is wrong")
		return
	}
	s := h.sets[repo]
	files := map[string]file{}
	maps.Copy(files, s.head().files)
	summary, err := h.readCommit(r.Body, files)
	if err != nil {
		refuse(w, http.StatusBadRequest, "commit: %v", err)
		return
	}
	s.add(summary, files)
	sha := s.head().sha
	reply(w, map[string]any{"success": true, "commitOid": sha, "commitUrl": h.hub.URL + "/datasets/" + repo + "/commit/" + sha, "hookOutput": ""})
}

// readCommit applies the lines of a commit to the files.
func (h *Hub) readCommit(in io.Reader, files map[string]file) (summary string, err error) {
	rows := bufio.NewReader(in)
	for n := 1; ; n++ {
		text, err := rows.ReadBytes('\n')
		if err == io.EOF && len(text) == 0 {
			break
		}
		var line struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		}
		if err := strict(text, &line); err != nil {
			return "", fmt.Errorf("line %d: %w", n, err)
		}
		if (line.Key == "header") != (n == 1) {
			return "", fmt.Errorf("line %d is a %s", n, line.Key)
		}
		if line.Key == "header" {
			var header struct{ Summary, Description, ParentCommit string }
			if err := strict(line.Value, &header); err != nil || header.Summary == "" {
				return "", fmt.Errorf("header %s: %w", line.Value, err)
			}
			summary = header.Summary
			continue
		}
		if err := h.apply(line.Key, line.Value, files); err != nil {
			return "", fmt.Errorf("line %d: %w", n, err)
		}
	}
	if summary == "" {
		return "", fmt.Errorf("it has no lines")
	}
	return summary, nil
}

func (h *Hub) apply(key string, value json.RawMessage, files map[string]file) error {
	switch key {
	case "file":
		var f struct{ Path, Encoding, Content string }
		if err := strict(value, &f); err != nil {
			return err
		}
		content, err := base64.StdEncoding.DecodeString(f.Content)
		if err != nil || f.Encoding != "base64" || f.Path == "" {
			return fmt.Errorf("file %q, encoding %q: %w", f.Path, f.Encoding, err)
		}
		if isLarge(f.Path, len(content)) && len(content) > 0 {
			return fmt.Errorf("file %q belongs into the storage", f.Path)
		}
		files[f.Path] = file{content: content}
	case "lfsFile":
		var f struct {
			Path, Algo, OID string
			Size            int
		}
		if err := strict(value, &f); err != nil {
			return err
		}
		object, ok := h.objects[f.OID]
		if f.Algo != "sha256" || !ok || len(object) != f.Size || f.Path == "" {
			return fmt.Errorf("lfsFile %+v: the storage has it: %v", f, ok)
		}
		files[f.Path] = file{large: f.OID}
	default:
		return fmt.Errorf("a %q is not accepted here", key)
	}
	return nil
}

func (h *Hub) batch(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Operation string   `json:"operation"`
		Transfers []string `json:"transfers"`
		HashAlgo  string   `json:"hash_algo"`
		Ref       struct {
			Name string `json:"name"`
		} `json:"ref"`
		Objects []struct {
			OID  string `json:"oid"`
			Size int    `json:"size"`
		} `json:"objects"`
	}
	if !body(w, r, lfsType, &ask) {
		return
	}
	if ask.Operation != "upload" || ask.HashAlgo != "sha256" || ask.Ref.Name != "main" || r.Header.Get("Accept") != lfsType {
		refuse(w, http.StatusBadRequest, "batch: %+v", ask)
		return
	}
	objects := []map[string]any{}
	for _, o := range ask.Objects {
		said := map[string]any{"oid": o.OID, "size": o.Size, "authenticated": true}
		switch {
		case len(o.OID) != 64 || o.Size <= 0:
			said["error"] = map[string]any{"code": 422, "message": "not an object"}
		case h.objects[o.OID] == nil:
			said["actions"] = map[string]any{
				"upload": h.upload(o.OID, o.Size),
				"verify": map[string]any{"href": h.hub.URL + strings.TrimSuffix(r.URL.Path, "objects/batch") + "verify"},
			}
		}
		objects = append(objects, said)
	}
	w.Header().Set("Content-Type", lfsType)
	reply(w, map[string]any{"transfer": "basic", "objects": objects})
}

func (h *Hub) verify(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		OID  string `json:"oid"`
		Size int    `json:"size"`
	}
	if !body(w, r, "application/json", &ask) {
		return
	}
	if object, ok := h.objects[ask.OID]; !ok || len(object) != ask.Size {
		refuse(w, http.StatusNotFound, "the storage has no such object: %+v", ask)
	}
}

func (h *Hub) upload(oid string, size int) map[string]any {
	if h.PartSize == 0 || size <= h.PartSize {
		return map[string]any{"href": h.storage.URL + "/objects/" + oid + "?X-Signature=secret"}
	}
	count := (size + h.PartSize - 1) / h.PartSize
	header := map[string]any{"chunk_size": strconv.Itoa(h.PartSize)}
	h.parts[oid] = make([][]byte, count)
	for i := 1; i <= count; i++ {
		header[fmt.Sprintf("%05d", i)] = fmt.Sprintf("%s/parts/%s/%d?X-Signature=secret", h.storage.URL, oid, i)
	}
	return map[string]any{"href": h.storage.URL + "/complete/" + oid + "?X-Signature=secret", "header": header}
}

// storageRoutes are those of the storage, another host, which knows signatures and no tokens.
func (h *Hub) storageRoutes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.URL.Query().Get("X-Signature") != "secret" {
			refuse(w, http.StatusBadRequest, "Only one auth mechanism allowed")
			return
		}
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		content, err := io.ReadAll(r.Body)
		switch {
		case err != nil || len(parts) < 2:
			refuse(w, http.StatusBadRequest, "IncompleteBody")
		case parts[0] == "objects" && r.Method == http.MethodPut:
			h.store(w, parts[1], content)
		case parts[0] == "objects" && h.objects[parts[1]] != nil:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(h.objects[parts[1]]))
		case parts[0] == "parts" && len(parts) == 3 && r.Method == http.MethodPut:
			h.storePart(w, parts[1], parts[2], content)
		case parts[0] == "complete" && r.Method == http.MethodPost:
			h.complete(w, parts[1], content)
		default:
			refuse(w, http.StatusNotFound, "NoSuchKey")
		}
	})
}

// store keeps an object whose bytes are those of its name.
func (h *Hub) store(w http.ResponseWriter, oid string, content []byte) {
	if sum256(content) != oid {
		refuse(w, http.StatusBadRequest, "XAmzContentSHA256Mismatch")
		return
	}
	h.objects[oid] = content
}

func (h *Hub) storePart(w http.ResponseWriter, oid, number string, content []byte) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(h.parts[oid]) || len(content) > h.PartSize {
		refuse(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	h.parts[oid][n-1] = content
	w.Header().Set("ETag", `"`+sum256(content)[:32]+`"`)
}

func (h *Hub) complete(w http.ResponseWriter, oid string, text []byte) {
	var ask struct {
		OID   string `json:"oid"`
		Parts []struct {
			PartNumber int    `json:"partNumber"`
			ETag       string `json:"etag"`
		} `json:"parts"`
	}
	if err := strict(text, &ask); err != nil || ask.OID != oid || len(ask.Parts) != len(h.parts[oid]) {
		refuse(w, http.StatusBadRequest, "complete: %v: %d of %d parts", err, len(ask.Parts), len(h.parts[oid]))
		return
	}
	var all []byte
	for i, p := range ask.Parts {
		content := h.parts[oid][i]
		if p.PartNumber != i+1 || p.ETag != `"`+sum256(content)[:32]+`"` {
			refuse(w, http.StatusBadRequest, "InvalidPart %d", i+1)
			return
		}
		all = append(all, content...)
	}
	h.store(w, oid, all)
}
