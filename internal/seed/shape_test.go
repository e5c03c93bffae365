package seed_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/seed"
)

func TestReader(t *testing.T) {
	tests := []struct {
		name, text string
		shape      seed.Shape
		want       seed.Row // Place apart
	}{
		{
			"OSS-Instruct", `{"lang":"python","instruction":"Do.","response":"text"}`, seed.OSSInstruct,
			seed.Row{Source: "oss", Instruction: "Do.", Text: "text", Answer: true, Lang: "python"},
		},
		{
			"OSS-Instruct, raw", `{"lang":"python","raw_index":7,"problem":"Do.","solution":"text","seed":"x"}`, seed.OSSInstruct,
			seed.Row{Source: "oss", Instruction: "Do.", Text: "text", Answer: true, Lang: "python", ID: "7"},
		},
		{"Evol-Instruct", `{"instruction":"Do.","output":"text"}`, seed.EvolInstruct, seed.Row{Source: "evol", Instruction: "Do.", Text: "text", Answer: true}},
		{"Evol-Instruct, responses", `{"instruction":"Do.","response":"text"}`, seed.EvolInstruct, seed.Row{Source: "evol", Instruction: "Do.", Text: "text", Answer: true}},
		{
			"Alpaca", `{"instruction":"Do.","input":"1, 2","output":"text"}`, seed.Alpaca,
			seed.Row{Source: "alpaca", Instruction: "Do.\n1, 2", Text: "text", Answer: true},
		},
		{"Alpaca without input", `{"instruction":"Do.","input":"","output":"text"}`, seed.Alpaca, seed.Row{Source: "alpaca", Instruction: "Do.", Text: "text", Answer: true}},
		{"the stack", `{"content":"code"}`, seed.StackFunctions, seed.Row{Source: "stack", Text: "code"}},
		{
			"the stack, with its columns",
			`{"content":"code","id":5,"lang":"Python","max_stars_repo_name":"a/b","max_stars_repo_path":"c.py","max_stars_repo_licenses":["MIT","ISC"]}`,
			seed.StackFunctions,
			seed.Row{Source: "stack", Text: "code", ID: "5", Lang: "Python", Origin: "a/b/c.py", License: "MIT, ISC"},
		},
		{
			"functions", `{"source":"def f(): pass","docstring":"d","imports":["import a","import b"],"repo":"a/b","path":"c.py","license":"MIT","name":"f"}`,
			seed.Functions,
			seed.Row{Source: "functions", Text: "import a\nimport b\n\n\ndef f(): pass", Origin: "a/b/c.py", License: "MIT"},
		},
		{"functions without imports", `{"source":"def f(): pass","docstring":"d","imports":[]}`, seed.Functions, seed.Row{Source: "functions", Text: "def f(): pass"}},
		{
			"our own", `{"id":"evol_1","source":"evol","instruction":"Do.","program":"code","origin":"x:1","license":"MIT","missing":["K"]}`, seed.Seeds,
			seed.Row{
				Source: "evol", Instruction: "Do.", Text: "code", ID: "evol_1", Origin: "x:1", License: "MIT",
				Extra: map[string]json.RawMessage{"missing": json.RawMessage(`["K"]`)},
			},
		},
		{"our own without a source", `{"id":"1","program":"code"}`, seed.Seeds, seed.Row{Source: "some", Text: "code", ID: "1"}},
		{"null is as good as absent", `{"instruction":"Do.","input":null,"output":"text","license":null}`, seed.EvolInstruct, seed.Row{Source: "evol", Instruction: "Do.", Text: "text", Answer: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := row(t, "/folder/some.jsonl.gz", tt.text)
			r, err := seed.NewReader(in, "", "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Read(in)
			tt.want.Place = "some.jsonl.gz:1"
			if r.Shape != tt.shape || err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Read as %s = %+v, %v, want as %s %+v", r.Shape, got, err, tt.shape, tt.want)
			}
			named, err := seed.NewReader(in, tt.shape, "mine")
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := named.Read(in); got.Source != "mine" {
				t.Errorf("with --source mine the source is %q", got.Source)
			}
		})
	}
}

func TestReaderErrors(t *testing.T) {
	tests := []struct {
		name, text string
		shape      seed.Shape
		want       string
	}{
		{"no shape", `{"prompt":"a","code":"b"}`, "", "rows.jsonl:1: its columns are code, prompt; the shapes known have acecode (question, test_cases, inferences), "},
		{"not this shape", `{"prompt":"a"}`, seed.Alpaca, "its columns are prompt; the shapes known have alpaca (instruction, input, output); name the columns with --map"},
		{"a word that is no shape", `{}`, "csv", `shape "csv" is none of [oss-instruct `},
	}
	for _, tt := range tests {
		_, err := seed.NewReader(row(t, "rows.jsonl", tt.text), tt.shape, "")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: NewReader = %v, want %q", tt.name, err, tt.want)
		}
	}
	reader, err := seed.NewReader(row(t, "rows.jsonl", `{"instruction":"a","output":"b"}`), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"instruction":"a"}`:                                  "rows.jsonl:1: output: missing",
		`{"instruction":"a","output":7}`:                       "rows.jsonl:1: output: not a text: 7",
		`{"instruction":{},"output":"b"}`:                      "rows.jsonl:1: instruction: not a text: {}",
		`{"instruction":"a","output":"b","license":[1]}`:       "rows.jsonl:1: license: not a list of texts: [1]",
		`{"instruction":"a","output":"b","license":true}`:      "rows.jsonl:1: license: not a text: true",
		`{"instruction":"a","output":"b","repo":{"name":"x"}}`: "rows.jsonl:1: repo: not a text",
	} {
		if _, err := reader.Read(row(t, "rows.jsonl", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%s) = %v, want %q", text, err, want)
		}
	}
}

func TestMapped(t *testing.T) {
	fields, err := seed.ParseMap(map[string]string{"instruction": "prompt", "answer": "reply", "id": "uid", "license": "lic", "lang": "l", "origin": "from"})
	if err != nil {
		t.Fatal(err)
	}
	in := row(t, "my.rows.json", `{"prompt":"p","reply":"r","uid":"u","lic":"MIT","l":"python","from":"f"}`)
	got, err := seed.NewMapped(in.File, fields, "").Read(in)
	want := seed.Row{
		Place: "my.rows.json:1", Source: "my.rows", Instruction: "p", Text: "r", Answer: true, Lang: "python", ID: "u", Origin: "f", License: "MIT",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Read = %+v, %v, want %+v", got, err, want)
	}
	for name, pairs := range map[string]map[string]string{
		"no program":      {"instruction": "a"},
		"two programs":    {"program": "a", "answer": "b"},
		"an unknown key":  {"program": "a", "code": "b"},
		"an empty column": {"program": ""},
	} {
		if f, err := seed.ParseMap(pairs); err == nil {
			t.Errorf("%s: ParseMap(%v) = %+v, want an error", name, pairs, f)
		}
	}
}

// FuzzReader: any row of JSON is recognized and read, or refused with an error that says where.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`{"instruction":"a","output":"b"}`, `{"content":["x"]}`, `{"source":1,"docstring":null}`, `{"id":{},"program":""}`,
		`{"question":"q","test_cases":[],"inferences":[{"completion":"c","completion_id":"x","pass_rate":0.5}]}`,
		`{"instruction":"Please","chosen":"Below","rejected":"assert "}`, `{"lang":["a"],"problem":"p","solution":"s","imports":3}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for in, err := range (jsonl.Options{MaxRow: 1 << 16}).NewReader(strings.NewReader(text), "rows.jsonl").All(t.Context()) {
			if err != nil {
				continue
			}
			for _, shape := range append([]seed.Shape{""}, seed.Shapes()...) {
				r, err := seed.NewReader(in, shape, "")
				if err != nil {
					continue
				}
				var bad error
				switch r.Shape {
				case seed.AceCode:
					_, bad = seed.ReadProblem(in)
				case seed.AceCodePair:
					_, bad = seed.ReadPair(in, "s")
				default:
					var got seed.Row
					if got, bad = r.Read(in); bad == nil && (got.Place == "" || got.Source == "") {
						t.Errorf("Read(%s) = %+v", in.Raw, got)
					}
				}
				if bad != nil && !strings.HasPrefix(bad.Error(), "rows.jsonl:") {
					t.Errorf("%s: an error without its place: %v", in.Raw, bad)
				}
			}
		}
	})
}
