package seed

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/jsonl"
)

// Task is one task of a benchmark.
type Task struct {
	Benchmark string
	ID        string
	Text      string   // the question
	Canonical string   // the canonical program, without what the question gives of it; may be empty
	Code      string   // the same, complete, so that it can be run; may be empty
	Entry     string   // its function, if it is known
	Tests     []string // asserts that tell how it is called; used where Entry is empty
}

const bigCodeBench = "BigCodeBench"

// benchmarkFields names the columns of a benchmark's rows.
type benchmarkFields struct {
	id, entry []string
	text      []string // all of them are the question
	canonical []string
	head      []string // what stands before the canonical program, so that it is complete
	tests     []string
}

// benchmarkLayout is one way in which a benchmark's rows look.
type benchmarkLayout struct {
	name    string // empty: the name of the file
	columns []string
	fields  benchmarkFields
}

// benchmarkLayouts are tried in this order.
var benchmarkLayouts = []benchmarkLayout{
	{bigCodeBench, []string{"task_id", "complete_prompt", "instruct_prompt", "code_prompt"}, benchmarkFields{
		text: []string{"instruct_prompt", "complete_prompt"}, head: []string{"code_prompt"}, canonical: []string{"canonical_solution"},
	}},
	{"HumanEval", []string{"task_id", "prompt", "canonical_solution"}, benchmarkFields{
		text: []string{"prompt"}, head: []string{"prompt"}, canonical: []string{"canonical_solution"},
	}},
	{"MBPP", []string{"task_id", "code", "test_list"}, benchmarkFields{
		text: []string{"text", "prompt"}, canonical: []string{"code"}, tests: []string{"test_list"},
	}},
	{"LiveCodeBench", []string{"question_id", "question_content"}, benchmarkFields{
		id: []string{"question_id"}, text: []string{"question_title", "question_content"},
	}},
	{"APPS", []string{"problem_id", "question", "solutions"}, benchmarkFields{
		id: []string{"problem_id"}, text: []string{"question"}, canonical: []string{"solutions"},
	}},
	{"", []string{"description", "sample_io"}, benchmarkFields{
		id: []string{"id", "name"}, text: []string{"description"},
	}},
}

// ReadBenchmark reads the tasks of a benchmark's file: HumanEval, MBPP, both with the additions of EvalPlus,
// BigCodeBench, rows like LiveCodeBench's or APPS's, or any rows if columns names their text, code, id or entry.
func ReadBenchmark(ctx context.Context, path string, columns map[string]string) ([]Task, error) {
	reader, err := jsonl.Options{NullConstants: true}.Open(path) // EvalPlus has infinities among its inputs
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var layout *benchmarkLayout
	var tasks []Task
	for row, err := range reader.All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read a benchmark: %w", err)
		}
		cells, err := columnsOf(row)
		if err != nil {
			return nil, fmt.Errorf("read a benchmark: %w", err)
		}
		if layout == nil {
			if layout, err = benchmarkLayoutOf(row, cells, columns); err != nil {
				return nil, fmt.Errorf("read a benchmark: %w", err)
			}
		}
		task, err := layout.read(row, cells)
		if err != nil {
			return nil, fmt.Errorf("read a benchmark: %w", err)
		}
		tasks = append(tasks, task)
	}
	return tasks, nil
}

func benchmarkLayoutOf(row jsonl.Row, cells map[string]json.RawMessage, columns map[string]string) (*benchmarkLayout, error) {
	if len(columns) > 0 {
		return mappedBenchmark(columns)
	}
	var known []string
	for i, l := range benchmarkLayouts {
		if !slices.ContainsFunc(l.columns, func(c string) bool { return cells[c] == nil }) {
			return &benchmarkLayouts[i], nil
		}
		known = append(known, strings.TrimSpace(l.name+" ("+strings.Join(l.columns, ", ")+")"))
	}
	return nil, &jsonl.RowError{File: row.File, Line: row.Line, Err: fmt.Errorf("its columns are %s; the benchmarks known have %s; "+
		"name the columns with text=…,code=…", strings.Join(slices.Sorted(maps.Keys(cells)), ", "), strings.Join(known, ", "))}
}

func mappedBenchmark(columns map[string]string) (*benchmarkLayout, error) {
	var l benchmarkLayout
	fields := map[string]*[]string{"id": &l.fields.id, "text": &l.fields.text, "code": &l.fields.canonical, "entry": &l.fields.entry}
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		to := fields[key]
		if to == nil {
			return nil, fmt.Errorf("%q is none of %s", key, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		*to = []string{columns[key]}
	}
	return &l, nil
}

// read returns a row's task.
func (l *benchmarkLayout) read(row jsonl.Row, cells map[string]json.RawMessage) (Task, error) {
	get := &columnReader{row: row, columns: cells}
	f := l.fields
	t := Task{
		Benchmark: l.name,
		ID:        get.optional(append(f.id, "task_id")),
		Entry:     get.optional(append(f.entry, "entry_point")),
		Tests:     get.list(f.tests),
	}
	var text []string
	for _, name := range f.text {
		text = append(text, get.optional([]string{name}))
	}
	t.Text = join("\n", text...)
	t.Canonical = firstOfList(get.optional(f.canonical))
	if t.Canonical != "" {
		t.Code = get.optional(f.head) + t.Canonical
	}
	if t.Benchmark == "" {
		t.Benchmark = plainName(row.File)
	}
	if t.ID == "" {
		t.ID = fmt.Sprint(row.Line)
	}
	// One task has one name, in whichever file it stands: "Mbpp/2" of EvalPlus is MBPP's task 2.
	if number, ok := strings.CutPrefix(t.ID, "Mbpp/"); ok {
		t.Benchmark, t.ID = "MBPP", number
	}
	if name, _, ok := strings.Cut(t.ID, "/"); ok {
		t.Benchmark = name // others write their tasks in the form of HumanEval
	} else {
		t.ID = t.Benchmark + "/" + t.ID
	}
	return t, get.err
}

// firstOfList returns the first of programs that are written as a JSON list in a text, as APPS has them.
func firstOfList(text string) string {
	var list []string
	if strings.HasPrefix(text, "[\"") && json.Unmarshal([]byte(text), &list) == nil && len(list) > 0 {
		return list[0]
	}
	return text
}
