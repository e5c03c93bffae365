package demo_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/demo"
)

// generateEnv has the generator run in a test: it takes a minute or two.
const generateEnv = "ACECODER_DEMO_GENERATE"

// shapes are the columns of the seeds' files, as their sources publish them.
var shapes = map[string][]string{
	"evol":  {"instruction", "output"},
	"oss":   {"instruction", "lang", "response"},
	"stack": {"content"},
}

// seed is a row of a seeds' file with the row of the answers that belongs to it.
type seed struct {
	demo.Seeded
	columns map[string]string
}

// text is the column that holds the program.
func (s seed) text() string {
	return cmp.Or(s.columns["output"], s.columns["response"], s.columns["content"])
}

// readSeeds pairs the rows of the seeds' files with those of the answers, which are in the same order.
func readSeeds(t *testing.T) []seed {
	t.Helper()
	var out []seed
	rows := demo.Answers()
	for _, source := range slices.Sorted(maps.Keys(shapes)) {
		data, err := fs.ReadFile(demo.Seeds(), source+".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for _, columns := range decode[map[string]string](t, data) {
			if len(rows) == 0 {
				t.Fatalf("%s.jsonl has a seed more than the answers have rows", source)
			}
			out = append(out, seed{rows[0], columns})
			rows = rows[1:]
		}
	}
	if len(rows) > 0 {
		t.Fatalf("the answers have %d rows more than the seeds' files, from %s on", len(rows), rows[0].Name)
	}
	return out
}

// decode reads JSON lines.
func decode[T any](t *testing.T, data []byte) []T {
	t.Helper()
	var out []T
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("line %d: %v", len(out)+1, err)
		}
		out = append(out, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSeedFiles(t *testing.T) {
	for _, s := range readSeeds(t) {
		if got := slices.Sorted(maps.Keys(s.columns)); !slices.Equal(got, shapes[s.Source]) {
			t.Errorf("%s: columns %v, want %v", s.Name, got, shapes[s.Source])
		}
		for name, text := range s.columns {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", s.Name, name)
			}
		}
		if !strings.HasPrefix(s.Name, s.Source+"/") {
			t.Errorf("%s: is of source %q", s.Name, s.Source)
		}
	}
}

// Two seeds are equal, or nearly, only where that is why one of them is dropped.
func TestSeedsDiffer(t *testing.T) {
	first := map[string]string{}
	for _, s := range readSeeds(t) {
		row, err := json.Marshal(s.columns)
		if err != nil {
			t.Fatal(err)
		}
		before, seen := first[string(row)]
		if seen != (s.Want.Drop == "duplicate") {
			t.Errorf("%s, to be dropped as %q, is the same row as %q", s.Name, s.Want.Drop, before)
		}
		first[string(row)] = s.Name
	}
}

func TestBenchmark(t *testing.T) {
	type task struct {
		TaskID     string `json:"task_id"`
		Prompt     string `json:"prompt"`
		EntryPoint string `json:"entry_point"`
		Canonical  string `json:"canonical_solution"`
		Test       string `json:"test"`
	}
	tasks := decode[task](t, demo.Benchmark())
	if len(tasks) != 3 {
		t.Errorf("%d tasks, want 3", len(tasks))
	}
	for _, k := range tasks {
		if !strings.Contains(k.Prompt, "def "+k.EntryPoint+"(") || !strings.HasPrefix(k.Canonical, "    ") ||
			!strings.HasPrefix(k.Test, "def check(candidate):\n") {
			t.Errorf("%s: not in HumanEval's shape: %+v", k.TaskID, k)
		}
	}
}

// The funnel by source: that the stages come to it is for the tests of the whole way to say.
func TestWants(t *testing.T) {
	type funnel struct {
		seeds, asked, problems, tests, kept, testsKept, even, pairs int
		drops                                                       map[string]int
	}
	want := map[string]funnel{
		"evol": {20, 17, 15, 297, 12, 178, 6, 69, map[string]int{
			"not_python": 2, "no_function": 1, "refused": 1, "cut_off": 1, "no_oracle": 1, "few_tests": 2, "no_pair": 6,
		}},
		"oss": {21, 18, 17, 287, 12, 177, 6, 51, map[string]int{
			"not_python": 1, "duplicate": 1, "contaminated": 1, "bad_answer": 1, "few_tests": 3, "oracle_fails": 2, "no_pair": 6,
		}},
		"stack": {25, 21, 18, 324, 13, 192, 7, 64, map[string]int{
			"unparsable": 1, "near_duplicate": 2, "contaminated": 1, "refused": 1, "cut_off": 1, "no_tests": 1, "few_tests": 2,
			"oracle_fails": 3, "no_pair": 6,
		}},
	}
	got := map[string]funnel{}
	for _, s := range demo.Answers() {
		f := got[s.Source]
		if f.drops == nil {
			f.drops = map[string]int{}
		}
		f.seeds++
		f.asked += min(1, len(s.Answers))
		f.problems += min(1, s.Want.Tests)
		f.tests += s.Want.Tests
		f.kept += min(1, s.Want.Kept)
		f.testsKept += s.Want.Kept
		f.even += min(1, s.Want.Pairs)
		f.pairs += s.Want.Pairs
		if s.Want.Drop != "" {
			f.drops[s.Want.Drop]++
		}
		if (s.Want.Pairs > 0) != (s.Want.Drop == "") || s.Want.Kept > s.Want.Tests || (s.Want.Kept > 0 && s.Want.Kept < 5) {
			t.Errorf("%s: wants what cannot be: %+v", s.Name, s.Want)
		}
		got[s.Source] = f
	}
	for source, w := range want {
		g := got[source]
		if !maps.Equal(g.drops, w.drops) {
			t.Errorf("%s: dropped %v, want %v", source, g.drops, w.drops)
		}
		g.drops, w.drops = nil, nil
		if gs, ws := toJSON(t, g.seeds, g.asked, g.problems, g.tests, g.kept, g.testsKept, g.even, g.pairs),
			toJSON(t, w.seeds, w.asked, w.problems, w.tests, w.kept, w.testsKept, w.even, w.pairs); gs != ws {
			t.Errorf("%s: seeds, asked about, problems, tests, kept, tests kept, with pairs, pairs = %s, want %s", source, gs, ws)
		}
	}
}

func toJSON(t *testing.T, v ...int) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What the program carries is bounded.
func TestSizes(t *testing.T) {
	for name, most := range map[string]int64{"answers.jsonl.gz": 100_000, "seeds/evol.jsonl": 50_000, "seeds/oss.jsonl": 50_000, "seeds/stack.jsonl": 50_000} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > most {
			t.Errorf("%s has %d bytes, want at most %d", name, info.Size(), most)
		}
	}
}

// Whoever changes what is written, or a script, has to run the generator.
func TestCorpusIsOfToday(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"*.py", "benchmark.jsonl", "written/*.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("Glob(%q) = %v, %v", pattern, found, err)
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	digest := sha256.New()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		digest.Write(data)
	}
	want, err := os.ReadFile("corpus.sum")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(digest.Sum(nil)); got != strings.TrimSpace(string(want)) {
		t.Errorf("the corpus was made of other sources: run python3.11 internal/demo/generate.py (digest %s, want %s)", got, want)
	}
}

func TestGenerate(t *testing.T) {
	if os.Getenv(generateEnv) == "" {
		t.Skip("set " + generateEnv + " to make the corpus anew and compare: it takes a minute or two")
	}
	const python = "/usr/bin/python3"
	version, err := exec.CommandContext(context.Background(), python, "--version").CombinedOutput()
	if err != nil || !bytes.HasPrefix(version, []byte("Python 3.11.")) {
		t.Skipf("%s is %s (%v), the generator needs Python 3.11", python, bytes.TrimSpace(version), err)
	}
	if out, err := exec.CommandContext(t.Context(), python, "generate.py", "--check").CombinedOutput(); err != nil {
		t.Errorf("generate.py --check: %v\n%s", err, out)
	}
}
