package seed_test

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/seed"
)

func readBenchmark(t testing.TB, path string, columns map[string]string) []seed.Task {
	t.Helper()
	tasks, err := seed.ReadBenchmark(t.Context(), path, columns)
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

func index(t testing.TB, overlap seed.Overlap, tasks ...seed.Task) *seed.Benchmarks {
	t.Helper()
	b, err := seed.NewBenchmarks(t.Context(), parser(t).Inspect, tasks, overlap)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadBenchmark(t *testing.T) {
	tests := []struct {
		name, file, text string
		columns          map[string]string
		want             seed.Task
	}{
		{
			"HumanEval", "x.jsonl", `{"task_id":"HumanEval/3","prompt":"def f(x):\n    '''Doc.'''\n","canonical_solution":"    return x\n","entry_point":"f","test":"t"}`, nil,
			seed.Task{Benchmark: "HumanEval", ID: "HumanEval/3", Text: "def f(x):\n    '''Doc.'''\n", Canonical: "    return x\n", Code: "def f(x):\n    '''Doc.'''\n    return x\n", Entry: "f"},
		},
		{
			"MBPP of EvalPlus, with an infinity", "x.jsonl", `{"task_id":"Mbpp/2","prompt":"'''Doc.'''\n","canonical_solution":"def f(): pass","entry_point":"f","plus_input":[[-Infinity,NaN]]}`, nil,
			seed.Task{Benchmark: "MBPP", ID: "MBPP/2", Text: "'''Doc.'''\n", Canonical: "def f(): pass", Code: "'''Doc.'''\ndef f(): pass", Entry: "f"},
		},
		{
			"MBPP", "x.jsonl", `{"task_id":2,"text":"Write.","code":"def f(): pass","test_list":["assert f() is None"]}`, nil,
			seed.Task{Benchmark: "MBPP", ID: "MBPP/2", Text: "Write.", Canonical: "def f(): pass", Code: "def f(): pass", Tests: []string{"assert f() is None"}},
		},
		{
			"MBPP, sanitized", "x.json", `[{"source_file":"x","task_id":2,"prompt":"Write.","code":"def f(): pass","test_imports":[],"test_list":[]}]`, nil,
			seed.Task{Benchmark: "MBPP", ID: "MBPP/2", Text: "Write.", Canonical: "def f(): pass", Code: "def f(): pass", Tests: []string{}},
		},
		{
			"BigCodeBench", "x.jsonl", `{"task_id":"BigCodeBench/1","complete_prompt":"c","instruct_prompt":"i","code_prompt":"def task_func():\n","canonical_solution":"    pass\n","entry_point":"task_func"}`, nil,
			seed.Task{Benchmark: "BigCodeBench", ID: "BigCodeBench/1", Text: "i\nc", Canonical: "    pass\n", Code: "def task_func():\n    pass\n", Entry: "task_func"},
		},
		{
			"LiveCodeBench", "x.jsonl", `{"question_id":"abc300_a","question_title":"T","question_content":"C","starter_code":""}`, nil,
			seed.Task{Benchmark: "LiveCodeBench", ID: "LiveCodeBench/abc300_a", Text: "T\nC"},
		},
		{
			"APPS", "x.jsonl", `{"problem_id":7,"question":"Q","solutions":"[\"print(1)\", \"print(2)\"]"}`, nil,
			seed.Task{Benchmark: "APPS", ID: "APPS/7", Text: "Q", Canonical: "print(1)", Code: "print(1)"},
		},
		{
			"APPS, chosen by others", "apps.jsonl", `{"name":"3554","description":"D","id":"3554","sample_io":[],"starter_code":""}`, nil,
			seed.Task{Benchmark: "apps", ID: "apps/3554", Text: "D"},
		},
		{
			"anything", "mine.jsonl", `{"q":"Q","a":"code","f":"f"}`,
			map[string]string{"text": "q", "code": "a", "entry": "f"},
			seed.Task{Benchmark: "mine", ID: "mine/1", Text: "Q", Canonical: "code", Code: "code", Entry: "f"},
		},
	}
	for _, tt := range tests {
		folder := t.TempDir()
		write(t, folder, tt.file, tt.text)
		got := readBenchmark(t, filepath.Join(folder, tt.file), tt.columns)
		if len(got) != 1 || fmt.Sprintf("%#v", got[0]) != fmt.Sprintf("%#v", tt.want) {
			t.Errorf("%s: ReadBenchmark =\n%#v, want\n%#v", tt.name, got, tt.want)
		}
	}
}

func TestReadBenchmarkErrors(t *testing.T) {
	tests := []struct {
		name, text string
		columns    map[string]string
		want       string
	}{
		{"no benchmark", `{"a":1}`, nil, "b.jsonl:1: its columns are a; the benchmarks known have BigCodeBench (task_id, "},
		{"a row that is none", "{\"question_id\":1,\"question_content\":\"x\"}\nnot JSON", nil, "b.jsonl:2: "},
		{"a text that is none", `{"question_id":1,"question_content":{}}`, nil, "b.jsonl:1: question_content: not a text"},
		{"an unknown column", `{"a":1}`, map[string]string{"question": "a"}, `"question" is none of code, entry, id, text`},
	}
	for _, tt := range tests {
		folder := t.TempDir()
		write(t, folder, "b.jsonl", tt.text)
		_, err := seed.ReadBenchmark(t.Context(), filepath.Join(folder, "b.jsonl"), tt.columns)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ReadBenchmark = %v, want %q", tt.name, err, tt.want)
		}
	}
}

const (
	question  = "Write a function that folds a list of numbers into pairs and returns the largest sum of such a pair."
	canonical = `def fold(numbers):
    best = None
    for first, second in zip(numbers, reversed(numbers)):
        total = first + second
        if best is None or total > best:
            best = total
    return best
`
)

func TestCheck(t *testing.T) {
	b := index(
		t, seed.DefaultOverlap(),
		seed.Task{Benchmark: "B", ID: "B/1", Text: question, Canonical: canonical, Code: canonical},
		seed.Task{Benchmark: "B", ID: "B/2", Text: "Write a function to find three doors.", Canonical: "def f(x): return x", Code: "def f(x): return x"},
		seed.Task{Benchmark: "B", ID: "B/3", Text: "Five words are too few."},
		seed.Task{Benchmark: "B", ID: "B/4", Text: strings.Repeat("Lots of words that never end, and each time round there is a new one: ", 3) + words(300)},
	)
	renamed := strings.NewReplacer("fold", "g", "numbers", "xs", "best", "m", "total", "t", "first", "a", "second", "b").Replace(canonical)
	tests := []struct {
		name, text, code string
		want             string // task and rule
	}{
		{"nothing", "", "", ""},
		{"something else", "Write a function that reverses a list.", "def g(x): return x[::-1]", ""},
		{"the question", question, "", "B/1 by text: 11 of 11 runs of words, such as \"write a function that folds a list of numbers into\""},
		{"whatever its case and signs", strings.ToUpper(strings.ReplaceAll(question, " ", "\n  * ")), "", "B/1 by text"},
		{"in a docstring", "", "def g():\n    '''" + question + "'''\n", "B/1 by text"},
		{"most of it", question[:len(question)*9/10], "", "B/1 by text"},
		{"a quarter of it", question[:len(question)/4], "", ""},
		{"a short question", "Please: write a function to find three doors!", "", "B/2 by text: 1 of 1 runs"},
		{"part of a short question", "Write a function to find three keys.", "", ""},
		{"too short a question", "Five words are too few.", "", ""},
		{"part of a long one", "", "# " + words(300)[:200], "B/4 by text"},
		{"the program", "", canonical, "B/1 by code"},
		{"with other signs", "", strings.ReplaceAll(canonical, "> best", "<= best"), "B/1 by code"},
		{"the program, renamed", "", renamed, "B/1 by shape: function g is its fold, 36 nodes"},
		{"with prints and annotations", "", strings.Replace(renamed, "    m = None", "    m: int = None\n    print('start')", 1), "B/1 by shape"},
		{"renamed and changed", "", strings.Replace(renamed, ">", ">=", 1), ""},
		{"a small function is like many", "", "def g(y): return y", ""},
	}
	for _, tt := range tests {
		got := ""
		made := makeSeeds(t, seed.Paper(), seed.Row{Instruction: tt.text, Text: tt.code + "\ndef own(): pass\n"})[0]
		if made.Drop != nil {
			t.Fatalf("%s: %+v", tt.name, made.Drop)
		}
		if e := b.CheckSeed(made.Seed, made.Inspection); e != nil {
			got = e.String()
		}
		if !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: CheckSeed = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// words is a text of n different words.
func words(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("word%d", i))
	}
	return strings.Join(out, " ")
}

// TestBestEvidence: of several tasks the one that most of is there is named, and always the same one.
func TestBestEvidence(t *testing.T) {
	a, b := words(40), words(60)
	for range 20 {
		bench := index(t, seed.DefaultOverlap(), seed.Task{ID: "B/long", Text: b}, seed.Task{ID: "B/first", Text: a}, seed.Task{ID: "B/second", Text: a})
		if e := bench.Check(a, ""); e == nil || e.Task != "B/first" {
			t.Fatalf("Check = %v, want B/first", e)
		}
	}
}

func TestOverlapValidate(t *testing.T) {
	for name, change := range map[string]func(*seed.Overlap){
		"words": func(o *seed.Overlap) { o.Words = 2 }, "text": func(o *seed.Overlap) { o.Text = 0 }, "code": func(o *seed.Overlap) { o.Code = 1.1 },
		"most_runs": func(o *seed.Overlap) { o.MostRuns = 0 }, "nodes": func(o *seed.Overlap) { o.Nodes = 0 },
	} {
		o := seed.DefaultOverlap()
		change(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), name+":") {
			t.Errorf("Validate with a bad %s = %v", name, err)
		}
		if _, err := seed.NewBenchmarks(t.Context(), nil, nil, o); err == nil {
			t.Errorf("NewBenchmarks takes a bad %s", name)
		}
	}
}

var known struct {
	once  sync.Once
	tasks []seed.Task
	index *seed.Benchmarks
}

// realBenchmarks are those that the shared data has, and their index.
func realBenchmarks(t *testing.T) ([]seed.Task, *seed.Benchmarks) {
	t.Helper()
	var paths []string
	for _, name := range []string{
		"humaneval/HumanEval.jsonl.gz", "humanevalplus/HumanEvalPlus.jsonl.gz", "mbpp/mbpp.jsonl", "mbpp/sanitized-mbpp.json",
		"mbppplus/MbppPlus.jsonl.gz", "bigcodebench/BigCodeBench.jsonl.gz", "apps/mapcoder_selected150.jsonl",
	} {
		paths = append(paths, data(t, name))
	}
	known.once.Do(func() {
		for _, path := range paths {
			known.tasks = append(known.tasks, readBenchmark(t, path, nil)...)
		}
		known.index = index(t, seed.DefaultOverlap(), known.tasks...)
	})
	return known.tasks, known.index
}

// TestBenchmarksFindThemselves: every task is found by its own question, and by its own program where that is long.
func TestBenchmarksFindThemselves(t *testing.T) {
	tasks, b := realBenchmarks(t)
	byText, programs := 0, 0
	var rest []seed.Task // not found by the words of their programs
	var codes []string
	for _, task := range tasks {
		if b.Check(task.Text, "") == nil {
			t.Errorf("not found by its question: %s: %q", task.ID, task.Text)
		} else {
			byText++
		}
		if task.Canonical == "" {
			continue
		}
		programs++
		if b.Check("", task.Canonical) == nil {
			rest, codes = append(rest, task), append(codes, task.Code)
		}
	}
	inspections, err := parser(t).Inspect(t.Context(), codes)
	if err != nil {
		t.Fatal(err)
	}
	short := 0
	for i, task := range rest {
		switch {
		case b.CheckShapes(inspections[i]) != nil:
		case len(strings.Fields(task.Canonical)) > 40:
			t.Errorf("not found by its program: %s", task.ID)
		default:
			short++
		}
	}
	t.Logf("of %d tasks %d are found by their questions; of %d programs %d are too short to be found", len(tasks), byText, programs, short)
	if short*4 > programs {
		t.Errorf("too few are found")
	}
}

// TestRealSeedsAreClean: of real seeds few overlap, and each was looked at: they do.
func TestRealSeedsAreClean(t *testing.T) {
	_, b := realBenchmarks(t)
	want := []string{
		"MBPP/141 shape", "MBPP/374 text", "MBPP/605 shape", "MBPP/605 shape", "MBPP/68 shape", "MBPP/701 shape",
	}
	var got []string
	n := 0
	for _, name := range []string{"seeds/stack_python_like/functions.jsonl", "seeds/evol-teacher/evol-codealpaca-2k-1.json"} {
		maker := seed.Maker{Inspect: parser(t).Inspect, Rules: func(seed.Shape) seed.Rules { return seed.Paper() }, Benchmarks: b}
		for batch, err := range (seed.Input{Path: data(t, name)}).Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			results, err := maker.Make(t.Context(), batch)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				n++
				if r.Evidence != nil {
					got = append(got, fmt.Sprintf("%s %s", r.Evidence.Task, r.Evidence.Rule))
				}
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || n != 3874 {
		t.Errorf("of %d rows these overlap: %q, want %q", n, got, want)
	}
}

// FuzzCheck: whatever the text is, the run of words that is the evidence stands in it and in the task.
func FuzzCheck(f *testing.F) {
	inspect := func(n int) []pyast.Inspection { return make([]pyast.Inspection, n) }
	b, err := seed.NewBenchmarks(f.Context(), fake(inspect), []seed.Task{{ID: "B/1", Text: question, Canonical: canonical}}, seed.DefaultOverlap())
	if err != nil {
		f.Fatal(err)
	}
	plain := func(s string) string {
		word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
		return " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !word(r) }), " ") + " "
	}
	f.Add(question, canonical)
	f.Add("\xff\u0130", "é")
	f.Fuzz(func(t *testing.T, text, code string) {
		e := b.Check(text, code)
		if e == nil {
			return
		}
		_, quoted, _ := strings.Cut(e.Detail, "such as ")
		run, err := strconv.Unquote(quoted)
		run = " " + run + " "
		if err != nil || !strings.Contains(plain(text)+"|"+plain(code), run) || !strings.Contains(plain(question)+"|"+plain(canonical), run) {
			t.Errorf("Check(%q, %q) = %v", text, code, e)
		}
	})
}

func TestEvidenceDrop(t *testing.T) {
	e := &seed.Evidence{Benchmark: "B", Task: "B/1", Rule: seed.ByText, Detail: "1 of 1 runs"}
	want := acecoder.Drop{ID: "x", Stage: "seed", Reason: acecoder.DropContaminated, Detail: "B/1 by text: 1 of 1 runs"}
	if got := e.Drop("x"); *got != want {
		t.Errorf("Drop = %+v, want %+v", *got, want)
	}
}

// TestCompressedBenchmark reads HumanEval as it is published.
func TestCompressedBenchmark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "HumanEval.jsonl.gz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(file)
	if _, err := z.Write([]byte(`{"task_id":"HumanEval/0","prompt":"p","canonical_solution":"c","entry_point":"f"}`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readBenchmark(t, path, nil); len(got) != 1 || got[0].ID != "HumanEval/0" {
		t.Errorf("ReadBenchmark = %+v", got)
	}
}
