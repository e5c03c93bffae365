package jsonl

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/acecoder/acecoder"
)

var update = flag.Bool("update", false, "write the golden files anew")

// throughParquet writes rows as Parquet and reads them back.
func throughParquet(t testing.TB, rows ...any) []Row {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.parquet")
	w := create0(t, path)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return readParquet(t, path)
}

func readParquet(t testing.TB, path string) []Row {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []Row
	for row, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	return out
}

// roundTrip checks that records come back equal.
func roundTrip[T any](t *testing.T, records ...T) {
	t.Helper()
	var rows []any
	for _, r := range records {
		rows = append(rows, r)
	}
	got := throughParquet(t, rows...)
	if len(got) != len(records) {
		t.Fatalf("rows: got %d, want %d", len(got), len(records))
	}
	for i, row := range got {
		back, err := Decode[T](row)
		if err != nil {
			t.Errorf("row %d: %v", i+1, err)
		} else if !reflect.DeepEqual(back, records[i]) {
			t.Errorf("row %d: got %+v, want %+v", i+1, back, records[i])
		}
		if row.Line != i+1 {
			t.Errorf("row %d: its line is %d", i+1, row.Line)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestParquetProblems(t *testing.T) {
	roundTrip(t,
		acecoder.Problem{ID: "a", Tests: []string{}},
		acecoder.Problem{
			ID: "b", Source: "evol", Question: "q\x00é\"\\\n", EntryPoint: "f", Prelude: "import math", Setup: "x = 1",
			Tests:        []string{"assert f(1) == 1", "", "assert f(2) == '\t'"},
			TestsDropped: []acecoder.DroppedTest{{Test: "assert 0", Status: acecoder.Fail}},
			Limits:       &acecoder.Limits{BodyMS: 1.25, TestMS: 50},
			Oracles:      []acecoder.Program{{ID: "o", Program: "def f(x): return x"}},
			Programs: []acecoder.Program{
				{ID: "p", Model: "m", Program: "pass", PassRate: ptr(0.0), PassRateAll: ptr(1.0), Passed: ptr(0), Status: acecoder.Fail},
				{
					ID: "q", Program: "", PassRate: ptr(0.625), CheatSuspected: true, Verdicts: []acecoder.Status{"pass", "fail"},
					Extra: map[string]json.RawMessage{"note": json.RawMessage(`"x"`)},
				},
				{ID: "r", Program: "x", Verdicts: []acecoder.Status{"crash"}},
			},
			Extra: map[string]json.RawMessage{"row": json.RawMessage(`7`), "tags": json.RawMessage(`["a","b"]`)},
		},
		acecoder.Problem{ID: "c", Tests: []string{"assert True"}, Limits: &acecoder.Limits{}},
	)
}

func TestParquetOutcomesAndPairs(t *testing.T) {
	roundTrip(t,
		acecoder.Outcome{
			ID: "a", Status: acecoder.Pass, Passed: 1, Total: 1, PassRate: 1, Trust: acecoder.TrustValue, CPUMS: 3.75,
			Tests: []acecoder.Verdict{{Status: acecoder.Pass, Trust: acecoder.TrustValue, CPUMS: 0.1}},
		},
		acecoder.Outcome{ID: "b", Status: acecoder.NotRun, Tests: []acecoder.Verdict{}},
		acecoder.Outcome{
			ID: "c", Status: acecoder.Fail, Total: 2, CheatSuspected: true, Message: "m",
			Tests: []acecoder.Verdict{{Status: acecoder.Fail, Message: "want 1", Value: "2"}, {Status: acecoder.Crash}},
		},
	)
	roundTrip(t,
		acecoder.Pair{ID: "1", ProblemID: "a", Question: "q", Tests: []string{"t"}, Chosen: "x", Rejected: "y", ChosenScore: 1, RejectedScore: 0.1, Margin: 0.9},
		acecoder.Pair{ID: "2", ProblemID: "a", Tests: []string{"t", "u"}, Chosen: "x", Rejected: "z", ChosenScore: 0.9, RejectedScore: 0.25, ChosenModel: "m"},
	)
}

// TestParquetFreeForm: rows of any form come back as they were, but for the fields that were null.
func TestParquetFreeForm(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		want []string // empty: as the rows
	}{
		{"kinds", []string{`{"s":"x","i":1,"f":0.5,"b":true,"l":[1,2],"o":{"x":1}}`, `{}`, `{"s":"","i":-1,"f":-0.25,"b":false,"l":[],"o":{}}`}, nil},
		{"fields keep the order of the rows", []string{`{"z":1,"a":2}`, `{"z":1,"m":3,"a":2,"q":4}`, `{"b":0,"z":1}`}, nil},
		{"whole and real numbers", []string{`{"x":1}`, `{"x":0.5}`}, nil},
		{"all whole", []string{`{"x":1}`, `{"x":9007199254740993}`, `{"x":-9223372036854775808}`}, nil},
		{"whole beyond int64", []string{`{"x":18446744073709551616}`, `{"x":1}`}, nil},
		{"large and real", []string{`{"x":9007199254740993}`, `{"x":0.5}`}, nil},
		{"beyond float64", []string{`{"x":1e999}`, `{"x":1}`}, nil},
		{"minus nought", []string{`{"x":-0}`}, []string{`{"x":-0}`}},
		{"several kinds", []string{`{"x":1}`, `{"x":"a"}`, `{"x":{"y":[1]}}`, `{"x":null}`, `{}`}, nil},
		{"several kinds in a list", []string{`{"x":[1,"a",null,[2]]}`}, nil},
		{"null is a field that is not there", []string{`{"x":null,"y":1}`, `{"x":"a"}`}, []string{`{"y":1}`, `{"x":"a"}`}},
		{"only null", []string{`{"x":null}`}, []string{`{}`}},
		{"null in lists", []string{`{"x":["a",null,""]}`, `{"x":[null]}`, `{"x":[]}`, `{}`}, nil},
		{"empty lists and objects", []string{`{"x":[],"y":{}}`, `{"x":[]}`}, nil},
		{"lists of lists", []string{`{"x":[[1,2],[],[3]]}`, `{"x":[]}`, `{"x":[[]]}`, `{"x":[null,[4,null]]}`}, nil},
		{"lists of objects of lists", []string{`{"x":[{"y":["a"],"z":{"w":[{"v":1}]}},{},{"y":[]}]}`, `{"x":[{"z":{"w":[{},{"v":2}]}}]}`}, nil},
		{"text", []string{`{"x":"\u0000 \n \" \\ é 😀 \u2028"}`}, nil},
		{"names", []string{`{"a.b":1,"a,b":{"c d":2},"é":3,"list":[{"element":1}]}`}, nil},
		{"an empty inner name", []string{`{"x":{"":1}}`}, nil},
		{"deep", []string{`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`}, nil},
		{"no rows", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var rows []any
			for _, r := range test.rows {
				rows = append(rows, json.RawMessage(r))
			}
			want := test.want
			if want == nil {
				want = test.rows
			}
			got := throughParquet(t, rows...)
			if len(got) != len(want) {
				t.Fatalf("rows: got %d, want %d", len(got), len(want))
			}
			for i := range got {
				if !sameJSON(t, got[i].Raw, []byte(want[i])) {
					t.Errorf("row %d: got %s, want %s", i+1, got[i].Raw, want[i])
				}
			}
		})
	}
}

// sameJSON compares values, numbers by their digits.
func sameJSON(t testing.TB, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for i, data := range [][]byte{a, b} {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		if err := dec.Decode(&values[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

func TestParquetTooWide(t *testing.T) {
	wide := map[string]int{}
	for i := range maxColumns + 1 {
		wide[fmt.Sprint("f", i)] = i
	}
	path := filepath.Join(t.TempDir(), "f.parquet")
	w := create0(t, path)
	if err := w.Write(wide); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "do not fit Parquet") {
		t.Errorf("got %v, want an error", err)
	}
	if got := names(t, filepath.Dir(path)); got != "f.parquet.partial" {
		t.Errorf("left: %s, want the rows", got)
	}
	inner := throughParquet(t, map[string]any{"x": wide, "id": "a"})
	if want, _ := json.Marshal(map[string]any{"x": wide, "id": "a"}); !sameJSON(t, inner[0].Raw, want) {
		t.Error("a wide inner object has changed")
	}
}

// TestParquetRandomRows: any rows come back, whatever their form.
func TestParquetRandomRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		var rows []any
		for range 1 + rng.IntN(20) {
			rows = append(rows, randomObject(rng, 4))
		}
		got := throughParquet(t, rows...)
		for i := range rows {
			want, err := json.Marshal(rows[i])
			if err != nil {
				t.Fatal(err)
			}
			if !sameJSON(t, got[i].Raw, want) {
				t.Fatalf("got %s, want %s", got[i].Raw, want)
			}
		}
	}
}

func randomObject(rng *rand.Rand, depth int) map[string]any {
	m := map[string]any{}
	for range rng.IntN(4) {
		m[string(rune('a'+rng.IntN(5)))] = randomValue(rng, depth)
	}
	return m
}

func randomValue(rng *rand.Rand, depth int) any {
	most := 6
	if depth == 0 {
		most = 4
	}
	switch rng.IntN(most) {
	case 0:
		return fmt.Sprint("text ", rng.IntN(10))
	case 1:
		return rng.IntN(100)
	case 2:
		return rng.IntN(2) == 0
	case 3:
		return rng.Float64() - 0.5
	case 4:
		list := []any{}
		for range rng.IntN(4) {
			list = append(list, randomValue(rng, depth-1))
		}
		return list
	}
	return randomObject(rng, depth-1)
}

// TestParquetOfOthers reads files that pyarrow wrote; testdata/make_parquet.py says what is in them.
func TestParquetOfOthers(t *testing.T) {
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		r, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		got := []byte(strings.Join(drain(r), "\n") + "\n")
		_ = r.Close()
		golden := strings.TrimSuffix(file, ".parquet") + ".golden"
		if *update {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want := content(t, golden); !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%swant\n%s", file, got, want)
		}
	}
}

// TestParquetOldLists: the names inside of a list do not matter, and old writers left a level out.
func TestParquetOldLists(t *testing.T) {
	leaf := parquet.Optional(parquet.Leaf(parquet.Int64Type))
	list := func(middle string, of parquet.Node) parquet.Node {
		return parquet.Optional(listOf{parquet.Group{middle: of}})
	}
	three := func(v ...parquet.Value) []parquet.Row { return []parquet.Row{v} }
	value := func(n int64, repetition, definition int) parquet.Value {
		return parquet.Int64Value(n).Level(repetition, definition, 0)
	}
	tests := []struct {
		name string
		node parquet.Node
		rows []parquet.Row
		want string
	}{
		{"list.item", list("list", parquet.Repeated(parquet.Group{"item": leaf})), three(value(1, 0, 3), value(2, 1, 3)), `1:{"x":[1,2]}`},
		{"bag.array_element", list("bag", parquet.Repeated(parquet.Group{"array_element": leaf})), three(value(1, 0, 3), value(2, 1, 3)), `1:{"x":[1,2]}`},
		{"list.array", list("list", parquet.Repeated(parquet.Group{"array": leaf})), three(value(1, 0, 3)), `1:{"x":[1]}`},
		{"two levels", list("array", parquet.Repeated(parquet.Leaf(parquet.Int64Type))), three(value(1, 0, 2), value(2, 1, 2)), `1:{"x":[1,2]}`},
		{"a struct of one field called array", list("array", parquet.Repeated(parquet.Group{"y": leaf})), three(value(1, 0, 3), value(2, 1, 3)), `1:{"x":[{"y":1},{"y":2}]}`},
		{"a struct of one field called x_tuple", list("x_tuple", parquet.Repeated(parquet.Group{"y": leaf})), three(value(1, 0, 3)), `1:{"x":[{"y":1}]}`},
		{"repeated without a list", parquet.Repeated(parquet.Leaf(parquet.Int64Type)), three(value(1, 0, 1), value(2, 1, 1)), `1:{"x":[1,2]}`},
		{"repeated and empty", parquet.Repeated(parquet.Leaf(parquet.Int64Type)), three(parquet.Value{}.Level(0, 0, 0)), `1:{"x":[]}`},
	}
	for _, test := range tests {
		var buf bytes.Buffer
		w := parquet.NewWriter(&buf, parquet.NewSchema("row", parquet.Group{"x": test.node}))
		if _, err := w.WriteRows(test.rows); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if err := w.Close(); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		equalLines(t, test.name, drain(newReader(t, "f", buf.String(), Options{})), []string{test.want})
	}
}

// listOf is a list without a say in what is in it.
type listOf struct{ parquet.Group }

func (listOf) Type() parquet.Type { return parquet.List(parquet.String()).Type() }

// TestParquetDamaged: a damaged file is an error, never a panic.
func TestParquetDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.parquet")
	writeFile(t, path, records(200))
	whole := content(t, path)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		data := bytes.Clone(whole)
		for range 1 + rng.IntN(4) {
			data[rng.IntN(len(data))] ^= byte(1 + rng.IntN(255))
		}
		if rng.IntN(4) == 0 {
			data = data[:rng.IntN(len(data))]
		}
		drain(newReader(t, "f.parquet", string(data), Options{}))
	}
}

// TestParquetMemory: large rows in many row groups are written and read a group and a page at a time.
func TestParquetMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.parquet")
	w := create0(t, path)
	big := make([]byte, 50_000)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 1600 {
		for j := range big {
			big[j] = 'a' + byte(rng.UintN(16)) // hard to compress, as programs are not
		}
		if err := w.Write(record{ID: fmt.Sprint(i), Text: string(big)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := content(t, path)
	if footer := binary.LittleEndian.Uint32(data[len(data)-8:]); footer > 100_000 {
		t.Errorf("footer: got %d bytes, want few: the texts must not be in it", footer)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, most := 0, uint64(0)
	for row, err := range r.All(t.Context()) {
		if err != nil || row.Line != n+1 {
			t.Fatalf("row %d: %v", n, err)
		}
		if n++; n%200 == 0 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
		}
	}
	if n != 1600 || most > 80<<20 {
		t.Errorf("got %d rows with %d MiB alive, want 1600 with at most 80", n, most>>20)
	}
}

func BenchmarkParquetWrite(b *testing.B) {
	path := filepath.Join(b.TempDir(), "rows.jsonl")
	data := benchmarkRows(5000)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := writeParquet(new(bytes.Buffer), path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParquetRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "rows.jsonl")
	data := benchmarkRows(5000)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeParquet(&out, path); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		for _, err := range newReader(b, "f", out.String(), Options{}).All(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
