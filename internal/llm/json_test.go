package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
)

// said is what the tests ask for: what synthesis asks for, in small.
type said struct {
	Question string   `json:"question"`
	Tests    []string `json:"tests"`
}

var saidSchema = &llm.Schema{Name: "said", Schema: json.RawMessage(`{"type": "object", "properties": {
	"question": {"type": "string"}, "tests": {"type": "array", "items": {"type": "string"}}},
	"required": ["question", "tests"], "additionalProperties": false}`)}

var listSchema = &llm.Schema{Name: "list", Schema: json.RawMessage(`{"type": "array", "items": {"type": "string"}}`)}

func TestJSON(t *testing.T) {
	const whole = `{"question": "q", "tests": ["a", "b"]}`
	q := said{"q", []string{"a", "b"}}
	tests := []struct {
		name     string
		text     string
		want     said
		repaired bool
	}{
		{"nothing else", whole, q, false},
		{"blanks around", "\n  " + whole + "\n", q, false},
		{"a fence", "```json\n" + whole + "\n```", q, false},
		{"a fence that stays open", "```json\n" + whole, q, false},
		{"prose around", "Here you are:\n" + whole + "\nI hope that {this} helps [1].", q, false},
		{"prose with an apostrophe", "Here's what you're after: " + whole + " that's it", q, false},
		{"the last one", `{"question": "old", "tests": []}` + "\nNo, better:\n" + whole, q, false},
		{"the last one that fits", whole + "\nThat has the form {\"question\": 1}.", q, false},
		{"the last whole one", whole + "\nOnce more:\n" + `{"question": "new", "tests": ["c", "d`, q, false},
		{"within a list", "[" + whole + "]", q, false},
		{"a thought before", "<think>maybe {\"question\": \"x\"} or {a, b}</think>" + whole, q, false},
		{"an open bracket before", "the set {1, 2 and then\n" + whole, q, false},
		{"brackets in a string", `{"question": "f({\"a\": [1]}) and } or ]", "tests": ["{", "["]}`, said{`f({"a": [1]}) and } or ]`, []string{"{", "["}}, false},
		{"escapes", `{"question": "\u00e9\n\"\\ \ud83d\ude00", "tests": ["a", "b"]}`, said{"é\n\"\\ 😀", []string{"a", "b"}}, false},
		{"cut within an element", `{"question": "q", "tests": ["a", "b", "c`, q, true},
		{"cut behind an element that may go on", `{"question": "q", "tests": ["a", "b", "c"`, q, true},
		{"cut behind a comma", `{"question": "q", "tests": ["a", "b",`, q, true},
		{"cut before the end", `{"question": "q", "tests": ["a", "b", "c"]`, said{"q", []string{"a", "b", "c"}}, true},
		{"cut within an escape", `{"question": "q", "tests": ["a", "b", "c\`, q, true},
		{"cut in a fence", "```json\n" + `{"question": "q", "tests": ["a", "b", "c`, q, true},
		{"cut before the first element", `{"question": "q", "tests": [`, said{"q", []string{}}, true},
		{"a trailing comma", `{"question": "q", "tests": ["a", "b",],}`, q, true},
		{"commas twice", `{"question": "q",, "tests": ["a",, "b"]}`, q, true},
		{"commas first", `{, "question": "q", "tests": [, "a", "b"]}`, q, true},
		{"Python's quotes", `{'question': 'q', 'tests': ['a', "b"]}`, q, true},
		{"Python's escapes", `{'question': 'it\'s \"x\"', 'tests': ["a", 'b\\']}`, said{`it's "x"`, []string{"a", `b\`}}, true},
		{"Python's triple quotes", `{"question": """say "hi"` + "\n" + `there""", "tests": ['''a''', "b"]}`, said{"say \"hi\"\nthere", []string{"a", "b"}}, true},
		{"keys without quotes", `{question: "q", tests: ["a", "b"]}`, q, true},
		{"raw line ends", "{\"question\": \"one\ntwo\", \"tests\": [\"a\", \"b\"]}", said{"one\ntwo", []string{"a", "b"}}, true},
		{"a raw tab", "{\"question\": \"q\", \"tests\": [\"if x:\n\ta\", \"b\"]}", said{"q", []string{"if x:\n\ta", "b"}}, true},
		{"comments", "{\"question\": \"q\", // it's\n /* \"tests\": [ */ \"tests\": [\"a\", # don't\n\"b\"]}", q, true},
		{"elements left out", `{"question": "q", "tests": ["a", "b", ...]}`, q, true},
		{"a backslash that is no escape", `{"question": "q", "tests": ["re.match('\d+\.', s)", "it\'s"]}`, said{"q", []string{`re.match('\d+\.', s)`, `it\'s`}}, true},
		{"a comma before the quote", `{"question": "q", "tests": ["a,", "f(',')",]}`, said{"q", []string{"a,", "f(',')"}}, true},
		{"a path", `{"question": "C:\\new", "tests": ["open('C:\\temp')", "b",]}`, said{`C:\new`, []string{`open('C:\temp')`, "b"}}, true},
		{"an address", `{"question": "http://x/y", "tests": ["a", "b",]}`, said{"http://x/y", []string{"a", "b"}}, true},
		{"an empty string", `{"question": "", "tests": ["", "",]}`, said{"", []string{"", ""}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got said
			repaired, err := llm.JSON(tt.text, saidSchema, &got)
			if err != nil || repaired != tt.repaired || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("JSON(%q) = %v, %v, %#v, want %v, nil, %#v", tt.text, repaired, err, got, tt.repaired, tt.want)
			}
		})
	}
}

// TestJSONEscapes: a string means the same whether the value around it had to be repaired or not.
func TestJSONEscapes(t *testing.T) {
	for _, s := range []string{
		`plain`, `\"\\\/\b\f\n\r\t`, `\u00e9\u20AC`, `\ud83d\ude00`, `\ud83d`, `\ude00\ud83d`, `\ud83d\u0041`, `\ud83d\n`, `é😀`, `\u0000`, `\\u0041`, `\\\"`,
	} {
		var strict, loose []string
		_, err1 := llm.JSON(`["`+s+`"]`, listSchema, &strict)
		repaired, err2 := llm.JSON(`["`+s+`",]`, listSchema, &loose)
		if err1 != nil || err2 != nil || !repaired || !slices.Equal(strict, loose) {
			t.Errorf("%s is %q in JSON and %q where it was repaired, %v, %v", s, strict, loose, err1, err2)
		}
	}
	for text, want := range map[string]string{
		`["C:\users\x",]`: `C:\users\x`, `["\u12",]`: `\u12`, `["\'",]`: `\'`, `["\a\0",]`: `\a\0`, `['\'\"\d\/']`: `'"\d\/`, `['\u00e9\n']`: "é\n", `["\é",]`: `\é`,
	} {
		var got []string
		if _, err := llm.JSON(text, listSchema, &got); err != nil || got[0] != want {
			t.Errorf("JSON(%s) = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`['\a']`, `['\0']`, `['\N{DASH}']`, "['\\\n']", `['x', "\x41"]`} {
		var got []string
		if _, err := llm.JSON(text, listSchema, &got); err == nil {
			t.Errorf("JSON(%s) = %q, want an error: only Python knows what that is", text, got)
		}
	}
}

func TestJSONKeywords(t *testing.T) {
	for text, want := range map[string]string{
		`{'a': None, 'b': [True, False], 'c': 1.5e3}`: `map[a:<nil> b:[true false] c:1500]`,
		`{"a": null, "b": [true, false,]}`:            `map[a:<nil> b:[true false]]`,
		`[1, 2, 3`:                                    `[1 2]`, // 3 may be the beginning of 34
		`[1, 2, 3 `:                                   `[1 2]`,
		`[true, tru`:                                  `[true]`,
		`[[1, 2], [3, 4`:                              `[[1 2]]`,
		`[[1, 2], [3, 4]`:                             `[[1 2] [3 4]]`,
		`{"a": {"b": [1, {"c": 2}, {"d": 3`:           `map[a:map[b:[1 map[c:2]]]]`,
		`{"a": {"b": 1, "c": "x`:                      `map[a:map[b:1]]`,
		`{"a": 1, "b": {"c": {"d": [`:                 `map[a:1 b:map[c:map[d:[]]]]`,
	} {
		var got any
		if _, err := llm.JSON(text, nil, &got); err != nil || fmt.Sprint(got) != want {
			t.Errorf("JSON(%s) = %v, %v, want %s", text, got, err, want)
		}
	}
}

func TestJSONRefuses(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"nothing", "", "no JSON in the answer"},
		{"prose", "I cannot {help} you [with that].", "no JSON"},
		{"an element of another kind", `{"question": "q", "tests": ["a", 1]}`, "does not fit the schema"},
		{"a field that is missing", `{"question": "q"}`, "does not fit the schema"},
		{"another field", `{"question": "q", "tests": [], "more": 1}`, "does not fit the schema"},
		{"cut before what is required", `{"question": "a long stor`, "cut off"},
		{"quotes that are not escaped", `{"question": "q", "tests": ["f("a") == 1", "b"]}`, `no JSON where it goes on with "a\")`},
		{"quotes that are not escaped, in the question", `{"question": "say "hi"", "tests": ["a", "b"]}`, "no JSON where"},
		{"strings side by side", `{"question": "q", "tests": ["a" "b"]}`, "no JSON where"},
		{"strings added", `{"question": "q", "tests": ["a" + "b"]}`, "no JSON where"},
		{"tests without quotes", `{"question": "q", "tests": [assert f(1, 2) == 3, assert f(2) == 1]}`, "no JSON where"},
		{"the wrong bracket", `{"question": "q", "tests": ["a", "b"}}`, "no JSON where"},
		{"no colon", `{"question" "q", "tests": ["a"]}`, "no JSON"},
		{"a raw string", `{'question': 'q', 'tests': [r'\d', 'b']}`, "no JSON where"},
		{"an escape that only Python knows", `{'question': 'q', 'tests': ['\x41', 'b']}`, "only Python knows"},
		{"code in a broken list", `{"question": "q", "tests": ["f("x") == {'question': 'no', 'tests': ['no']}"]}`, "no JSON where"},
		{"too deep", strings.Repeat(`{"question":`, 300), "no JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got said
			_, err := llm.JSON(tt.text, saidSchema, &got)
			if _, bad := errors.AsType[*llm.BadAnswerError](err); !bad || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("JSON(%q) = %#v, error %v, want a BadAnswerError with %q", tt.text, got, err, tt.want)
			}
		})
	}
}

// TestJSONOurFault: what is wrong with the question is no fault of the answer.
func TestJSONOurFault(t *testing.T) {
	var number int
	if err := second(llm.JSON(`[1e30]`, nil, &[]int{})); err == nil || !strings.Contains(err.Error(), "number 1e30 where a int was to be") {
		t.Errorf("JSON of too large a number: %v, want an error that says so", err)
	} else {
		checkBad(t, "[1e30]", err)
	}
	for name, err := range map[string]error{
		"a schema that is none":    second(llm.JSON("{}", &llm.Schema{Name: "x", Schema: json.RawMessage(`{"type": 5}`)}, &number)),
		"a schema with an address": second(llm.JSON("{}", &llm.Schema{Name: "x", Schema: json.RawMessage(`{"$ref": "http://x/y"}`)}, &number)),
		"a place that is none":     second(llm.JSON(`["a"]`, listSchema, number)),
	} {
		if _, bad := errors.AsType[*llm.BadAnswerError](err); err == nil || bad {
			t.Errorf("JSON with %s: error %v, want one that is no BadAnswerError", name, err)
		}
	}
}

func second(_ bool, err error) error { return err }

// answersToCut are answers as models write them, and the tests in them.
func answersToCut(t *testing.T) map[string]string {
	t.Helper()
	tests := []string{
		`assert solve([1, 2], {"a": ["b", "c"]}) == ["x", "y"]`,
		"assert solve('it\\'s', \"{\", '[') == '\\\\d+,'",
		"assert solve(\"\"\"two\nlines\"\"\") == [\n    1,\n    2,\n]",
		`assert solve("é😀\u2028") is None`,
		`assert solve('["a", "b"]') == {"question": "q", "tests": ["t"]}`,
		`# ["no", "test"], // {"at": "all"}, /* ' */`,
		``,
		`a, `,
	}
	whole, err := json.MarshalIndent(said{"Write `solve(x)`, which returns {\"a\": [\"b\"]} for \"c\",\nelse ['d'].", tests}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compact, err := json.Marshal(said{"q, \"[\"", tests})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"indented":    string(whole),
		"compact":     string(compact),
		"in prose":    "Sure! The function [solve] takes {x}:\n\n```json\n" + string(whole) + "\n```\nI hope that helps, it's {fine}.",
		"tests first": `{"tests": ["one(1)", "two([2, \"x\"])", "three"], "question": "say {\"x\"} and [\"y\"], then stop"}`,
		"Python":      `{'question': 'it\'s a "q"', 'tests': ['a == \'b\'', "c == ['d', \"e\"]", 'f', '''g 'h' "i"''', ], }`,
		"loose":       "{question: \"raw\nline\", // isn't\n tests: [\"\\d+\", 'x', # [\"no\"]\n \"y,\", ...]}",
	}
}

// TestJSONAtEveryCut cuts answers at every byte. Whatever comes out of the beginning, each of its tests is one of the
// whole answer's, in order from the first, and its question is the whole one's.
func TestJSONAtEveryCut(t *testing.T) {
	for name, text := range answersToCut(t) {
		t.Run(name, func(t *testing.T) {
			var want said
			if _, err := llm.JSON(text, saidSchema, &want); err != nil {
				t.Fatalf("JSON of the whole answer: %v", err)
			}
			most := -1
			for cut := range text {
				var got said
				repaired, err := llm.JSON(text[:cut], saidSchema, &got)
				if err != nil {
					checkBad(t, text[:cut], err)
					continue
				}
				if got.Question != want.Question || len(got.Tests) > len(want.Tests) || !slices.Equal(got.Tests, want.Tests[:len(got.Tests)]) {
					t.Fatalf("JSON(%q) = %#v, which is no beginning of %#v", text[:cut], got, want)
				}
				if len(got.Tests) < most {
					t.Errorf("JSON(%q) has %d tests, and a shorter beginning has %d", text[:cut], len(got.Tests), most)
				}
				if most = len(got.Tests); !repaired && most < len(want.Tests) {
					t.Errorf("JSON(%q) = %#v, not repaired", text[:cut], got)
				}
			}
			if most < len(want.Tests)-1 && name != "tests first" { // there the question is missing until the end
				t.Errorf("at most %d of %d tests came out of a beginning", most, len(want.Tests))
			}
		})
	}
}

func checkBad(t *testing.T, text string, err error) {
	t.Helper()
	if _, bad := errors.AsType[*llm.BadAnswerError](err); !bad {
		t.Errorf("JSON(%q): %v, want a BadAnswerError", text, err)
	}
}

// TestJSONCutList is the same for a list, whose code has lists in it that look like the answer.
func TestJSONCutList(t *testing.T) {
	want := []string{`f(["a", "b"]) == 1`, `["c"]`, "x\n[\"d\"]", `g('["e"]')`}
	for _, indent := range []string{"", "  "} {
		text, err := json.MarshalIndent(want, "", indent)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range text {
			var got []string
			if _, err := llm.JSON(string(text[:cut]), listSchema, &got); err != nil {
				checkBad(t, string(text[:cut]), err)
			} else if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
				t.Fatalf("JSON(%q) = %q, which is no beginning of %q", text[:cut], got, want)
			}
		}
	}
}

// TestJSONShortens cuts values of any shape. What comes out is the whole value, but for the objects and the first array
// that the cut goes through, which have lost their ends.
func TestJSONShortens(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		whole := map[string]any{"a": anyValue(r, 4), "b": anyValue(r, 3), "c": anyValue(r, 4)}
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range text {
			var got any
			if _, err := llm.JSON(string(text[:cut]), nil, &got); err != nil {
				checkBad(t, string(text[:cut]), err)
			} else if !shortened(got, any(whole)) {
				t.Fatalf("JSON(%s) = %v, which is no beginning of %s", text[:cut], got, text)
			}
		}
	}
}

// anyValue makes a value, of lists and objects down to a depth.
func anyValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(4); {
	case depth == 0 || r.IntN(4) == 0:
		return []any{"s, \"x\": [1", 12.5, true, nil, "", float64(r.IntN(1000))}[r.IntN(6)]
	case r.IntN(2) == 0:
		list := []any{}
		for range n {
			list = append(list, anyValue(r, depth-1))
		}
		return list
	default:
		object := map[string]any{}
		for i := range n {
			object[string(rune('a'+i))] = anyValue(r, depth-1)
		}
		return object
	}
}

// shortened reports whether got is whole with an end lost.
func shortened(got, whole any) bool {
	switch whole := whole.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		lost := 0
		for key, v := range object {
			if !reflect.DeepEqual(v, whole[key]) {
				if lost++; !shortened(v, whole[key]) {
					return false
				}
			}
		}
		return ok && lost <= 1
	case []any:
		list, ok := got.([]any)
		return ok && len(list) <= len(whole) && (len(list) == 0 || reflect.DeepEqual(list, whole[:len(list)]))
	}
	return reflect.DeepEqual(got, whole)
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"question": "q", "tests": ["a", "b"]}`, `{'question': 'q', 'tests': ['a', "b",]}`, "{question: \"\"\"x\"\"\", tests: [...]}",
		`{"question": "\d", "tests": ["`, `[{"a": [1, 2, {"b": None`, "```json\n{}\n```", `["a",,"b"]`, "[1,,2]", `{"a" /* */: 1, // `,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		if _, err := llm.JSON(text, nil, &value); err != nil {
			checkBad(t, text, err)
		}
		var got said
		repaired, err := llm.JSON(text, saidSchema, &got)
		if err != nil {
			checkBad(t, text, err)
			return
		}
		if json.Valid([]byte(text)) && repaired {
			t.Errorf("JSON(%q) repaired what is JSON", text)
		}
		// A string without anything to unescape stands in the answer as it came out.
		for _, s := range append(got.Tests, got.Question) {
			if !strings.ContainsAny(text, `\`) && strings.ToValidUTF8(text, "\uFFFD") == text && !strings.Contains(text, s) {
				t.Errorf("JSON(%q) has %q, which is not in it", text, s)
			}
		}
	})
}

// FuzzJSONCut cuts what json.Marshal writes; each test that comes out is one of those that went in.
func FuzzJSONCut(f *testing.F) {
	f.Add("q", "a", "b\"c", uint(20), false)
	f.Add("{", "[\"x\", ", "\\", uint(33), true)
	f.Fuzz(func(t *testing.T, question, one, two string, at uint, indented bool) {
		in := said{question, []string{one, two, one + two, one}}
		text, err := json.Marshal(in)
		if indented {
			text, err = json.MarshalIndent(in, "", "\t")
		}
		if err != nil {
			t.Fatal(err)
		}
		var want, got said
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		cut := string(text[:at%uint(len(text))])
		if _, err := llm.JSON(cut, saidSchema, &got); err != nil {
			checkBad(t, cut, err)
		} else if got.Question != want.Question || len(got.Tests) > 4 || !slices.Equal(got.Tests, want.Tests[:len(got.Tests)]) {
			t.Errorf("JSON(%q) = %#v, which is no beginning of %#v", cut, got, want)
		}
	})
}

// garbage are texts that are meant to make a careless reader go over the same bytes again and again.
var garbage = map[string]string{
	"openers": "[", "objects open": "{", "opened keys": `{"a":`, "opened lists": `["a",[`, "whole objects": "{}",
	"whole lists": `["a"]`, "broken objects": `{"a": x`, "broken lists": "[\"a\", x\n", "broken lines": "{\"a\": x\n", "quotes": `"`, "open strings": `{"`,
	"single quotes": "{'", "commas": "[,", "nones": "[None,", "loose objects": "{a:None,}", "escapes": `["\`, "comments": "[//", "comments open": "[/*",
	"triple quotes": `["""`, "prose": "word [x] {y} ", "dots": "[...", "numbers": "[1,", "closers": "]}",
	"schema misfits": `{"question":"q"}`,
}

// TestJSONIsLinear: a quarter of a megabyte takes no longer than it may. Quadratic work would take minutes.
func TestJSONIsLinear(t *testing.T) {
	const size = 1 << 18
	for name, unit := range garbage {
		for _, prefix := range []string{"", `{"question": "q", "tests": [`} {
			text := prefix + strings.Repeat(unit, size/len(unit))
			var got said
			start := time.Now()
			_, err := llm.JSON(text, saidSchema, &got)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s after %q: JSON took %v for 256 KB (error %.100v)", name, prefix, took, err)
			}
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	whole, err := json.Marshal(said{strings.Repeat("Write a function. ", 60), slices.Repeat([]string{`assert solve([1, 2], "x") == {"a": 1}`}, 20)})
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"whole": "```json\n" + string(whole) + "\n```", "cut": string(whole[:len(whole)-20]), "loose": strings.Replace(string(whole), "]}", ",],}", 1),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var got said
				if _, err := llm.JSON(text, saidSchema, &got); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
