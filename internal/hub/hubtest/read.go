package hubtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// pageSize is how many files a page of a listing has: few, so that tests see a second page.
const pageSize = 3

// routes are those of the hub itself.
func (h *Hub) routes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.EscapedPath(), "/")
		if header := r.Header.Get("Authorization"); header != "" && header != "Bearer "+Token {
			refuse(w, http.StatusUnauthorized, "Invalid username or password.")
			return
		}
		switch {
		case name == "api/repos/create":
			h.create(w, r)
		case name == "api/validate-yaml":
			reply(w, map[string]any{"errors": []any{}, "warnings": []any{}})
		case strings.HasPrefix(name, "api/datasets/"):
			h.api(w, r, strings.TrimPrefix(name, "api/datasets/"))
		case strings.HasPrefix(name, "api/models/"):
			h.api(w, r, strings.TrimPrefix(name, "api/"))
		case strings.HasPrefix(name, "datasets/"):
			h.files(w, r, strings.TrimPrefix(name, "datasets/"))
		default:
			h.files(w, r, "models/"+name)
		}
	})
}

func mayWrite(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+Token }

// find returns the data set that a path begins with, org/name, or the model, models/org/name, and what follows.
func (h *Hub) find(w http.ResponseWriter, r *http.Request, path string) (*set, string, []string) {
	path, isModel := strings.CutPrefix(path, "models/")
	parts := strings.Split(path, "/")
	if len(parts) < 2 {
		refuse(w, http.StatusNotFound, "Repository Not Found")
		return nil, "", nil
	}
	repo := parts[0] + "/" + strings.TrimSuffix(parts[1], ".git")
	if isModel {
		repo = "models/" + repo
	}
	s := h.sets[repo]
	if s == nil || (s.private && !mayWrite(r)) {
		// The hub does not tell the two apart either, and says 401 to who has no token.
		status := http.StatusNotFound
		if r.Header.Get("Authorization") == "" {
			status = http.StatusUnauthorized
		}
		refuse(w, status, "Repository Not Found")
		return nil, "", nil
	}
	return s, repo, parts[2:]
}

func (h *Hub) api(w http.ResponseWriter, r *http.Request, path string) {
	s, repo, rest := h.find(w, r, path)
	if s == nil {
		return
	}
	what, revision := "revision", "main"
	if len(rest) >= 2 {
		what = rest[0]
		revision, _ = url.PathUnescape(rest[1])
	}
	switch what {
	case "preupload", "commit":
		h.write(w, r, repo, what, revision)
		return
	}
	c, ok := s.at(revision)
	if !ok {
		refuse(w, http.StatusNotFound, "Invalid rev id: %s", revision)
		return
	}
	switch what {
	case "revision":
		reply(w, h.info(repo, s, c))
	case "tree":
		h.tree(w, r, c, rest[min(len(rest), 2):])
	case "paths-info":
		h.pathsInfo(w, r, c)
	default:
		refuse(w, http.StatusNotFound, "Sorry, we can't find %s", what)
	}
}

func (h *Hub) info(repo string, s *set, c commit) map[string]any {
	siblings := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		siblings = append(siblings, map[string]string{"rfilename": name})
	}
	return map[string]any{
		"_id": "0", "id": repo, "sha": c.sha, "private": s.private, "gated": false, "disabled": false, "tags": []string{},
		"downloads": 0, "likes": 0, "siblings": siblings, "lastModified": "2026-01-01T00:00:00.000Z",
		"createdAt": "2026-01-01T00:00:00.000Z",
	}
}

// line is a file's line in a listing.
func (h *Hub) line(name string, f file) map[string]any {
	content := h.content(f)
	line := map[string]any{"type": "file", "path": name, "size": len(content), "oid": gitHash(content)}
	if f.large != "" {
		pointer := h.pointer(f)
		line["oid"] = gitHash(pointer)
		line["lfs"] = map[string]any{"oid": f.large, "size": len(content), "pointerSize": len(pointer)}
	}
	return line
}

// folderLine is the line of a folder.
func folderLine(name string) map[string]any {
	return map[string]any{"type": "directory", "path": name, "size": 0, "oid": gitHash([]byte(name))}
}

func (h *Hub) tree(w http.ResponseWriter, r *http.Request, c commit, below []string) {
	folder := strings.Join(below, "/")
	recursive := strings.EqualFold(r.URL.Query().Get("recursive"), "true")
	lines := []map[string]any{}
	folders := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		inner := name
		if folder != "" {
			var ok bool
			if inner, ok = strings.CutPrefix(name, folder+"/"); !ok {
				continue
			}
		}
		for i, char := range inner {
			if char != '/' {
				continue
			}
			if sub := name[:len(name)-len(inner)+i]; !folders[sub] && (recursive || strings.IndexByte(inner, '/') == i) {
				folders[sub] = true
				lines = append(lines, folderLine(sub))
			}
		}
		if recursive || !strings.Contains(inner, "/") {
			lines = append(lines, h.line(name, c.files[name]))
		}
	}
	if folder != "" && len(lines) == 0 {
		refuse(w, http.StatusNotFound, "Entry %s does not exist on this rev", folder)
		return
	}
	from := len(r.URL.Query().Get("cursor"))
	end := min(len(lines), from+pageSize)
	if end < len(lines) {
		query := r.URL.Query()
		query.Set("cursor", strings.Repeat("x", end))
		w.Header().Set("Link", "<"+h.hub.URL+r.URL.EscapedPath()+"?"+query.Encode()+`>; rel="next"`)
	}
	reply(w, lines[min(from, end):end])
}

func (h *Hub) pathsInfo(w http.ResponseWriter, r *http.Request, c commit) {
	var ask struct {
		Paths []string `json:"paths"`
	}
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		_ = r.ParseForm()
		ask.Paths = r.Form["paths"]
	} else if json.NewDecoder(r.Body).Decode(&ask) != nil {
		refuse(w, http.StatusBadRequest, "paths-info: not JSON")
		return
	}
	lines := []map[string]any{}
	for _, name := range ask.Paths {
		if f, ok := c.files[name]; ok {
			lines = append(lines, h.line(name, f))
			continue
		}
		for other := range c.files {
			if strings.HasPrefix(other, name+"/") {
				lines = append(lines, folderLine(name))
				break
			}
		}
	}
	reply(w, lines)
}

// files serves the files of a data set, and its Git LFS.
func (h *Hub) files(w http.ResponseWriter, r *http.Request, path string) {
	s, _, rest := h.find(w, r, path)
	switch {
	case s == nil:
		return
	case strings.Join(rest, "/") == "info/lfs/objects/batch":
		h.batch(w, r)
		return
	case strings.Join(rest, "/") == "info/lfs/verify":
		h.verify(w, r)
		return
	case len(rest) < 3 || rest[0] != "resolve":
		refuse(w, http.StatusNotFound, "Sorry, we can't find the page you are looking for.")
		return
	}
	revision, _ := url.PathUnescape(rest[1])
	name, _ := url.PathUnescape(strings.Join(rest[2:], "/"))
	c, ok := s.at(revision)
	if !ok {
		refuse(w, http.StatusNotFound, "Invalid rev id: %s", revision)
		return
	}
	w.Header().Set("X-Repo-Commit", c.sha)
	f, ok := c.files[name]
	if !ok {
		refuse(w, http.StatusNotFound, "Entry not found")
		return
	}
	if f.large == "" {
		w.Header().Set("ETag", `"`+gitHash(f.content)+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
		return
	}
	w.Header().Set("X-Linked-ETag", `"`+f.large+`"`)
	w.Header().Set("X-Linked-Size", size(h.objects[f.large]))
	w.Header().Set("Location", h.storage.URL+"/objects/"+f.large+"?X-Signature=secret")
	w.WriteHeader(http.StatusFound)
}
