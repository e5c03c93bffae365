package jsonl

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1)
	many := `{"k0":0`
	for i := 1; i < 100; i++ {
		many += `,"k` + strings.Repeat("x", i) + `":0`
	}
	tests := []struct {
		name, row string
		path      string
		want      string // empty: nothing is wrong
	}{
		{"all kinds", ` { "a" : [ 1 , -2.5e+3 , 0 , "x\"\\\/\b\f\n\r\té" , true , false , null , { } , [ ] ] } `, "", ""},
		{"a surrogate pair", `{"a":"\ud83d\ude00 \uD83D\uDE00"}`, "", ""},
		{"an escaped backslash before a u", `{"a":"\\ud800"}`, "", ""},
		{"text of other scripts", `{"größe":"日本 😀"}`, "", ""},
		{"a high half alone", `{"a":{"b":[1,"x\ud800y"]}}`, "a.b[1]", `lone surrogate \ud800 at byte 16`},
		{"a low half alone", `{"a":"\udc00"}`, "a", `lone surrogate \udc00`},
		{"halves in the wrong order", `{"a":"\udc00\ud800"}`, "a", `lone surrogate \udc00`},
		{"two high halves", `{"a":"\ud800\ud800"}`, "a", `lone surrogate \ud800`},
		{"a high half before another escape", `{"a":"\ud800\n"}`, "a", `lone surrogate \ud800`},
		{"a high half in a key", `{"x":{"\ud800":1}}`, "x", `in a key: lone surrogate`},
		{"a high half at the end", `{"a":"\ud800`, "a", `lone surrogate`},
		{"invalid UTF-8", "{\"a\":[\"\xff\"]}", "a[0]", "invalid UTF-8: byte 0xff at byte 8"},
		{"an encoded surrogate", "{\"a\":\"\xed\xa0\x80\"}", "a", "invalid UTF-8: byte 0xed"},
		{"invalid UTF-8 beside valid", "{\"a\":\"é\xc3\"}", "a", "invalid UTF-8: byte 0xc3"},
		{"a key twice", `{"a":1,"b":2,"a":3}`, "", `the key "a" is there twice`},
		{"a key twice, once escaped", `{"p":[{"a":1,"\u0061":3}]}`, "p[0]", `the key "a" is there twice`},
		{"a key twice among many", many + `,"k0":1}`, "", `the key "k0" is there twice`},
		{"a late key twice among many", many + `,"kxxxxxxxxxxxxxxxxxxxxxxxx":1}`, "", `is there twice`},
		{"many keys", many + `}`, "", ""},
		{"the same key in two objects", `{"a":{"a":1},"b":{"a":1}}`, "", ""},
		{"too deep", deep, "a.a.a", "nested more than 1000 deep"},
		{"a trailing comma", `{"a":[1,]}`, "a[1]", `byte 9 is ']', want a value`},
		{"a trailing comma in an object", `{"a":1,}`, "", `byte 8 is '}', want a key in quotes`},
		{"no colon", `{"a" 1}`, "a", `want ':' after a key`},
		{"no comma", `{"a":1 "b":2}`, "", `want ',' or '}'`},
		{"NaN", `{"a":NaN}`, "a", "NaN is not JSON; write null"},
		{"Infinity", `{"a":[-Infinity]}`, "a[0]", "-Infinity is not JSON; write null"},
		{"a leading zero", `{"a":01}`, "", `byte 7 is '1', want ',' or '}'`},
		{"a lone minus", `{"a":-}`, "a", "want a digit"},
		{"no digit after the point", `{"a":1.}`, "a", "want a digit after the point"},
		{"no digit in the exponent", `{"a":1e+}`, "a", "want a digit in the exponent"},
		{"Python's words", `{"a":True}`, "a", `byte 6 is 'T', want a value`},
		{"single quotes", `{'a':1}`, "", `byte 2 is '\'', want a key in quotes`},
		{"a newline in a string", "{\"a\":\"x\ny\"}", "a", `a raw control character 0x0a`},
		{"a wrong escape", `{"a":"\x41"}`, "a", `want one of "\/bfnrtu after a backslash`},
		{"a short escape", `{"a":"\u12"}`, "a", `\u without four hexadecimal digits`},
		{"a string without end", `{"a":"x`, "a", "the row ends inside a string"},
		{"a key that is no word", `{"x y.z":{"":"\ud800"}}`, `["x y.z"][""]`, "lone surrogate"},
		{"empty", ``, "", "the row ends at byte 1, want an object"},
	}
	for _, test := range tests {
		f := check([]byte(test.row))
		switch {
		case f == nil && test.want != "":
			t.Errorf("%s: nothing wrong, want %q", test.name, test.want)
		case f == nil:
		case test.want == "":
			t.Errorf("%s: got %s: %v, want nothing wrong", test.name, f.path, f.err)
		case !strings.Contains(f.err.Error(), test.want), !strings.HasPrefix(f.path, test.path), f.path != "" && test.path == "":
			t.Errorf("%s: got %q: %v, want %q: %s", test.name, f.path, f.err, test.path, test.want)
		case len(f.path) > 2*maxPath:
			t.Errorf("%s: the path has %d bytes", test.name, len(f.path))
		}
	}
}

// FuzzCheck: a row that passes is JSON and comes through encoding/json unchanged; one that is no JSON does not.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":"\ud800"}`, `{"a":1,"a":2}`, `{"a":[{}]}`, `{"é":-0.1e5}`, `{"a":"\u0000"}`, "{\"a\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		bad := check(row)
		if bad == nil && !json.Valid(row) {
			t.Fatalf("%q passes and is no JSON", row)
		}
		if bad != nil && json.Valid(row) {
			// It must be one of the things that JSON allows and a row may not have.
			for _, known := range []string{"lone surrogate", "invalid UTF-8", "twice", "nested", "the row is"} {
				if strings.Contains(bad.err.Error(), known) {
					return
				}
			}
			t.Fatalf("%q is JSON, but: %v", row, bad.err)
		}
	})
}

func TestKey(t *testing.T) {
	tests := []struct {
		name, row, want string
		ok              bool
	}{
		{"a string", `{"x":{"id":"no"},"id":"a\u0062\n"}`, "ab\n", true},
		{"a number", ` {"id" : 17 , "x":1}`, "17", true},
		{"null", `{"id":null}`, "", false},
		{"an object", `{"id":{}}`, "", false},
		{"missing", `{"x":"id"}`, "", false},
		{"no object", `["id"]`, "", false},
		{"broken", `{"id"`, "", false},
		{"nothing", ``, "", false},
	}
	for _, test := range tests {
		if got, ok := Key("id")(json.RawMessage(test.row)); got != test.want || ok != test.ok {
			t.Errorf("%s: got %q, %v; want %q, %v", test.name, got, ok, test.want, test.ok)
		}
	}
}
