package export_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/export"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// problems are scored ones, with all that a problem can have among them.
func problems() []acecoder.Problem {
	return []acecoder.Problem{
		{
			ID: "double", Source: "evol", Origin: "row 7", License: "Apache-2.0", Question: "Write double(x): twice x, for x < 10 & > \"é\".",
			EntryPoint: "double", Prelude: "import math", Setup: "y = 1",
			Tests:        []string{"assert double(2) == 4", "assert double(0) == 0", "assert double(y) == 2"},
			TestsShown:   []string{"assert double(2) == 4"},
			TestsDropped: []acecoder.DroppedTest{{Test: "assert double(2) == 5", Status: acecoder.Fail}},
			Programs: []acecoder.Program{
				{ID: "a", Model: "m7", Program: "def double(x):\n    return x + x", Passed: new(3)},
				{ID: "b", Program: "def double(x):\n    return 4", Passed: new(1)},
				{ID: "c", Model: "m7", Program: ""},
			},
		},
		{
			ID: "quadruple", Source: "oss", License: "MIT", Question: "Write quadruple(x).", Tests: []string{"assert quadruple(1) == 4"},
			Programs: []acecoder.Program{{ID: "a", Model: "m7", Program: "def quadruple(x): return 4 * x", PassRate: new(1.0)}},
		},
		{ID: "alone", Question: "Write alone().", Tests: []string{"assert alone()"}},
	}
}

// pairs are pairs of them.
func pairs() []acecoder.Pair {
	var out []acecoder.Pair
	for _, p := range problems()[:2] {
		for i := range 2 {
			out = append(out, acecoder.Pair{
				ID: fmt.Sprintf("%s-%d", p.ID, i), ProblemID: p.ID, Source: p.Source, Question: p.Question, Tests: p.Tests,
				Chosen: "def good(): pass", Rejected: fmt.Sprintf("def bad(): return %d", i), ChosenScore: 1, RejectedScore: 0.25 * float64(i+1),
				Margin: 1 - 0.25*float64(i+1),
			})
		}
	}
	return out
}

// from is where a pair's problem comes from.
func from(problem string) export.Origin {
	for _, p := range problems() {
		if p.ID == problem {
			return export.Origin{License: p.License, Origin: p.Origin}
		}
	}
	return export.Origin{}
}

// write exports the records above and returns the folder.
func write(t *testing.T, o export.Options) (string, export.Summary) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set")
	return path, writeTo(t, path, o)
}

func writeTo(t *testing.T, path string, o export.Options) export.Summary {
	t.Helper()
	if o.Name == "" {
		o.Name = "My set"
	}
	s, err := export.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer giveUp(s)
	put(t, s, o.Format)
	summary, err := s.Close()
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func put(t *testing.T, s *export.Set, f export.Format) {
	t.Helper()
	if f.OfPairs() {
		for _, p := range pairs() {
			if err := s.Pair(p, from(p.ProblemID)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for _, p := range problems() {
		if drop, err := s.Problem(p); err != nil || drop != nil {
			t.Fatalf("Problem(%s) = %v, %v", p.ID, drop, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// giveUp ends a set that a test has no more use for; after Close it does nothing.
func giveUp(s *export.Set) { _ = s.Abort() }

// rows reads a file of rows, each as JSON.
func rows(t *testing.T, path string) []string {
	t.Helper()
	r, err := jsonl.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []string
	for row, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(row.Raw))
	}
	return out
}

// list lists a folder's files.
func list(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	if err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, _ := filepath.Rel(root, name)
		names = append(names, filepath.ToSlash(relative))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// Every format, as it is: the schema, what the footer says of it, the rows, the card and the other files.
func TestFormats(t *testing.T) {
	for _, f := range export.Formats() {
		t.Run(string(f), func(t *testing.T) {
			o := export.Options{Format: f, Drops: []export.DropCount{{Stage: "filter", Reason: acecoder.DropFewTests, Count: 1234}}}
			path, _ := write(t, o)
			var b strings.Builder
			for _, name := range list(t, path) {
				fmt.Fprintf(&b, "=== %s\n", name)
				switch {
				case strings.HasSuffix(name, ".parquet"):
					describe(t, &b, filepath.Join(path, name))
					fallthrough
				case strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".gz"):
					b.WriteString(strings.Join(rows(t, filepath.Join(path, name)), "\n") + "\n")
				default:
					text, err := os.ReadFile(filepath.Join(path, name))
					if err != nil {
						t.Fatal(err)
					}
					b.Write(text)
				}
			}
			// What a library packs may change with the library.
			packed := regexp.MustCompile(`("sha256": "|"size": |download_size: )[0-9a-f]+`)
			golden(t, string(f)+".golden", packed.ReplaceAllString(b.String(), "${1}x"))
		})
	}
}

// describe writes a file's schema and metadata.
func describe(t *testing.T, b *strings.Builder, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	features, _ := p.Lookup("huggingface")
	fmt.Fprintf(b, "%s\n%s\n", p.Schema(), features)
}

// The schema of AceCode-87K, written out a second time.
func TestAceCodeSchema(t *testing.T) {
	path, _ := write(t, export.Options{Format: export.AceCode})
	var b strings.Builder
	describe(t, &b, filepath.Join(path, "data/train-00000-of-00001.parquet"))
	for _, want := range []string{
		"optional binary id (STRING);", "optional binary source (STRING);", "optional binary question (STRING);",
		"optional group test_cases (LIST) {\n\t\trepeated group list {\n\t\t\toptional binary element (STRING);",
		"optional group inferences (LIST) {\n\t\trepeated group list {\n\t\t\toptional group element {\n" +
			"\t\t\t\toptional binary model_name (STRING);\n\t\t\t\toptional int64 completion_id (INT(64,true));\n" +
			"\t\t\t\toptional binary completion (STRING);\n\t\t\t\toptional double pass_rate;",
		"optional group context_messages (LIST) {\n\t\trepeated group list {\n\t\t\toptional group element {\n" +
			"\t\t\t\toptional binary content (STRING);\n\t\t\t\toptional binary role (STRING);",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the schema is\n%s\nwant in it\n%s", b.String(), want)
		}
	}
}

func TestDenominator(t *testing.T) {
	for denominator, want := range map[stats.Denominator]string{stats.Kept: `"pass_rate":1}`, stats.All: `"pass_rate":0.75}`} {
		path, _ := write(t, export.Options{Format: export.AceCode, Denominator: denominator})
		if got := rows(t, filepath.Join(path, "data/train-00000-of-00001.parquet"))[0]; !strings.Contains(got, want) {
			t.Errorf("denominator %s: the row is %s, want in it %s", denominator, got, want)
		}
	}
}

// Tests that prompts show earn nothing, wherever rewards are computed from the row.
func TestShownTestsEarnNoReward(t *testing.T) {
	const shown, kept = "assert double(2) == 4", "assert double(0) == 0"
	for _, f := range []export.Format{export.TRLGRPO, export.OpenRLHFRL, export.Verl} {
		path, _ := write(t, export.Options{Format: f})
		name := "data/train-00000-of-00001.parquet"
		if f == export.Verl {
			name = "train.parquet"
		}
		row := rows(t, filepath.Join(path, name))[0]
		if strings.Count(row, shown) != 1 || strings.Count(row, kept) != 1 {
			t.Errorf("%s: the row is %s, want the shown test once, apart, and the other once", f, row)
		}
		reward := row[:strings.Index(row, "tests_shown")]
		if strings.Contains(reward, shown) {
			t.Errorf("%s: the shown test stands before the column of shown tests: %s", f, row)
		}
	}
}

func TestAllTestsShown(t *testing.T) {
	p := problems()[1]
	p.TestsShown = p.Tests
	for f, dropped := range map[export.Format]bool{export.TRLGRPO: true, export.OpenRLHFRL: true, export.Verl: true, export.AceCode: false} {
		s, err := export.Create(filepath.Join(t.TempDir(), "set"), export.Options{Format: f, Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		drop, err := s.Problem(p)
		if err != nil || (drop != nil) != dropped {
			t.Errorf("%s: Problem = %v, %v, want a drop: %v", f, drop, err, dropped)
		}
		if dropped && (drop.Reason != acecoder.DropNoTests || drop.Stage != export.Stage || drop.Detail != "prompts show all of its 1 tests") {
			t.Errorf("%s: dropped as %+v, want no_tests", f, *drop)
		}
		if err := s.Abort(); err != nil {
			t.Error(err)
		}
	}
}

func TestRecordsThatCannotBeRows(t *testing.T) {
	tests := []struct {
		name   string
		change func(*acecoder.Problem, *acecoder.Pair)
		want   string
	}{
		{"no question", func(p *acecoder.Problem, q *acecoder.Pair) { p.Question, q.Question = "", "" }, "question: empty"},
		{"a pair of no problem", func(_ *acecoder.Problem, q *acecoder.Pair) { q.ProblemID = "" }, "problem_id: empty"},
		{"a pair without tests", func(_ *acecoder.Problem, q *acecoder.Pair) { q.Tests = nil }, "tests: none"},
		{"a pair of one program", func(_ *acecoder.Problem, q *acecoder.Pair) { q.Rejected = q.Chosen }, "the same text"},
		{"verdicts that contradict the tests", func(p *acecoder.Problem, _ *acecoder.Pair) {
			p.Programs[0].Verdicts = []acecoder.Status{acecoder.Pass}
		}, "verdicts: 1 words for 3 tests"},
	}
	for _, tt := range tests {
		found := false
		for _, f := range export.Formats() {
			s, err := export.Create(filepath.Join(t.TempDir(), "set"), export.Options{Format: f, Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			problem, pair := problems()[0], pairs()[0]
			tt.change(&problem, &pair)
			if f.OfPairs() {
				err = s.Pair(pair, export.Origin{})
			} else {
				_, err = s.Problem(problem)
			}
			if err != nil {
				found = true
				var bad *export.RecordError
				if !asRecordError(err, &bad) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s, %s: %v, want a RecordError with %q", tt.name, f, err, tt.want)
				}
			}
			// The rows after it can be written.
			put(t, s, f)
			if summary, err := s.Close(); err != nil || len(summary.Splits) != 1 {
				t.Errorf("%s, %s: Close = %+v, %v", tt.name, f, summary, err)
			}
		}
		if !found {
			t.Errorf("%s: no format minds", tt.name)
		}
	}
}

func asRecordError(err error, into **export.RecordError) bool {
	e, ok := err.(*export.RecordError) //nolint:errorlint // it is returned as it is
	*into = e
	return ok
}

func TestRecordsOfTheOtherKind(t *testing.T) {
	for _, f := range export.Formats() {
		s, err := export.Create(filepath.Join(t.TempDir(), "set"), export.Options{Format: f, Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if f.OfPairs() {
			_, err = s.Problem(problems()[0])
		} else {
			err = s.Pair(pairs()[0], export.Origin{})
		}
		if err == nil || !strings.Contains(err.Error(), "is made of") {
			t.Errorf("%s took a record of the other kind: %v", f, err)
		}
		giveUp(s)
	}
}

func TestBadOptions(t *testing.T) {
	good := export.Options{Format: export.AceCode, Name: "x"}
	tests := []struct {
		name   string
		change func(*export.Options)
		want   string
	}{
		{"no format", func(o *export.Options) { o.Format = "" }, `"" is no format; the formats: acecode, llama-factory,`},
		{"no name", func(o *export.Options) { o.Name = "" }, "no name"},
		{"a name of two lines", func(o *export.Options) { o.Name = "a\nb" }, "several lines"},
		{"everything held out", func(o *export.Options) { o.HeldOut = 1 }, "a share of 1 cannot be held out"},
		{"less than nothing held out", func(o *export.Options) { o.HeldOut = -0.1 }, "cannot be held out"},
		{"a denominator that is none", func(o *export.Options) { o.Denominator = "some" }, `"some" is neither kept nor all`},
	}
	for _, tt := range tests {
		o := good
		tt.change(&o)
		path := filepath.Join(t.TempDir(), "set")
		if _, err := export.Create(path, o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Create: %v, want an error with %q", tt.name, err, tt.want)
		}
		if left := list(t, filepath.Dir(path)); len(left) > 0 {
			t.Errorf("%s: left %v", tt.name, left)
		}
	}
}

// The label and the ground truth are JSON within text; what they say is what was exported.
func TestJSONWithinText(t *testing.T) {
	path, _ := write(t, export.Options{Format: export.OpenRLHFRL})
	var row struct{ Label string }
	if err := json.Unmarshal([]byte(rows(t, filepath.Join(path, "data/train-00000-of-00001.parquet"))[0]), &row); err != nil {
		t.Fatal(err)
	}
	var label map[string]any
	if err := json.Unmarshal([]byte(row.Label), &label); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%v %v %v", label["tests"], label["prelude"], label["id"]), "[assert double(0) == 0 assert double(y) == 2] import math double"; got != want {
		t.Errorf("the label has %s, want %s", got, want)
	}
	path, _ = write(t, export.Options{Format: export.Verl})
	var truth struct {
		Model struct {
			Truth string `json:"ground_truth"`
		} `json:"reward_model"`
	}
	if err := json.Unmarshal([]byte(rows(t, filepath.Join(path, "train.parquet"))[0]), &truth); err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Asserts []string `json:"assert_case"`
	}
	if err := json.Unmarshal([]byte(truth.Model.Truth), &cases); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(cases.Asserts, "|"), "y = 1\nassert double(0) == 0|y = 1\nassert double(y) == 2"; got != want {
		t.Errorf("the asserts are %q, want %q", got, want)
	}
}
