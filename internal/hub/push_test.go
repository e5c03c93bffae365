package hub_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/hub/hubtest"
)

// folder writes files to a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(root, name), content)
	}
	return root
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// dataset are the files of a folder to push.
func dataset() map[string]string {
	return map[string]string{
		"README.md": "---\nlicense: mit\n---\n# A set\n", ".gitattributes": "*.parquet filter=lfs\n", "manifest.json": "{}\n",
		shard0: strings.Repeat("zero", 300), shard1: strings.Repeat("one.", 250),
	}
}

func push(root string) hub.Push { return hub.Push{Folder: root, Repo: "o/n", Message: "Write the set"} }

// holds reports whether main has these files.
func holds(t *testing.T, h *hubtest.Hub, want map[string]string) {
	t.Helper()
	if got := h.Files("o/n"); !maps.Equal(got, want) {
		t.Errorf("main has %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// changed are the paths that were sent.
func changed(p hub.Pushed) string {
	var out []string
	for _, f := range p.Files {
		if f.Changed {
			out = append(out, f.Path)
		}
	}
	return strings.Join(out, " ")
}

func TestPush(t *testing.T) {
	for _, size := range []int{0, 100, 1000, 5000} {
		t.Run(fmt.Sprintf("parts of %d", size), func(t *testing.T) {
			h := start(t)
			h.PartSize = size
			c := newClient(t, h, withToken)
			want := dataset()
			root := folder(t, want)
			p, err := c.Push(t.Context(), push(root))
			if err != nil {
				t.Fatal(err)
			}
			holds(t, h, want)
			if p.Commit == "" || len(p.Files) != len(want) || len(strings.Fields(changed(p))) != len(want) {
				t.Errorf("Push = %+v, want a commit of all files", p)
			}

			// The same again: nothing is sent, and there is no second commit.
			h.Requests()
			p, err = c.Push(t.Context(), push(root))
			if err != nil || p.Commit != "" || changed(p) != "" {
				t.Errorf("Push of the same = %+v, %v, want nothing changed", p, err)
			}
			for _, q := range h.Requests() {
				if strings.Contains(q, "/commit/") || strings.Contains(q, "/objects/") || strings.Contains(q, "/parts/") {
					t.Errorf("Push of the same asked %s", q)
				}
			}

			// A file changes, one comes, one goes: the one that goes stays on the hub.
			want[shard0], want["more.json"] = "another", "{}"
			write(t, filepath.Join(root, shard0), want[shard0])
			write(t, filepath.Join(root, "more.json"), want["more.json"])
			if err := os.Remove(filepath.Join(root, "manifest.json")); err != nil {
				t.Fatal(err)
			}
			p, err = c.Push(t.Context(), push(root))
			if err != nil || changed(p) != shard0+" more.json" {
				t.Errorf("Push after changes sent %q, %v, want %s and more.json", changed(p), err, shard0)
			}
			holds(t, h, want)
			if got := h.Commits("o/n"); len(got) != 2 || got[0] != "Write the set" {
				t.Errorf("commits %q, want two", got)
			}
		})
	}
}

func TestPushOfOddFiles(t *testing.T) {
	h := start(t)
	want := map[string]string{
		"data/empty.parquet": "", "data/same1.parquet": "the same bytes", "data/same2.parquet": "the same bytes",
		"sp ace/ü#%.json": "{}", "empty.json": "",
	}
	all := maps.Clone(want)
	all[".git/config"], all[".cache/huggingface/x"], all["secret.ignored"] = "hidden", "hidden", "the hub ignores it"
	p, err := newClient(t, h, withToken).Push(t.Context(), push(folder(t, all)))
	if err != nil {
		t.Fatal(err)
	}
	want[".gitattributes"] = h.Files("o/n")[".gitattributes"] // the hub's own
	holds(t, h, want)
	if strings.Contains(changed(p), "ignored") {
		t.Errorf("Push says that it sent %q, which the hub ignores", changed(p))
	}
}

func TestPrivatePush(t *testing.T) {
	h := start(t)
	p := push(folder(t, dataset()))
	p.Private = true
	if _, err := newClient(t, h, withToken).Push(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := newClient(t, h).DatasetFiles(t.Context(), ref(t, "hf:o/n")); err == nil {
		t.Error("a set that was made private is public")
	}
}

func TestPushThatIsRefused(t *testing.T) {
	linked := folder(t, dataset())
	if err := os.Symlink("/etc/passwd", filepath.Join(linked, "link.json")); err != nil {
		t.Fatal(err)
	}
	good := folder(t, dataset())
	tests := []struct {
		name, want string
		push       hub.Push
		change     func(*hub.Options)
	}{
		{"no token", "set HF_TOKEN", push(good), func(*hub.Options) {}},
		{"a wrong token", "401 Unauthorized: Invalid username", push(good), func(o *hub.Options) { o.Token = "hf_wrong" }},
		{"offline", "HF_HUB_OFFLINE forbids it", push(good), offline},
		{"no folder", "no such file", push(filepath.Join(good, "absent")), withToken},
		{"an empty folder", "the folder is empty", push(t.TempDir()), withToken},
		{"a link", "link.json is no regular file", push(linked), withToken},
		{"no name", "empty part", hub.Push{Folder: good, Repo: "o/"}, withToken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			p, err := newClient(t, h, tt.change).Push(t.Context(), tt.push)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Push = %+v, %v, want an error with %q", p, err, tt.want)
			}
			if h.Files("o/n") != nil {
				t.Error("the data set was made all the same")
			}
		})
	}
}

func TestPlanAsksNobody(t *testing.T) {
	p, err := hub.Plan(push(folder(t, dataset())))
	if err != nil || len(p.Files) != len(dataset()) || p.Commit != "" {
		t.Errorf("Plan = %+v, %v, want all files and no commit", p, err)
	}
	if want := ".gitattributes README.md " + shard0 + " " + shard1 + " manifest.json"; changed(p) != want {
		t.Errorf("Plan would send %q, want %q", changed(p), want)
	}
}

func TestPushThroughFaults(t *testing.T) {
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	tests := []struct {
		name    string
		times   int
		path    string // what the address has in it
		fault   func(w http.ResponseWriter, r *http.Request)
		batches int // batch requests that it takes
	}{
		{"the hub is overloaded", 3, "/preupload/", status(500), 1},
		{"making the set is overloaded", 2, "/create", status(504), 1},
		{"the batch is overloaded", 2, "/batch", status(503), 3},
		{"a part is lost", 4, "/parts/", status(500), 1},
		{"a connection ends within a part", 2, "/parts/", abort, 1},
		{"an address expires", 1, "/parts/", status(403), 2},
		{"an upload in parts is gone", 1, "/complete/", status(404), 2},
		{"the storage fails at the end", 2, "/complete/", status(500), 1},
		{"the check is overloaded", 2, "/verify", status(502), 1},
		{"the commit is overloaded", 2, "/commit/", status(500), 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			h.PartSize = 500
			var n, batches atomic.Int32
			h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/batch") {
					batches.Add(1)
				}
				if !strings.Contains(r.URL.Path, tt.path) || n.Add(1) > int32(tt.times) {
					return false
				}
				tt.fault(w, r)
				return true
			}
			want := map[string]string{".gitattributes": "x", "README.md": "# A set\n", shard0: strings.Repeat("zero", 300)}
			p, err := newClient(t, h, withToken).Push(t.Context(), push(folder(t, want)))
			if err != nil || p.Commit == "" {
				t.Fatalf("Push = %+v, %v, want a commit", p, err)
			}
			holds(t, h, want)
			if got := h.Commits("o/n"); len(got) != 1 {
				t.Errorf("commits %q, want one", got)
			}
			if int(n.Load()) <= tt.times || int(batches.Load()) > tt.batches {
				t.Errorf("%d requests of %s, want more than %d; %d batches, want at most %d", n.Load(), tt.path, tt.times, batches.Load(), tt.batches)
			}
		})
	}
}

// A commit whose answer is lost has been made: it must not be made twice.
func TestACommitWithoutAnAnswer(t *testing.T) {
	h := start(t)
	var once sync.Once
	h.Fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/commit/") {
			once.Do(func() {
				h.Put("o/n", dataset()) // as if it had been done
				panic(http.ErrAbortHandler)
			})
		}
		return false
	}
	p, err := newClient(t, h, withToken).Push(t.Context(), push(folder(t, dataset())))
	if err != nil || changed(p) != "" {
		t.Errorf("Push = %+v, %v, want nothing left to do", p, err)
	}
	holds(t, h, dataset())
	if got := h.Commits("o/n"); len(got) != 1 {
		t.Errorf("commits %q, want the one", got)
	}
}

// An interrupted push goes on: what has arrived is not sent again.
func TestPushGoesOn(t *testing.T) {
	h := start(t)
	var broken atomic.Bool
	broken.Store(true)
	h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if broken.Load() && r.Method == http.MethodPut && r.ContentLength == 1000 {
			w.WriteHeader(500)
			return true
		}
		return false
	}
	c := newClient(t, h, withToken)
	p := push(folder(t, dataset()))
	if _, err := c.Push(t.Context(), p); err == nil || !strings.Contains(err.Error(), "send "+shard1) || strings.Contains(err.Error(), "secret") {
		t.Errorf("Push through a fault that stays: %v, want an error that names the file and no signature", err)
	}
	if got := h.Commits("o/n"); len(got) != 0 {
		t.Errorf("commits %q after a push that failed, want none", got)
	}
	broken.Store(false)
	h.Requests()
	if _, err := c.Push(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	holds(t, h, dataset())
	sent := 0
	for _, q := range h.Requests() {
		if strings.HasPrefix(q, "PUT ") {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("the second push sent %d objects, want the one that had not arrived", sent)
	}
}

// An address that never works is given up.
func TestAnAddressThatIsAlwaysExpired(t *testing.T) {
	h := start(t)
	h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			w.WriteHeader(403)
			return true
		}
		return false
	}
	_, err := newClient(t, h, withToken).Push(t.Context(), push(folder(t, dataset())))
	if err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("Push: %v, want an error with 403", err)
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	tests := []struct{ name, path, answer, want string }{
		{"no JSON", "/preupload/", "<html>", "answer of"},
		{"a file that was not asked about", "/preupload/", `{"files":[{"path":"x","uploadMode":"lfs"}]}`, `the file "x"`},
		{"a mode that is none", "/preupload/", `{"files":[{"path":"README.md","uploadMode":"xet"}]}`, `the mode "xet"`},
		{"a file left out", "/preupload/", `{"files":[]}`, "nothing about"},
		{"an object left out", "/batch", `{"objects":[]}`, "nothing about " + shard0},
		{"an object refused", "/batch", `{"objects":[{"oid":"1","error":{"code":422,"message":"too large"}}]}`, "422 too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			h.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, tt.path) {
					return false
				}
				_, _ = w.Write([]byte(tt.answer))
				return true
			}
			_, err := newClient(t, h, withToken).Push(t.Context(), push(folder(t, map[string]string{"README.md": "x", shard0: "y"})))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Push: %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestPartSize(t *testing.T) {
	tests := []struct {
		size any
		want int64 // 0: it is none
	}{{"26214400", 26214400}, {26214400.0, 26214400}, {"0", 0}, {-1.0, 0}, {"1e6", 0}, {nil, 0}, {true, 0}}
	for _, tt := range tests {
		if got, ok := hub.PartSize(tt.size); ok != (tt.want > 0) || (ok && got != tt.want) {
			t.Errorf("partSize(%v) = %d, %v, want %d", tt.size, got, ok, tt.want)
		}
	}
}
