package jsonl

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
)

// sample has a field of every kind that records may have.
type sample struct {
	ID       string          `json:"id"`
	Whole    int             `json:"whole"`
	Small    int8            `json:"small"`
	Count    uint            `json:"count"`
	Real     *float64        `json:"real,omitempty"`
	Flag     bool            `json:"flag"`
	Data     []byte          `json:"data"`
	Any      any             `json:"any"`
	Raw      json.RawMessage `json:"raw"`
	Number   json.Number     `json:"number"`
	Quoted   int             `json:"quoted,string"`
	When     time.Time       `json:"when"`
	Map      map[string]int  `json:"map"`
	Pointers []*string       `json:"pointers"`
	Pair     [2]int          `json:"pair"`
	Inner    []struct {
		Name string `json:"name"`
	} `json:"inner"`
}

func TestDecodeFaults(t *testing.T) {
	tests := []struct {
		name, row, want string
	}{
		{"a number for a string", `{"id":1.50}`, "f:3: id: want a string, got a number (1.50)"},
		{"a string for a number", `{"whole":"7"}`, `f:3: whole: want a number, got a string ("7")`},
		{"a boolean for a string", `{"inner":[{},{"name":true}]}`, "f:3: inner[1].name: want a string, got a boolean (true)"},
		{"an object for an array", `{"inner":{}}`, "f:3: inner: want an array, got an object"},
		{"a string for an object", `{"inner":["x"]}`, `f:3: inner[0]: want an object, got a string ("x")`},
		{"null in a list", `{"inner":[{},null]}`, "f:3: inner[1]: want an object, got null"},
		{"a fraction for an int", `{"whole":1.5}`, "f:3: whole: want a whole number, got 1.5"},
		{"an exponent for an int", `{"whole":1e3}`, "f:3: whole: want a whole number, got 1e3"},
		{"too large", `{"small":300}`, "f:3: small: number 300 does not fit a int8"},
		{"negative", `{"count":-1}`, "f:3: count: number -1 does not fit a uint"},
		{"too large for a float", `{"real":1e999}`, "f:3: real: number 1e999 does not fit a float64"},
		{"a map's value", `{"map":{"k":"v"}}`, `f:3: map.k: want a number, got a string ("v")`},
		{"other letter case", `{"ID":"x"}`, "f:3: ID: the field is written id; rename it"},
		{"other letter case, inside", `{"inner":[{"Name":"x"}]}`, "f:3: inner[0].Name: the field is written name; rename it"},
		{"missing", `{"whole":1,"flag":true}`, "f:3: id: missing, but it is required (there: whole, flag)"},
		{"missing from nothing", `{}`, "f:3: id: missing, but it is required (there: no fields)"},
		{"null where required", `{"id":null}`, "f:3: id: null, but it is required"},
		{"missing inside", `{"id":"","inner":[{"name":""},{}]}`, "f:3: inner[1].name: missing, but it is required (there: no fields)"},
		{"a type that decodes itself", `{"id":"x","when":"yesterday"}`, "f:3: parsing time"},
		{"a row that was not checked", `{"id":"\ud800"}`, `f:3: id: lone surrogate`},
		{"a row that is no JSON", `{`, `f:3: broken JSON`},
	}
	for _, test := range tests {
		required := []string{"id", "inner[].name"}
		if !strings.Contains(test.want, "required") {
			required = nil
		}
		got, err := Decode[sample](Row{File: "f", Line: 3, Raw: json.RawMessage(test.row)}, required...)
		if _, ok := errors.AsType[*RowError](err); !ok || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
		if !reflect.DeepEqual(got, sample{}) {
			t.Errorf("%s: got a record beside the error: %+v", test.name, got)
		}
	}
}

func TestDecode(t *testing.T) {
	const row = ` {"id":"a","whole":-7,"small":1,"count":2,"real":2,"flag":true,"data":"eA==","any":[1,"x"],"raw":{"k":[]},
		"number":1.0,"quoted":"5","when":"2024-01-02T03:04:05Z","map":{"k":1},"pointers":[null,"p"],"pair":[1,2],
		"inner":[{"name":"n","more":1}],"unknown":{"id":7},"Real thing":null} `
	var want sample
	if err := json.Unmarshal([]byte(row), &want); err != nil {
		t.Fatal(err)
	}
	got, err := Decode[sample](Row{Raw: json.RawMessage(row)}, "id", "inner", "inner[].name", "raw.k")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got, err := Decode[sample](Row{Raw: json.RawMessage(`{"id":null,"inner":null,"real":null}`)}); err != nil || got.ID != "" {
		t.Errorf("nulls: got %+v, %v", got, err)
	}
	if got, err := Decode[map[string]any](Row{Raw: json.RawMessage(`{"id":1}`)}, "id"); err != nil || len(got) != 1 {
		t.Errorf("a map: got %+v, %v", got, err)
	}
}

func TestDecodeProblem(t *testing.T) {
	const row = `{"id":"p","tests":["assert f(1) == 1"],"programs":[{"id":"a","program":"x","mine":1},{"id":"b","program":%s}],"note":"kept"}`
	good, err := Decode[acecoder.Problem](Row{Raw: json.RawMessage(strings.Replace(row, "%s", `"y"`, 1))}, "id", "tests", "programs[].program")
	if err != nil || string(good.Extra["note"]) != `"kept"` || string(good.Programs[0].Extra["mine"]) != "1" {
		t.Errorf("got %+v, %v", good, err)
	}
	_, err = Decode[acecoder.Problem](Row{File: "in.jsonl", Line: 9, Raw: json.RawMessage(strings.Replace(row, "%s", "5", 1))})
	if want := "in.jsonl:9: programs[1].program: want a string, got a number (5)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Decode[acecoder.Problem](Row{File: "in.jsonl", Line: 9, Raw: json.RawMessage(`{"id":"p","tests":"assert 1"}`)})
	if want := `in.jsonl:9: tests: want an array, got a string ("assert 1")`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzDecode: nothing panics, and what Decode takes is what encoding/json makes of it.
func FuzzDecode(f *testing.F) {
	f.Add(`{"id":"a","inner":[{"name":"x"}],"map":{"k":1}}`)
	f.Add(`{"id":1}`)
	f.Add(`{"pair":[1,2,3],"data":"!","quoted":"x"}`)
	f.Fuzz(func(t *testing.T, row string) {
		got, err := Decode[sample](Row{Raw: json.RawMessage(row)}, "inner[].name")
		var want sample
		plain := json.Unmarshal([]byte(row), &want)
		if err == nil && (plain != nil || !reflect.DeepEqual(got, want)) {
			t.Fatalf("%q: got %+v, want %+v, %v", row, got, want, plain)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	row := Row{Raw: json.RawMessage(strings.SplitN(benchmarkRows(1), "\n", 2)[0]), checked: true}
	b.SetBytes(int64(len(row.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode[acecoder.Problem](row, "id", "tests"); err != nil {
			b.Fatal(err)
		}
	}
}
