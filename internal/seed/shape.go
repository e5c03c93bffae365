package seed

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/jsonl"
)

// Shape is a way in which a published set writes its rows. The list is closed.
type Shape string

// The shapes.
const (
	OSSInstruct    Shape = "oss-instruct"    // instruction and response, or problem and solution, with lang
	EvolInstruct   Shape = "evol-instruct"   // instruction and output, or response
	Alpaca         Shape = "alpaca"          // instruction, input and output
	StackFunctions Shape = "stack-functions" // content
	Functions      Shape = "functions"       // source, imports, docstring, repo, path
	Seeds          Shape = "seeds"           // our own
	Mapped         Shape = "map"             // as the user says
	AceCode        Shape = "acecode"         // AceCode-87K: problems
	AceCodePair    Shape = "acecode-pair"    // AceCodePair-300K: pairs
)

// Published reports whether rows of the shape are further along than seeds: they come out as problems or pairs.
func (s Shape) Published() bool { return s == AceCode || s == AceCodePair }

// Fields names the columns of a shape: for each, those that may hold it, the first that is there counts.
type Fields struct {
	Instruction, Input      []string // joined by a line end
	Program, Answer         []string // one of the two is there
	Imports                 []string // a list of statements that stand before the program
	Lang, ID, License, Name []string
	Repo, Path, Origin      []string
}

// layout is one way in which a shape's rows may look.
type layout struct {
	shape   Shape
	source  string   // the source of the seeds, where the set is the paper's
	columns []string // what a row of it has; of two layouts that fit, the first counts
	fields  Fields
}

// repository are the columns in which sets say where a file is from.
var repository = Fields{
	ID:      []string{"id", "hexsha", "blob_id", "sha1"},
	License: []string{"license", "licenses", "max_stars_repo_licenses", "detected_licenses"},
	Repo:    []string{"repo", "repo_name", "repository", "max_stars_repo_name"},
	Path:    []string{"path", "max_stars_repo_path"},
	Lang:    []string{"lang", "language"},
}

// layouts are tried in this order.
var layouts = []layout{
	{AceCode, "", []string{"question", "test_cases", "inferences"}, Fields{}},
	{AceCode, "", []string{"question", "tests", "inferences"}, Fields{}},
	{AceCodePair, "", []string{"instruction", "chosen", "rejected"}, Fields{}},
	{Seeds, "", []string{"id", "program"}, Fields{
		Instruction: []string{"instruction"}, Program: []string{"program"}, ID: []string{"id"}, License: []string{"license"},
		Name: []string{"source"}, Origin: []string{"origin"},
	}},
	{Functions, "functions", []string{"source", "docstring"}, repository.with(Fields{
		Program: []string{"source"}, Imports: []string{"imports"},
	})},
	{StackFunctions, "stack", []string{"content"}, repository.with(Fields{Program: []string{"content"}})},
	{OSSInstruct, "oss", []string{"lang", "instruction", "response"}, repository.with(Fields{
		Instruction: []string{"instruction"}, Answer: []string{"response"},
	})},
	{OSSInstruct, "oss", []string{"lang", "problem", "solution"}, repository.with(Fields{
		Instruction: []string{"problem"}, Answer: []string{"solution"}, ID: []string{"id", "raw_index", "index"},
	})},
	{Alpaca, "alpaca", []string{"instruction", "input", "output"}, repository.with(Fields{
		Instruction: []string{"instruction"}, Input: []string{"input"}, Answer: []string{"output"},
	})},
	{EvolInstruct, "evol", []string{"instruction", "output"}, repository.with(Fields{
		Instruction: []string{"instruction"}, Answer: []string{"output"},
	})},
	{EvolInstruct, "evol", []string{"instruction", "response"}, repository.with(Fields{
		Instruction: []string{"instruction"}, Answer: []string{"response"},
	})},
}

func (f Fields) with(more Fields) Fields {
	f.Instruction, f.Input, f.Program, f.Answer, f.Imports = more.Instruction, more.Input, more.Program, more.Answer, more.Imports
	if more.ID != nil {
		f.ID = more.ID
	}
	return f
}

// Shapes lists the shapes that [Recognize] knows, and the one for rows of any other kind, in the order of the help.
func Shapes() []Shape {
	return []Shape{OSSInstruct, EvolInstruct, Alpaca, StackFunctions, Functions, Seeds, AceCode, AceCodePair, Mapped}
}

// Reader reads the rows of one input.
type Reader struct {
	Shape  Shape
	Source string // given to the seeds, unless the rows of our own shape have one
	layout layout
}

// NewReader returns the reader for an input that begins with this row. An empty shape is recognized by the row's columns;
// an empty source is the shape's usual one, or else the name of the file.
func NewReader(first jsonl.Row, shape Shape, source string) (*Reader, error) {
	columns, err := columnsOf(first)
	if err != nil {
		return nil, err
	}
	for _, l := range layouts {
		if (shape == "" || shape == l.shape) && !slices.ContainsFunc(l.columns, func(c string) bool { return columns[c] == nil }) {
			return newReader(l, source, first.File), nil
		}
	}
	seen := strings.Join(slices.Sorted(maps.Keys(columns)), ", ")
	if shape != "" && !slices.ContainsFunc(layouts, func(l layout) bool { return l.shape == shape }) {
		return nil, fmt.Errorf("shape %q is none of %v", shape, Shapes())
	}
	var known []string
	for _, l := range layouts {
		if shape == "" || shape == l.shape {
			known = append(known, fmt.Sprintf("%s (%s)", l.shape, strings.Join(l.columns, ", ")))
		}
	}
	err = fmt.Errorf("its columns are %s; the shapes known have %s; name the columns with --map instruction=…,program=…", seen, strings.Join(known, ", "))
	return nil, &jsonl.RowError{File: first.File, Line: first.Line, Err: err}
}

// NewMapped returns a reader for rows whose columns the user names.
func NewMapped(file string, fields Fields, source string) *Reader {
	return newReader(layout{shape: Mapped, fields: fields}, source, file)
}

func newReader(l layout, source, file string) *Reader {
	r := &Reader{Shape: l.shape, Source: source, layout: l}
	if r.Source == "" {
		r.Source = l.source
	}
	if r.Source == "" {
		r.Source = plainName(file)
	} else {
		r.layout.fields.Name = nil // what the user says counts
	}
	return r
}

// plainName is a file's name without folders and endings.
func plainName(file string) string {
	name := filepath.Base(file)
	for _, ending := range []string{".gz", ".zst", ".jsonl", ".json", ".parquet"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// ParseMap reads column=name pairs, such as instruction=prompt,program=code. The columns are instruction, input, program,
// answer, imports, lang, id, license, repo, path and origin.
func ParseMap(pairs map[string]string) (Fields, error) {
	var f Fields
	fields := map[string]*[]string{
		"instruction": &f.Instruction, "input": &f.Input, "program": &f.Program, "answer": &f.Answer, "imports": &f.Imports,
		"lang": &f.Lang, "id": &f.ID, "license": &f.License, "repo": &f.Repo, "path": &f.Path, "origin": &f.Origin,
	}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		to := fields[key]
		if to == nil {
			return f, fmt.Errorf("%q is none of %s", key, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		if pairs[key] == "" {
			return f, fmt.Errorf("%s: the column's name is missing", key)
		}
		*to = []string{pairs[key]}
	}
	if (f.Program == nil) == (f.Answer == nil) {
		return f, errors.New("name the column of the program, or of the answer that holds it: program=… or answer=…")
	}
	return f, nil
}

// Read returns what the row says. An error is a *jsonl.RowError that names the field.
func (r *Reader) Read(row jsonl.Row) (Row, error) {
	columns, err := columnsOf(row)
	if err != nil {
		return Row{}, err
	}
	f, get := &r.layout.fields, &columnReader{row: row, columns: columns}
	text := f.Program
	if f.Answer != nil {
		text = f.Answer
	}
	out := Row{
		Place:       fmt.Sprintf("%s:%d", filepath.Base(row.File), row.Line),
		Source:      r.Source,
		Instruction: join("\n", get.optional(f.Instruction), get.optional(f.Input)),
		Text:        get.required(text),
		Answer:      f.Answer != nil,
		Lang:        get.optional(f.Lang),
		ID:          get.optional(f.ID),
		License:     get.optional(f.License),
		Origin:      join("/", get.optional(f.Repo), get.optional(f.Path)),
	}
	if origin := get.optional(f.Origin); origin != "" {
		out.Origin = origin
	}
	if source := get.optional(f.Name); source != "" {
		out.Source = source
	}
	out.Text = join("\n\n\n", strings.Join(get.list(f.Imports), "\n"), out.Text)
	if r.Shape == Seeds {
		out.Extra = withoutKnown(columns)
	}
	return out, get.err
}

// withoutKnown returns the columns of a seed that are none of its fields.
func withoutKnown(columns map[string]json.RawMessage) map[string]json.RawMessage {
	for _, name := range []string{"id", "source", "instruction", "program", "origin", "license"} {
		delete(columns, name)
	}
	if len(columns) == 0 {
		return nil
	}
	return columns
}

// join is strings.Join without the empty ones.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// columnsOf returns the columns of a row that have a value.
func columnsOf(row jsonl.Row) (map[string]json.RawMessage, error) {
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(row.Raw, &columns); err != nil {
		return nil, &jsonl.RowError{File: row.File, Line: row.Line, Err: err}
	}
	maps.DeleteFunc(columns, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	return columns, nil
}

// columnReader reads columns of one row and keeps the first error.
type columnReader struct {
	row     jsonl.Row
	columns map[string]json.RawMessage
	err     error
}

func (c *columnReader) fail(field string, err error) {
	if c.err == nil {
		c.err = &jsonl.RowError{File: c.row.File, Line: c.row.Line, Field: field, Err: err}
	}
}

// value returns the first of the columns that is there.
func (c *columnReader) value(names []string) (string, json.RawMessage) {
	for _, name := range names {
		if v := c.columns[name]; v != nil {
			return name, v
		}
	}
	return "", nil
}

func (c *columnReader) required(names []string) string {
	name, v := c.value(names)
	if v == nil {
		c.fail(strings.Join(names, " or "), errors.New("missing; a row has to have it"))
		return ""
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		c.fail(name, fmt.Errorf("not a text: %.40s", v))
	}
	return s
}

// optional returns a text, or a number as it is written, or a list of texts with commas between them.
func (c *columnReader) optional(names []string) string {
	name, v := c.value(names)
	if v == nil {
		return ""
	}
	switch v[0] {
	case '[':
		return strings.Join(c.list([]string{name}), ", ")
	case '"':
		return c.required([]string{name})
	case '{', 't', 'f':
		c.fail(name, fmt.Errorf("not a text: %.40s", v))
		return ""
	}
	return string(v)
}

func (c *columnReader) list(names []string) []string {
	name, v := c.value(names)
	if v == nil {
		return nil
	}
	var list []string
	if err := json.Unmarshal(v, &list); err != nil {
		c.fail(name, fmt.Errorf("not a list of texts: %.40s", v))
	}
	return list
}
