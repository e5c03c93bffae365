package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// hostile is a program that tries to get more than it should; testdata/hostile/README.md has the format.
type hostile struct {
	id       string
	kind     string
	passes   int // tests that it may honestly pass
	statuses []string
	program  string
	tests    []string
}

var doubles = []string{"assert f(1) == 2", "assert f(2) == 4", "assert f(3) == 6", "assert f(4) == 8"}

func readHostile(t *testing.T, path string) hostile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h := hostile{id: strings.TrimSuffix(filepath.Base(path), ".py"), tests: slices.Clone(doubles)}
	text := string(data)
	var fill struct {
		Text  string `json:"text"`
		Times int    `json:"times"`
	}
	for first := true; ; first = false {
		line, rest, _ := strings.Cut(text, "\n")
		switch {
		case first:
			h.readHead(t, path, line)
		case strings.HasPrefix(line, "# tests: "):
			if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "# tests: ")), &h.tests); err != nil {
				t.Fatalf("%s: tests: %v", path, err)
			}
		case strings.HasPrefix(line, "# fill: "):
			if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "# fill: ")), &fill); err != nil {
				t.Fatalf("%s: fill: %v", path, err)
			}
		default:
			h.program = strings.ReplaceAll(text, "@FILL@", strings.Repeat(fill.Text, fill.Times))
			return h
		}
		text = rest
	}
}

// readHead reads "# kind: K  passes: N  status: a|b  note: …".
func (h *hostile) readHead(t *testing.T, path, line string) {
	t.Helper()
	words := strings.Fields(line)
	for i := 1; i+1 < len(words); i++ {
		switch words[i] {
		case "kind:":
			h.kind = words[i+1]
		case "passes:":
			n, err := strconv.Atoi(words[i+1])
			if err != nil {
				t.Fatalf("%s: passes: %v", path, err)
			}
			h.passes = n
		case "status:":
			h.statuses = strings.Split(words[i+1], "|")
		case "note:":
			return
		}
	}
}

// trusted counts the passes that earn something.
func trusted(o acecoder.Outcome) (n, inProcess int) {
	for _, v := range o.Tests {
		if v.Passed(false) {
			n++
		} else if v.Status == acecoder.Pass {
			inProcess++
		}
	}
	return n, inProcess
}

// wallBound is what one hostile program may cost its neighbours: its limits, some reruns, and room for a slow
// machine.
const wallBound = 15 * time.Second

func TestHostile(t *testing.T) {
	files, err := filepath.Glob("testdata/hostile/*.py")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d hostile programs: %v", len(files), err)
	}
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 1, CacheSize: -1})
	inProcess := 0
	for _, path := range files {
		h := readHostile(t, path)
		start := time.Now()
		out, err := v.Judge(context.Background(), verify.Job{ID: h.id, Tests: h.tests, EntryPoint: "f", Programs: []acecoder.Program{{Program: h.program}}})
		if err != nil {
			t.Errorf("%s: %v", h.id, err)
			continue
		}
		o := out[0]
		passed, beside := trusted(o)
		inProcess += beside
		detail := ""
		for i, r := range o.Tests {
			detail += fmt.Sprintf("\n\t%s %s %.1f ms %q: %.60q", r.Status, r.Trust, r.CPUMS, r.Message, h.tests[i])
		}
		if passed > h.passes {
			t.Errorf("%s (%s): %d tests pass, at most %d may:%s", h.id, h.kind, passed, h.passes, detail)
		}
		if beside == 0 && !slices.Contains(h.statuses, string(o.Status)) {
			t.Errorf("%s (%s): status %s, want one of %v:%s", h.id, h.kind, o.Status, h.statuses, detail)
		}
		if took := time.Since(start); took > wallBound {
			t.Errorf("%s (%s): took %v", h.id, h.kind, took)
		} else if testing.Verbose() && took > time.Second {
			t.Logf("%s (%s): took %v, %s", h.id, h.kind, took.Round(time.Millisecond), o.Status)
		}
	}
	t.Logf("%d programs; %d passes in process", len(files), inProcess)
	stillRight(t, v)
}

// stillRight judges a right and a wrong program on the same verifier: nothing hostile has a lasting effect.
func stillRight(t *testing.T, v *verify.Verifier) {
	t.Helper()
	programs := []acecoder.Program{{ID: "right", Program: "import math, random\ndef f(x): return math.floor(2 * x)"}, {ID: "wrong", Program: "def f(x): return x"}}
	out, err := v.Judge(context.Background(), verify.Job{ID: "after", Tests: doubles, Programs: programs})
	if err != nil {
		t.Fatal(err)
	}
	if out[0].Status != acecoder.Pass || out[1].Status != acecoder.Fail {
		t.Errorf("after hostile programs a right one is judged %s and a wrong one %s", out[0].Status, out[1].Status)
	}
}

type hostileRow struct {
	ID      string   `json:"id"`
	Program string   `json:"program"`
	Tests   []string `json:"tests"`
	Allowed int      `json:"allowed_passes"`
}

// TestHostileList judges a second list of hostile programs, kept elsewhere.
func TestHostileList(t *testing.T) {
	rows := readRows[hostileRow](t, "../../../shared/hostile.jsonl")
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 1, CacheSize: -1})
	for _, r := range rows {
		out, err := v.Judge(context.Background(), verify.Job{ID: r.ID, Tests: r.Tests, Programs: []acecoder.Program{{Program: r.Program}}})
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		if passed, _ := trusted(out[0]); passed > r.Allowed {
			t.Errorf("%s: %d tests pass, at most %d may: %v", r.ID, passed, r.Allowed, out[0].Tests)
		}
	}
	stillRight(t, v)
}

// TestStuffedAnswers: a program fills the stream to the judge with answers for whoever comes next.
func TestStuffedAnswers(t *testing.T) {
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 1, CacheSize: -1})
	stuffing := `import os, marshal, struct
names = marshal.dumps((0, 0, [("f", "call", None)]), 2)
ok = marshal.dumps((0, 0, None), 2)
two = marshal.dumps((0, 0, (("v", 2), [], "")), 2)
def f(x):
    out = b""
    for a in (two, ok, names, two, ok, names, two):
        out += struct.pack("<I", len(a)) + a
    for fd in range(3, 32):
        try: os.write(fd, out)
        except OSError: pass
    os._exit(0)
`
	job := verify.Job{ID: "stuffed", Tests: []string{"assert abs(f(1) - 2) < 1e-9"}}
	for _, p := range []string{stuffing, "def f(x): return 99", stuffing, "def f(x): return 2 * x", "def f(x): return 99"} {
		job.Programs = append(job.Programs, acecoder.Program{Program: p})
	}
	out, err := v.Judge(context.Background(), job)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true, true, false} {
		// The stuffing program may answer itself as it likes: that is its value. Its neighbours are not its to answer.
		if passed := out[i].Status == acecoder.Pass; job.Programs[i].Program != stuffing && passed != want {
			t.Errorf("program %d: %s (%s), passes: want %v", i, out[i].Status, out[i].Tests[0].Message, want)
		}
	}
}

// thief looks for a text in all memory that it can reach: objects, the pages they lie on, and the harness's buffers.
// The text is only ever held in two halves, so that the search does not find itself.
const thief = `import ctypes, gc, sys
FIRST, SECOND = b%q, b%q
def everything():
    spaces, frame = [], sys._getframe()
    while frame:
        spaces.append(frame.f_globals)
        frame = frame.f_back
    for space in list(spaces):
        for v in list(space.values()):
            if hasattr(v, "__globals__"): spaces.append(v.__globals__)
    for space in spaces:
        for k, v in list(space.items()):
            if k == "INDEX": continue  # not mapped here: the search would end
            if isinstance(v, (bytes, bytearray)): yield bytes(v)
            if isinstance(v, memoryview): yield bytes(v[:1 << 20])
    pages = set()
    for o in gc.get_objects():
        pages.add(id(o) >> 12)
        if isinstance(o, dict):
            for v in o.values(): pages.add(id(v) >> 12)
    for p in pages:
        yield ctypes.string_at(p << 12, 4096)
def holds(part):
    at = part.find(FIRST)
    while at >= 0:
        if part.startswith(SECOND, at + len(FIRST)): return True
        at = part.find(FIRST, at + 1)
    return False
FOUND = any(map(holds, everything()))
def f(x):
    return 2 * x if FOUND else 0
`

// TestSiblings: programs of one question are judged by the same zygote, one after the other. None may find another
// one's text, or what it returned, in the memory that it inherits.
func TestSiblings(t *testing.T) {
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder"), Jobs: 1, CacheSize: -1})
	right := "def f(x):\n    note = 'SECRET' + '-7319'\n    return 2 * x  # WRITTEN-BY-A-SIBLING\n"
	wanted := func(text string) string {
		return fmt.Sprintf(thief, text[:len(text)/2], text[len(text)/2:])
	}
	job := verify.Job{ID: "siblings", Tests: doubles, Programs: []acecoder.Program{
		{ID: "right", Program: right},
		{ID: "looks for its text", Program: wanted("WRITTEN-BY-A-SIBLING")},
		{ID: "looks for its code", Program: wanted("SECRET-7319")},
		{ID: "right again", Program: right + "# again\n"},
		{ID: "finds itself", Program: "NOTE = 'a-note-of-its-own'\n" + wanted("a-note-of-its-own")}, // so the search works
	}}
	for i := range 4 {
		job.Programs = append(job.Programs, acecoder.Program{ID: fmt.Sprint("returns ", i), Program: fmt.Sprintf("def f(x): return 'LEFT-%d-BEHIND' # %d", i, i)},
			acecoder.Program{ID: "looks for what was returned", Program: wanted(fmt.Sprintf("LEFT-%d-BEHIND", i))})
	}
	out, err := v.Judge(context.Background(), job)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range out {
		want := strings.HasPrefix(job.Programs[i].ID, "right") || job.Programs[i].ID == "finds itself"
		if passed := o.Status == acecoder.Pass; passed != want {
			t.Errorf("%s: %s (%s), passes: want %v", job.Programs[i].ID, o.Status, o.Tests[0].Message, want)
		}
	}
}
