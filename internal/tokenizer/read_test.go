package tokenizer_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// bytesFile is the shortest tokenizer.json there is: a token for each byte, in order, and what a test adds.
func bytesFile(t testing.TB, change func(f object, vocab map[string]any)) []byte {
	t.Helper()
	vocab := map[string]any{}
	for b := range 256 {
		vocab[byteToken(byte(b))] = b
	}
	f := object{
		"version": "1.0", "pre_tokenizer": byteLevelPart(true), "decoder": object{"type": "ByteLevel"},
		"model": object{"type": "BPE", "vocab": vocab, "merges": []any{}},
	}
	if change != nil {
		change(f, vocab)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// part returns a part of a file that is an object.
func part(f object, name string) object { return f[name].(object) }

// preTokenizer returns one of the two pre-tokenisers of the small file.
func preTokenizer(f object, i int) object {
	return part(f, "pre_tokenizer")["pretokenizers"].([]any)[i].(object)
}

func added(id int, content string) object {
	return object{
		"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true,
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(f object)
		want   []string // what the error has to name
	}{
		{"another version", func(f object) { f["version"] = "2.0" }, []string{"version", "2.0"}},
		{"a field that is not known", func(f object) { f["speed"] = 1 }, []string{"speed"}},
		{"a field of another kind", func(f object) { f["added_tokens"] = "none" }, []string{"added_tokens"}},
		{"no model", func(f object) { f["model"] = nil }, []string{"model", "null"}},
		{"another model", func(f object) { part(f, "model")["type"] = "Unigram" }, []string{"model", "Unigram", "BPE"}},
		{"chance", func(f object) { part(f, "model")["dropout"] = 0.1 }, []string{"model", "dropout"}},
		{"tokens for bytes", func(f object) { part(f, "model")["byte_fallback"] = true }, []string{"model", "byte_fallback"}},
		{"a prefix", func(f object) { part(f, "model")["continuing_subword_prefix"] = "##" }, []string{"continuing_subword_prefix"}},
		{"a suffix", func(f object) { part(f, "model")["end_of_word_suffix"] = "</w>" }, []string{"end_of_word_suffix"}},
		{"a field of the model", func(f object) { part(f, "model")["speed"] = 1 }, []string{"model", "speed"}},
		{"no byte", func(f object) { delete(part(part(f, "model"), "vocab"), "Ġ") }, []string{"vocab", "0x20"}},
		{"an id too low", func(f object) { part(part(f, "model"), "vocab")["a"] = -1 }, []string{"vocab", `"a"`, "-1"}},
		{"an id too high", func(f object) { part(part(f, "model"), "vocab")["a"] = 1 << 30 }, []string{"vocab", `"a"`, "1073741824"}},
		{"an id twice", func(f object) { part(part(f, "model"), "vocab")["a"] = 40 }, []string{"vocab", `"a"`, "40"}},
		{"an empty token", func(f object) { part(part(f, "model"), "vocab")[""] = 9999 }, []string{"vocab", "empty"}},
		{"a merge of nothing", func(f object) { part(f, "model")["merges"] = []any{[]any{"a", "qqq"}} }, []string{"merges[0]", "qqq"}},
		{"a merge of one", func(f object) { part(f, "model")["merges"] = []any{[]any{"a"}} }, []string{"merges[0]"}},
		{"a merge of three", func(f object) { part(f, "model")["merges"] = []any{"a b", "a b c"} }, []string{"merges[1]", "a b c"}},
		{"merges of numbers", func(f object) { part(f, "model")["merges"] = []any{1} }, []string{"merges"}},
		{"another normaliser", func(f object) { f["normalizer"] = object{"type": "NFKC"} }, []string{"normalizer", "NFKC"}},
		{"one of a sequence", func(f object) {
			f["normalizer"] = object{"type": "Sequence", "normalizers": []any{object{"type": "NFC"}, object{"type": "Lowercase"}}}
		}, []string{"normalizers[1]", "Lowercase"}},
		{"no pre-tokeniser", func(f object) { f["pre_tokenizer"] = nil }, []string{"pre_tokenizer", "null"}},
		{"another one", func(f object) { f["pre_tokenizer"] = object{"type": "Metaspace"} }, []string{"pre_tokenizer", "Metaspace"}},
		{"in another order", func(f object) {
			slices.Reverse(part(f, "pre_tokenizer")["pretokenizers"].([]any))
		}, []string{"pre_tokenizer", "ByteLevel, Split"}},
		{"another expression", func(f object) {
			preTokenizer(f, 0)["pattern"] = object{"Regex": `\w+`}
		}, []string{"pretokenizers[0]", "pattern", `\w+`}},
		{"a string to split at", func(f object) { preTokenizer(f, 0)["pattern"] = object{"String": " "} }, []string{"pattern"}},
		{"another behaviour", func(f object) { preTokenizer(f, 0)["behavior"] = "Removed" }, []string{"behavior", "Removed"}},
		{"two cuts", func(f object) { preTokenizer(f, 1)["use_regex"] = true }, []string{"pretokenizers[1]", "use_regex"}},
		{"a space before", func(f object) { preTokenizer(f, 1)["add_prefix_space"] = true }, []string{"add_prefix_space"}},
		{"another post-processor", func(f object) { f["post_processor"] = object{"type": "BertProcessing"} }, []string{"post_processor", "Bert"}},
		{"another decoder", func(f object) { f["decoder"] = object{"type": "WordPiece"} }, []string{"decoder", "WordPiece"}},
		{"no decoder", func(f object) { f["decoder"] = nil }, []string{"decoder", "null"}},
		{"an added token elsewhere", func(f object) { f["added_tokens"] = []any{added(7777, "<x>")} }, []string{"added_tokens", "<x>", "7777"}},
		{"an added token of another id", func(f object) { f["added_tokens"] = []any{added(5, "a")} }, []string{"added_tokens", `"a"`}},
		{"an added token twice", func(f object) {
			f["added_tokens"] = append(f["added_tokens"].([]any), f["added_tokens"].([]any)[0])
		}, []string{"added_tokens", "more than once"}},
	} {
		_, err := tokenizer.Read(changed(t, c.change))
		if err == nil {
			t.Errorf("%s: Read(…) has no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: Read(…) = %q, want it to name %q", c.name, err, want)
			}
		}
	}
	for _, text := range []string{"", "{", "[]", "nothing", `{"version": "1.0"} {}`, string(smallFile(t)[:1000])} {
		if _, err := tokenizer.Read([]byte(text)); err == nil {
			t.Errorf("Read(%.40q) has no error", text)
		}
	}
}

// TestReadAlike has files that say the same in other words.
func TestReadAlike(t *testing.T) {
	text := "def f(x):\n    return 'naïve e\u0301' * 12345  # <|im_end|> word"
	want := small(t).Encode(text)
	for name, change := range map[string]func(f object){
		"merges as lines": func(f object) {
			var lines []any
			for _, pair := range part(f, "model")["merges"].([]any) {
				lines = append(lines, fmt.Sprintf("%s %s", pair.([]any)...))
			}
			part(f, "model")["merges"] = lines
		},
		"a model without its type": func(f object) { delete(part(f, "model"), "type") },
		"a sequence of one normaliser": func(f object) {
			f["normalizer"] = object{"type": "Sequence", "normalizers": []any{object{"type": "NFC"}}}
		},
		"what matches is kept":      func(f object) { preTokenizer(f, 0)["behavior"], preTokenizer(f, 0)["invert"] = "Removed", true },
		"a post-processor":          func(f object) { f["post_processor"] = byteLevelPart(true) },
		"a template of tokens":      func(f object) { f["post_processor"] = object{"type": "TemplateProcessing", "single": []any{}} },
		"no chance":                 func(f object) { part(f, "model")["dropout"] = 0 },
		"truncation and padding":    func(f object) { f["truncation"], f["padding"] = object{"max_length": 3}, object{"pad_id": 0} },
		"an added token of nothing": func(f object) { f["added_tokens"] = append(f["added_tokens"].([]any), added(3000, "")) },
		"several post-processors": func(f object) {
			f["post_processor"] = object{"type": "Sequence", "processors": []any{byteLevelPart(true), object{"type": "TemplateProcessing"}}}
		},
	} {
		if got := read(t, changed(t, change)).Encode(text); !slices.Equal(got, want) {
			t.Errorf("%s: Encode(%q) = %v, want %v", name, text, got, want)
		}
	}
}

// TestHoles has a vocabulary with ids that no token has, as models have whose number of embeddings is a round one.
func TestHoles(t *testing.T) {
	tok := read(t, bytesFile(t, func(f object, vocab map[string]any) {
		vocab["ab"], vocab["<|end|>"] = 300, 310
		part(f, "model")["merges"] = []any{"a b"}
		f["added_tokens"] = []any{added(310, "<|end|>"), added(311, "<|more|>")}
	}))
	if got, want := tok.Encode("abc<|end|><|more|>"), []int32{300, 'c', 310, 311}; !slices.Equal(got, want) {
		t.Errorf("Encode of tokens behind holes = %v, want %v", got, want)
	}
	if got := tok.Decode([]int32{'a', 256, 299, 300, 309}, false); got != "aab" {
		t.Errorf("Decode of ids with and without a token = %q, want %q", got, "aab")
	}
	for _, c := range []struct {
		id    int32
		token string
		ok    bool
	}{{'a', "a", true}, {' ', "Ġ", true}, {256, "", false}, {300, "ab", true}, {311, "<|more|>", true}, {312, "", false}, {-1, "", false}} {
		token, ok := tok.Token(c.id)
		if token != c.token || ok != c.ok {
			t.Errorf("Token(%d) = %q, %t, want %q, %t", c.id, token, ok, c.token, c.ok)
		}
		if id, ok := tok.ID(token); c.ok && (id != c.id || !ok) {
			t.Errorf("ID(%q) = %d, %t, want %d", token, id, ok, c.id)
		}
	}
	if got := []bool{tok.Special(310), tok.Special(300), tok.Special(-1), tok.Special(400)}; !slices.Equal(got, []bool{true, false, false, false}) {
		t.Errorf("Special of <|end|>, ab, -1 and 400 = %v, want the first alone", got)
	}
	if tok.Size() != 312 || tok.Fits(312) != nil || tok.Fits(400) != nil {
		t.Errorf("Size() = %d, Fits(312) = %v, Fits(400) = %v; want 312 and no errors", tok.Size(), tok.Fits(312), tok.Fits(400))
	}
	if err := tok.Fits(311); err == nil || !strings.Contains(err.Error(), "311") {
		t.Errorf("Fits(311) = %v, want an error that says both sizes", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(string(bytesFile(f, nil)))
	f.Add(string(bytesFile(f, func(f object, vocab map[string]any) {
		vocab["ab"], vocab["Ġab"], vocab["éé"] = 256, 257, 300
		part(f, "model")["merges"] = []any{"a b", []any{"Ġ", "ab"}}
		f["normalizer"], f["pre_tokenizer"] = object{"type": "NFC"}, sequencePart(llama3)
		f["added_tokens"] = []any{added(301, "<|end|>"), added(300, "éé")}
	})))
	f.Fuzz(func(t *testing.T, text string) {
		tok, err := tokenizer.Read([]byte(text))
		if err != nil {
			return
		}
		for _, id := range tok.Encode("ab a  b\n" + text[:min(len(text), 100)]) {
			if _, ok := tok.Token(id); !ok {
				t.Errorf("a tokenizer that was read gives the id %d, which has no token", id)
			}
		}
	})
}
