package jsonl_test

import (
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/jsonl"
)

func TestNullConstants(t *testing.T) {
	tests := []struct{ name, row, want string }{
		{"none", `{"a":[1,-1,"x"]}`, `{"a":[1,-1,"x"]}`},
		{"each of them", `{"a":[NaN, Infinity,-Infinity],"b":NaN}`, `{"a":[null, null,null],"b":null}`},
		{"not in strings", `{"NaN":"Infinity \" NaN \\","b":-Infinity}`, `{"NaN":"Infinity \" NaN \\","b":null}`},
		{"no other words", `{"a":Inf}`, ""},
		{"not a part of a word", `{"a":NaNs}`, ""},
	}
	for _, tt := range tests {
		r := jsonl.Options{NullConstants: true}.NewReader(strings.NewReader(tt.row+"\n"), "test")
		for row, err := range r.All(t.Context()) {
			if (err != nil) != (tt.want == "") || string(row.Raw) != tt.want {
				t.Errorf("%s: %s is read as %s, %v, want %s", tt.name, tt.row, row.Raw, err, tt.want)
			}
		}
		r = jsonl.Options{}.NewReader(strings.NewReader(tt.row+"\n"), "test")
		for _, err := range r.All(t.Context()) {
			if (err == nil) != (tt.row == tt.want) {
				t.Errorf("%s: %s is read with error %v without the option", tt.name, tt.row, err)
			}
		}
	}
}
