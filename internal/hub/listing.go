package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// entry is a file of a repository. Its name in the cache is the hash of its content: git's of a small file, SHA-256
// of one that lies in the storage for large files.
type entry struct {
	path string
	size int64
	hash string // 40 or 64 hexadecimal digits; empty in a listing that was found in the cache alone
}

// kind is what a repository holds, by its word in addresses and in the names of the cache.
type kind string

const (
	datasets kind = "datasets"
	models   kind = "models"
)

// noun is the kind's word for messages.
func (k kind) noun() string {
	if k == models {
		return "model"
	}
	return "data set"
}

// listing is what a repository consists of at one commit.
type listing struct {
	kind   kind
	ref    Ref
	commit string
	files  []entry
	folder string // of the repository in the cache
}

var (
	commitHash  = regexp.MustCompile(`^[0-9a-f]{40}$`)
	contentHash = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)
)

// list finds out what the repository consists of: from the hub, or where it may not be asked from the cache.
func (c *Client) list(ctx context.Context, kind kind, ref Ref) (*listing, error) {
	if c.problem != nil {
		return nil, c.problem
	}
	l := &listing{kind: kind, ref: ref, folder: filepath.Join(c.cache, string(kind)+"--"+strings.ReplaceAll(ref.Repo, "/", "--"))}
	if c.offline {
		return l, l.find()
	}
	var set struct {
		SHA string `json:"sha"`
	}
	if _, err := c.get(ctx, c.api(kind, ref.Repo, "revision", ref.revision()), &set); err != nil {
		return nil, absent(err, "no such "+kind.noun()+", or no such revision of it, or it is private and needs HF_TOKEN")
	}
	if !commitHash.MatchString(set.SHA) {
		return nil, fmt.Errorf("the hub says that its commit is %.60q, which is none", set.SHA)
	}
	l.commit = set.SHA
	if err := c.readTree(ctx, l); err != nil {
		return nil, err
	}
	return l, l.save()
}

// api is the address of something about a repository.
func (c *Client) api(kind kind, repo, what, revision string) string {
	return c.endpoint + "/api/" + string(kind) + "/" + repo + "/" + what + "/" + url.PathEscape(revision)
}

// absent says what a missing thing means; any other error stays as it is.
func absent(err error, meaning string) error {
	if hasStatus(err, http.StatusNotFound) {
		return fmt.Errorf("%w: %s", err, meaning)
	}
	return err
}

// treeEntry is a line of the hub's listing.
type treeEntry struct {
	Type string `json:"type"`
	Path string `json:"path"`
	Size int64  `json:"size"`
	OID  string `json:"oid"`
	LFS  *struct {
		OID  string `json:"oid"`
		Size int64  `json:"size"`
	} `json:"lfs"`
}

func (c *Client) readTree(ctx context.Context, l *listing) error {
	address := c.api(l.kind, l.ref.Repo, "tree", l.commit) + "?recursive=true&expand=false"
	for address != "" {
		var page []treeEntry
		next, err := c.get(ctx, address, &page)
		if err != nil {
			return err
		}
		for _, t := range page {
			if t.Type != "file" {
				continue
			}
			e := entry{t.Path, t.Size, t.OID}
			if t.LFS != nil {
				e.size, e.hash = t.LFS.Size, strings.TrimPrefix(t.LFS.OID, "sha256:")
			}
			// The names become paths on this machine.
			if !soundPath(e.path) || !contentHash.MatchString(e.hash) {
				return fmt.Errorf("the hub lists a file %.100q with the hash %.80q, which cannot be kept in the cache", e.path, e.hash)
			}
			l.files = append(l.files, e)
		}
		if address, err = c.own(next); err != nil {
			return err
		}
	}
	slices.SortFunc(l.files, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return nil
}

// own returns an address that the hub has named as one of the hub that is in use: behind a mirror it names itself.
func (c *Client) own(address string) (string, error) {
	if rest, ok := strings.CutPrefix(address, defaultEndpoint+"/"); ok {
		return c.endpoint + "/" + rest, nil
	}
	if address != "" && !strings.HasPrefix(address, c.endpoint+"/") {
		return "", fmt.Errorf("the hub at %s names %.100q, which is not on it", c.endpoint, bare(address))
	}
	return address, nil
}

// The files of the cache that are not data. Their form is that of huggingface_hub and may not change.

// treeFile is the form of trees/<commit>.json.
type treeFile struct {
	Version int                  `json:"format_version"`
	Files   map[string]savedFile `json:"files"`
}

type savedFile struct {
	Size   int64  `json:"size"`
	Blob   string `json:"blob_id"`
	SHA256 string `json:"lfs_sha256,omitempty"`
	LFS    int64  `json:"lfs_size,omitempty"`
}

const treeVersion = 1

// save puts the revision and the listing into the cache, so that what is missing is known without the hub.
func (l *listing) save() error {
	tree := treeFile{Version: treeVersion, Files: map[string]savedFile{}}
	for _, e := range l.files {
		s := savedFile{Size: e.size, Blob: e.hash}
		if len(e.hash) == 64 {
			s.SHA256, s.LFS = e.hash, e.size
		}
		tree.Files[e.path] = s
	}
	text, err := json.Marshal(tree)
	if err == nil {
		err = writeFile(l.treePath(), text)
	}
	if err == nil && l.ref.revision() != l.commit {
		err = writeFile(filepath.Join(l.folder, "refs", filepath.FromSlash(l.ref.revision())), []byte(l.commit))
	}
	if err != nil {
		return fmt.Errorf("write to the hub's cache: %w", err)
	}
	return nil
}

// place is the path of the repository's pages: only those of models are at the top.
func (l *listing) place() string {
	if l.kind == models {
		return l.ref.Repo
	}
	return string(l.kind) + "/" + l.ref.Repo
}

func (l *listing) treePath() string { return filepath.Join(l.folder, "trees", l.commit+".json") }

// snapshot is where a file of the commit stands under its name.
func (l *listing) snapshot(name string) string {
	return filepath.Join(l.folder, "snapshots", l.commit, filepath.FromSlash(name))
}

// find fills the listing from the cache.
func (l *listing) find() error {
	l.commit = l.ref.revision()
	if !commitHash.MatchString(l.commit) {
		text, err := os.ReadFile(filepath.Join(l.folder, "refs", filepath.FromSlash(l.commit)))
		if err != nil {
			return l.notCached("revision " + l.ref.revision())
		}
		l.commit = strings.TrimSpace(string(text))
		if !commitHash.MatchString(l.commit) {
			return fmt.Errorf("the cache says that revision %s is commit %.60q, which is none", l.ref.revision(), l.commit)
		}
	}
	if l.findTree() {
		return nil
	}
	return l.walk()
}

// findTree reads the saved listing and reports whether there was one.
func (l *listing) findTree() bool {
	text, err := os.ReadFile(l.treePath())
	var tree treeFile
	if err != nil || json.Unmarshal(text, &tree) != nil || tree.Version != treeVersion {
		return false
	}
	for name, s := range tree.Files {
		if !soundPath(name) {
			return false
		}
		e := entry{name, s.Size, first(s.SHA256, s.Blob)}
		if s.SHA256 != "" {
			e.size = s.LFS
		}
		l.files = append(l.files, e)
	}
	slices.SortFunc(l.files, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return true
}

// walk lists what an older huggingface_hub left: the files that are there, which need not be all.
func (l *listing) walk() error {
	root := l.snapshot("")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, name)
		l.files = append(l.files, entry{path: filepath.ToSlash(relative)})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return l.notCached("commit " + l.commit)
	}
	if err != nil {
		return fmt.Errorf("read the hub's cache: %w", err)
	}
	return l.checkShards()
}

// shardName finds the number and the count in names such as train-00001-of-00003.parquet.
var shardName = regexp.MustCompile(`^(.*-)(\d{5})(-of-(\d{5}).*)$`)

// checkShards finds a shard that its neighbours speak of and that is not there.
func (l *listing) checkShards() error {
	there := map[string]bool{}
	for _, e := range l.files {
		there[e.path] = true
	}
	for _, e := range l.files {
		m := shardName.FindStringSubmatch(e.path)
		if m == nil {
			continue
		}
		var count int
		_, _ = fmt.Sscanf(m[4], "%d", &count)
		for i := range count {
			if shard := fmt.Sprintf("%s%05d%s", m[1], i, m[3]); !there[shard] {
				return l.notCached("file " + shard)
			}
		}
	}
	return nil
}

// notCached is the error of something that only the hub has.
func (l *listing) notCached(what string) error {
	return fmt.Errorf("%s is not in the cache %s, and HF_HUB_OFFLINE forbids to fetch it; unset that, or where there is a network run: hf download --repo-type %s --revision %s %s",
		what, l.folder, strings.TrimSuffix(string(l.kind), "s"), l.ref.revision(), l.ref.Repo)
}

// writeFile replaces a small file at once.
func writeFile(name string, text []byte) error {
	if old, err := os.ReadFile(name); err == nil && string(old) == string(text) {
		return nil // a cache that is there may be read-only
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
