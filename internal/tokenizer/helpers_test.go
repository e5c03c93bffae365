package tokenizer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// small is the tokenizer of testdata, which record.py trained: shaped like that of Qwen2, with 2,000 tokens and some
// added ones.
func small(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	return read(t, smallFile(t))
}

func smallFile(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(t testing.TB, text []byte) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := tokenizer.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// object is a JSON object that a test changes.
type object = map[string]any

// changed is testdata's tokenizer.json with a change.
func changed(t testing.TB, change func(f object)) []byte {
	t.Helper()
	var f object
	if err := json.Unmarshal(smallFile(t), &f); err != nil {
		t.Fatal(err)
	}
	change(f)
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func byteLevelPart(cuts bool) object {
	return object{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": cuts}
}

func sequencePart(pattern string) object {
	cut := object{"type": "Split", "pattern": object{"Regex": pattern}, "behavior": "Isolated", "invert": false}
	return object{"type": "Sequence", "pretokenizers": []any{cut, byteLevelPart(false)}}
}

// The expressions of the tokenizers that are known.
const (
	qwen2  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	llama3 = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen35 = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	gpt2   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
)

// as returns the small tokenizer with another way to cut texts, without its added tokens but the special ones.
func as(t testing.TB, name string) *tokenizer.Tokenizer {
	t.Helper()
	if name == "qwen2" {
		return small(t)
	}
	return read(t, changed(t, func(f object) {
		f["added_tokens"] = f["added_tokens"].([]any)[:3]
		switch name {
		case "gpt2":
			f["normalizer"], f["pre_tokenizer"] = nil, byteLevelPart(true)
		case "llama3":
			f["normalizer"], f["pre_tokenizer"] = nil, sequencePart(llama3)
			f["model"].(object)["ignore_merges"] = true
		case "qwen35":
			f["pre_tokenizer"] = sequencePart(qwen35)
		}
	}))
}

// rows reads a file of testdata with one JSON value a line.
func rows[T any](t testing.TB, name string) []T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for line := range bytes.Lines(text) {
		var row T
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, row)
	}
	return out
}
