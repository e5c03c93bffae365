package hub_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/hub/hubtest"
)

const (
	shard0 = "data/train-00000-of-00002.parquet"
	shard1 = "data/train-00001-of-00002.parquet"
)

// sharded puts a set of two shards and a card on the stand-in.
func sharded(h *hubtest.Hub) (sha string) {
	return h.Put("o/n", map[string]string{shard0: strings.Repeat("zero", 5000), shard1: strings.Repeat("one.", 5000), "README.md": "# A set\n"})
}

func cache(folder string) func(*hub.Options) { return func(o *hub.Options) { o.Cache = folder } }
func offline(o *hub.Options)                 { o.Offline = true }

// tree lists a folder, the targets of links included.
func tree(t *testing.T, root string) string {
	t.Helper()
	var out []string
	if err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		line, _ := filepath.Rel(root, name)
		if target, err := os.Readlink(name); err == nil {
			line += " -> " + target
		}
		out = append(out, line)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// The layout is huggingface_hub's, so that either finds what the other fetched.
func TestLayoutOfTheCache(t *testing.T) {
	h := start(t)
	sha := h.Put("o/n", map[string]string{"train.jsonl": "{}\n", "d/train.parquet": "PAR1"})
	folder := t.TempDir()
	paths, err := newClient(t, h, cache(folder)).DatasetFiles(t.Context(), ref(t, "hf:o/n/**"))
	if err != nil {
		t.Fatal(err)
	}
	const (
		small = "0967ef424bce6791893e9a57bb952f80fd536e93"                         // git hash-object
		large = "fbc62d3b511368ee275ddc74117d8689b430e1427220e25d30816201d89ca7b6" // sha256sum
	)
	got := tree(t, filepath.Join(folder, "datasets--o--n"))
	for _, want := range []string{
		"blobs/" + small + "\n", "refs/main\n", "trees/" + sha + ".json",
		"snapshots/" + sha + "/train.jsonl -> ../../blobs/" + small,
		"snapshots/" + sha + "/d/train.parquet -> ../../../blobs/" + large,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the cache has\n%s\nwant in it %q", got, want)
		}
	}
	if strings.Contains(got, "incomplete") || strings.Contains(got, ".tmp") {
		t.Errorf("the cache has unfinished files:\n%s", got)
	}
	if main, err := os.ReadFile(filepath.Join(folder, "datasets--o--n/refs/main")); string(main) != sha {
		t.Errorf("refs/main is %q, %v, want %q without a newline", main, err, sha)
	}
	if len(paths) != 2 {
		t.Errorf("DatasetFiles = %v, want two", paths)
	}
}

func TestWhatIsThereIsNotFetchedAgain(t *testing.T) {
	h := start(t)
	sharded(h)
	c := newClient(t, h)
	r := ref(t, "hf:o/n")
	if _, err := c.DatasetFiles(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	h.Requests()
	if _, err := c.DatasetFiles(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for _, q := range h.Requests() {
		if strings.Contains(q, "/resolve/") || strings.Contains(q, "/objects/") {
			t.Errorf("asked for %s again", q)
		}
	}
	// A commit with the same large files and another card fetches the card alone.
	h.Put("o/n", map[string]string{"README.md": "# Another\n"})
	if _, err := c.DatasetFiles(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h.Requests(), "\n"); strings.Contains(got, "/objects/") || !strings.Contains(got, "README.md") {
		t.Errorf("after a new card it asked\n%s\nwant the card and no data", got)
	}
}

func TestOffline(t *testing.T) {
	h := start(t)
	sha := sharded(h)
	folder := t.TempDir()
	r := ref(t, "hf:o/n")
	isolated := newClient(t, h, cache(folder), offline)
	if _, err := isolated.DatasetFiles(t.Context(), r); err == nil || !strings.Contains(err.Error(), "hf:o/n: revision main is not in the cache") {
		t.Errorf("offline with an empty cache: %v, want an error that names the revision", err)
	}
	// One shard of two is there: that is not the data set.
	if _, err := newClient(t, h, cache(folder)).DatasetFiles(t.Context(), ref(t, "hf:o/n/README.md")); err == nil {
		t.Error("README.md was taken for data")
	}
	for _, name := range []string{"hf:o/n/" + shard0} {
		if _, err := newClient(t, h, cache(folder)).DatasetFiles(t.Context(), ref(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	h.Requests()
	for _, how := range []string{"with the listing", "without it"} {
		_, err := isolated.DatasetFiles(t.Context(), r)
		if err == nil || !strings.Contains(err.Error(), "is not in the cache") || !strings.Contains(err.Error(), "hf download --repo-type dataset --revision main o/n") {
			t.Errorf("offline %s, half of the shards there: %v, want an error that says what to run", how, err)
		}
		_ = os.RemoveAll(filepath.Join(folder, "datasets--o--n/trees"))
	}
	if _, err := newClient(t, h, cache(folder)).DatasetFiles(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	h.Requests()
	isolated = newClient(t, h, cache(folder), offline)
	for _, how := range []string{"with the listing", "without it"} {
		for _, name := range []string{"hf:o/n", "hf:o/n@" + sha, "hf:o/n/data/*"} {
			paths, err := isolated.DatasetFiles(t.Context(), ref(t, name))
			if got := names(t, paths); err != nil || got != shard0+" "+shard1 {
				t.Errorf("offline %s: DatasetFiles(%s) = %q, %v, want both shards", how, name, got, err)
			}
		}
		_ = os.RemoveAll(filepath.Join(folder, "datasets--o--n/trees"))
	}
	if got := h.Requests(); len(got) > 0 {
		t.Errorf("offline it asked %v", got)
	}
}

func TestPrivateSets(t *testing.T) {
	h := start(t)
	sharded(h)
	h.Hide("o/n")
	if _, err := newClient(t, h).DatasetFiles(t.Context(), ref(t, "hf:o/n")); err == nil || !strings.Contains(err.Error(), "set HF_TOKEN") {
		t.Errorf("without a token: %v, want an error that names HF_TOKEN", err)
	}
	// The storage refuses requests that carry the token, so this also holds that it does not get there.
	if _, err := newClient(t, h, withToken).DatasetFiles(t.Context(), ref(t, "hf:o/n")); err != nil {
		t.Errorf("with the token: %v", err)
	}
	if _, err := newClient(t, h, withToken).DatasetFiles(t.Context(), ref(t, "hf:o/absent")); err == nil || !strings.Contains(err.Error(), "no such data set") {
		t.Errorf("a set that is not there: %v, want an error that says so", err)
	}
	if _, err := newClient(t, h, withToken).DatasetFiles(t.Context(), ref(t, "hf:o/n@v9")); err == nil || !strings.Contains(err.Error(), "no such revision") {
		t.Errorf("a revision that is not there: %v, want an error that says so", err)
	}
}

func TestFaultsThatPass(t *testing.T) {
	broken := func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Content-Length", "20000")
		if n > 0 {
			w.Header().Set("Content-Length", "10000") // what was asked for by a range, but all of it
		}
		_, _ = w.Write([]byte(strings.Repeat("zero", 2500)))
		panic(http.ErrAbortHandler)
	}
	tests := []struct {
		name  string
		times int
		part  string // of the address that the fault is on
		fault func(w http.ResponseWriter, r *http.Request, n int)
	}{
		{"the hub is overloaded", 3, "/revision/", func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(500) }},
		{"the hub wants a pause", 1, "/tree/", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		}},
		{"the storage is not there", 4, "/objects/", func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(503) }},
		{"connections end before the answer", 2, "/resolve/", func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }},
		{"a connection ends within a file", 1, "/objects/", broken},
		{"a connection is silent within a file", 2, "/objects/", func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Length", "20000")
			_, _ = w.Write([]byte("zero"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			h.Put("o/n", map[string]string{shardOnly: strings.Repeat("zero", 5000)})
			var n atomic.Int32
			h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, tt.part) || n.Add(1) > int32(tt.times) {
					return false
				}
				tt.fault(w, r, int(n.Load())-1)
				return true
			}
			paths, err := newClient(t, h).DatasetFiles(t.Context(), ref(t, "hf:o/n"))
			if err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(paths[0]); err != nil || string(text) != strings.Repeat("zero", 5000) {
				t.Errorf("the file has %d bytes, %v, want 20000", len(text), err)
			}
			if got := int(n.Load()); got <= tt.times {
				t.Errorf("the fault came %d times, want %d: the test tests nothing", got, tt.times)
			}
		})
	}
}

const shardOnly = "data/train-00000-of-00001.parquet"

// What broke off is taken up where it broke.
func TestDownloadGoesOn(t *testing.T) {
	h := start(t)
	content := strings.Repeat("0123456789", 2000)
	h.Put("o/n", map[string]string{shardOnly: content})
	var ranges []string
	h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/objects/") {
			return false
		}
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) > 1 {
			return false
		}
		w.Header().Set("Content-Length", "20000")
		_, _ = w.Write([]byte(content[:12345]))
		panic(http.ErrAbortHandler)
	}
	if _, err := newClient(t, h).DatasetFiles(t.Context(), ref(t, "hf:o/n")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(ranges, "|"); got != "|bytes=12345-" {
		t.Errorf("asked for the ranges %q, want all and then from 12345", got)
	}
}

func TestDownloadsThatCannotSucceed(t *testing.T) {
	const content = "the bytes that the hub means"
	tests := []struct {
		name, want string
		fault      func(w http.ResponseWriter, r *http.Request)
	}{
		{"other bytes of the same length", "and the hub lists", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("the bytes that the hub MEANS"))
		}},
		{"more bytes", "more than the 28 bytes", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(content + "!")) }},
		{"fewer bytes, each time", "got 3 of 28 bytes", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the")) }},
		{"the hub never recovers", "502 Bad Gateway", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }},
		{"the terms were not accepted", "terms to accept on their page", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			h.Put("o/n", map[string]string{shardOnly: content})
			h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, "/objects/") {
					return false
				}
				tt.fault(w, r)
				return true
			}
			folder := t.TempDir()
			_, err := newClient(t, h, cache(folder)).DatasetFiles(t.Context(), ref(t, "hf:o/n"))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("DatasetFiles: %v, want an error with %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the signature: %v", err)
			}
			if got := tree(t, folder); strings.Contains(got, "blobs/") || strings.Contains(got, "snapshots/") {
				t.Errorf("the cache has\n%s\nwant nothing of the file", got)
			}
		})
	}
}

func TestListingsThatLeadOutside(t *testing.T) {
	for _, name := range []string{"../evil.json", "/etc/evil.json", "a/../../evil.json", `a\..\evil.json`} {
		h := start(t)
		h.Put("o/n", map[string]string{name: "{}"})
		folder := t.TempDir()
		_, err := newClient(t, h, cache(folder)).DatasetFiles(t.Context(), ref(t, "hf:o/n"))
		if err == nil || !strings.Contains(err.Error(), "cannot be kept in the cache") {
			t.Errorf("a file named %q: %v, want an error", name, err)
		}
	}
}

func TestInterruption(t *testing.T) {
	h := start(t)
	sharded(h)
	ctx, cancel := context.WithCancel(t.Context())
	h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/objects/") {
			cancel()
			<-r.Context().Done()
			return true
		}
		return false
	}
	if _, err := newClient(t, h).DatasetFiles(ctx, ref(t, "hf:o/n")); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("DatasetFiles of an interrupted context: %v, want its error", err)
	}
}

func TestManyAtATime(t *testing.T) {
	h := start(t)
	sharded(h)
	folder := t.TempDir()
	clients := []*hub.Client{newClient(t, h, cache(folder)), newClient(t, h, cache(folder))}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			paths, err := clients[i%2].DatasetFiles(context.Background(), hub.Ref{Repo: "o/n"})
			if err != nil || len(paths) != 2 {
				t.Errorf("DatasetFiles = %v, %v, want both shards", paths, err)
			}
		})
	}
	wait.Wait()
}

func TestEnvironment(t *testing.T) {
	home := t.TempDir()
	tests := []struct {
		name string
		env  map[string]string
		want string // the cache, below home
	}{
		{"nothing but a home", nil, ".cache/huggingface/hub"},
		{"XDG_CACHE_HOME", map[string]string{"XDG_CACHE_HOME": home + "/x"}, "x/huggingface/hub"},
		{"HF_HOME", map[string]string{"HF_HOME": home + "/h", "XDG_CACHE_HOME": home + "/x"}, "h/hub"},
		{"HF_HUB_CACHE", map[string]string{"HF_HUB_CACHE": home + "/c", "HF_HOME": home + "/h"}, "c"},
		{"the home by its sign", map[string]string{"HF_HUB_CACHE": "~/c"}, "c"},
		{"a variable in a path", map[string]string{"HF_HUB_CACHE": "$HOME/d"}, "d"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			h.Put("o/n", files("train.json"))
			h.Hide("o/n")
			for _, name := range []string{"XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN_PATH"} {
				t.Setenv(name, tt.env[name])
			}
			t.Setenv("HOME", home)
			t.Setenv("HF_ENDPOINT", h.URL+"/")
			t.Setenv("HF_HUB_OFFLINE", "0")
			t.Setenv("HF_TOKEN", " "+hubtest.Token+"\n")
			paths, err := hub.New(hub.Options{}).DatasetFiles(t.Context(), ref(t, "hf:o/n"))
			if err != nil || !strings.HasPrefix(paths[0], filepath.Join(home, tt.want, "datasets--o--n")) {
				t.Errorf("DatasetFiles = %v, %v, want a file below %s", paths, err, tt.want)
			}
			t.Setenv("HF_HUB_OFFLINE", "yes")
			if _, err := hub.New(hub.Options{}).DatasetFiles(t.Context(), ref(t, "hf:o/other")); err == nil || !strings.Contains(err.Error(), "HF_HUB_OFFLINE") {
				t.Errorf("with HF_HUB_OFFLINE=yes: %v, want an error that names it", err)
			}
		})
	}
}

func TestSavedToken(t *testing.T) {
	h := start(t)
	h.Put("o/n", files("train.json"))
	h.Hide("o/n")
	c := newClient(t, h)
	if err := os.WriteFile(filepath.Join(os.Getenv("HF_HOME"), "token"), []byte(hubtest.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DatasetFiles(t.Context(), ref(t, "hf:o/n")); err == nil {
		t.Error("without a token a private set was read")
	}
	if _, err := hub.New(hub.Options{Endpoint: h.URL}).DatasetFiles(t.Context(), ref(t, "hf:o/n")); err != nil {
		t.Errorf("with the token of the home folder: %v", err)
	}
}

func TestAnEndpointThatIsNone(t *testing.T) {
	t.Setenv("HF_ENDPOINT", "huggingface.co")
	t.Setenv("HF_HOME", t.TempDir())
	c := hub.New(hub.Options{})
	if _, err := c.DatasetFiles(t.Context(), ref(t, "hf:o/n")); err == nil || !strings.Contains(err.Error(), "HF_ENDPOINT huggingface.co is no address") {
		t.Errorf("DatasetFiles: %v, want an error that names HF_ENDPOINT", err)
	}
}
