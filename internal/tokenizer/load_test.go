package tokenizer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// files are those of a model's folder: their texts, or values that are written as JSON.
type files map[string]any

// folder writes a folder.
func folder(t testing.TB, f files) string {
	t.Helper()
	path := t.TempDir()
	for name, value := range f {
		text, ok := value.(string)
		if !ok {
			out, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			text = string(out)
		}
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func load(t testing.TB, f files) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := tokenizer.Load(folder(t, f))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// plainFiles are the small tokenizer as vocab.json and merges.txt, with its added tokens in the configuration.
func plainFiles(t testing.TB) files {
	t.Helper()
	var f object
	if err := json.Unmarshal(smallFile(t), &f); err != nil {
		t.Fatal(err)
	}
	merges := "#version: 0.2\n"
	for _, pair := range part(f, "model")["merges"].([]any) {
		merges += pair.([]any)[0].(string) + " " + pair.([]any)[1].(string) + "\n"
	}
	more := object{}
	for _, token := range f["added_tokens"].([]any) {
		id, _ := json.Marshal(token.(object)["id"])
		more[string(id)] = token
	}
	return files{
		"vocab.json": part(f, "model")["vocab"], "merges.txt": merges,
		"tokenizer_config.json": object{"tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": more},
	}
}

func TestLoadPlain(t *testing.T) {
	text := "def f(x):\n\n\n    return 'naïve e\u0301' * 12345  # <|im_end|> word <left> <both> wordword"
	tok := load(t, plainFiles(t))
	if got, want := tok.Encode(text), small(t).Encode(text); !slices.Equal(got, want) {
		t.Errorf("Encode(%q) = %v from vocab.json and merges.txt, want %v", text, got, want)
	}
	if id, _ := tok.ID("<|im_end|>"); !tok.Special(id) {
		t.Errorf("Special(%d) = false, want true: added_tokens_decoder says so", id)
	}
	gpt2 := plainFiles(t)
	gpt2["tokenizer_config.json"] = object{"tokenizer_class": "GPT2TokenizerFast"}
	if got, want := load(t, gpt2).Encode("it's 12345 é"), as(t, "gpt2").Encode("it's 12345 é"); !slices.Equal(got, want) {
		t.Errorf("Encode of GPT-2's class = %v, want %v", got, want)
	}
}

func TestMarks(t *testing.T) {
	if got := small(t).Marks(); !reflect.DeepEqual(got, tokenizer.Marks{}) {
		t.Errorf("Marks of a tokenizer without a folder = %+v, want none", got)
	}
	const config, shared, generation = "tokenizer_config.json", "special_tokens_map.json", "generation_config.json"
	end, stop := tokenizer.Mark{ID: 0, Token: "<|endoftext|>", Source: config}, tokenizer.Mark{ID: 2, Token: "<|im_end|>", Source: config}
	from := func(m tokenizer.Mark, source string) tokenizer.Mark { m.Source = source; return m }
	for _, c := range []struct {
		name  string
		files files
		want  tokenizer.Marks
	}{
		{"nothing said", files{config: object{"bos_token": nil}}, tokenizer.Marks{}},
		{
			"as Qwen2.5 has it",
			files{
				config:     object{"bos_token": nil, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
				generation: object{"bos_token_id": 0, "eos_token_id": []int{2, 0}, "pad_token_id": 0, "top_p": 0.8},
			},
			tokenizer.Marks{
				BOS: []tokenizer.Mark{from(end, generation)},
				EOS: []tokenizer.Mark{stop, from(end, generation)}, PAD: []tokenizer.Mark{end},
			},
		},
		{
			"tokens as objects, and a map beside",
			files{
				config: object{"eos_token": object{"content": "<|im_end|>", "lstrip": false}},
				shared: object{"eos_token": "<|endoftext|>", "pad_token": object{"content": "<|endoftext|>"}},
			},
			tokenizer.Marks{EOS: []tokenizer.Mark{stop}, PAD: []tokenizer.Mark{from(end, shared)}},
		},
		{"numbers that are not there", files{generation: object{"eos_token_id": nil, "pad_token_id": []any{nil}}}, tokenizer.Marks{}},
	} {
		c.files["tokenizer.json"] = string(smallFile(t))
		if got := load(t, c.files).Marks(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: Marks() = %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestConfiguredTokens has what transformers 5.24.0 makes of configurations beside the small tokenizer.json.
func TestConfiguredTokens(t *testing.T) {
	const text = "xreturns a  <|im_end|> b def <tool_call> word"
	plain := []int32{90, 300, 85, 264, 259, 2, 314, 654, 223, 2000, 223, 2004}
	more := func(special, lstrip bool) object {
		token := added(2, "<|im_end|>")
		token["special"], token["lstrip"] = special, lstrip
		return object{"added_tokens_decoder": object{"2": token}}
	}
	for _, c := range []struct {
		name          string
		config, other object
		ids           []int32
		decoded       string // without special tokens
	}{
		{"what is special stays so", more(false, false), nil, plain, "xreturns a   b def <tool_call> word"},
		{"white space before goes along", more(true, true), nil, slices.Delete(slices.Clone(plain), 4, 5), "xreturns a b def <tool_call> word"},
		{"a named token of the vocabulary", object{"eos_token": "return"}, nil, plain, "xs a   b def <tool_call> word"},
		{"a named token that is added", object{"eos_token": "<tool_call>"}, nil, plain, "xreturns a   b def  word"},
		{"a list", object{"extra_special_tokens": []string{"return"}}, nil, plain, "xs a   b def <tool_call> word"},
		{"a list of what is added", object{"additional_special_tokens": []string{"<tool_call>"}}, nil, plain, "xreturns a   b def <tool_call> word"},
		{"with names", object{"extra_special_tokens": object{"image_token": "return"}}, nil, plain, "xs a   b def <tool_call> word"},
		{
			"in the map",
			object{},
			object{"additional_special_tokens": []string{"return"}, "eos_token": "def"},
			slices.Concat(plain[:7], []int32{223, 387}, plain[8:]), "xs a   b  <tool_call> word",
		},
	} {
		f := files{"tokenizer.json": string(smallFile(t)), "tokenizer_config.json": c.config}
		if c.other != nil {
			f["special_tokens_map.json"] = c.other
		}
		tok := load(t, f)
		got := tok.Encode(text)
		if decoded := tok.Decode(got, true); !slices.Equal(got, c.ids) || decoded != c.decoded {
			t.Errorf("%s: Encode(%q) = %v, and decoded without special tokens %q; want %v, %q", c.name, text, got, decoded, c.ids, c.decoded)
		}
	}
}

func TestTemplateOfFolder(t *testing.T) {
	const named = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"
	chat := tokenizer.Chat{Messages: []tokenizer.Message{{Role: "user", Content: "Hi"}}}
	several := []object{{"name": "tool_use", "template": "x"}, {"name": "default", "template": named}}
	for _, c := range []struct {
		name  string
		files files
		want  string
	}{
		{"in the configuration", files{"tokenizer_config.json": object{"chat_template": named, "bos_token": "<|endoftext|>"}}, "<|endoftext|>Hi"},
		{"one of several", files{"tokenizer_config.json": object{"chat_template": several}}, "Hi"},
		{"in a file of its own", files{
			"tokenizer_config.json": object{"chat_template": "x"}, "chat_template.jinja": "[" + named + "]",
		}, "[Hi]"},
		{"nowhere", files{}, "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n" +
			"<|im_start|>user\nHi<|im_end|>\n"},
	} {
		c.files["tokenizer.json"] = string(smallFile(t))
		template, err := load(t, c.files).Template()
		if err != nil {
			t.Errorf("%s: Template() = %v", c.name, err)
			continue
		}
		if got, err := template.Render(chat); got != c.want || err != nil {
			t.Errorf("%s: Render(…) = %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	if _, err := read(t, bytesFile(t, nil)).Template(); err == nil || !strings.Contains(err.Error(), "<|im_start|>") {
		t.Errorf("Template() without one and without ChatML's tokens = %v, want an error that names <|im_start|>", err)
	}
	tok := load(t, files{"tokenizer.json": string(smallFile(t)), "chat_template.jinja": "{% for %}"})
	if _, err := tok.Template(); err == nil || !strings.Contains(err.Error(), "chat_template.jinja: chat template: line 1") {
		t.Errorf("Template() of a broken file = %v, want an error with file and line", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	whole := string(smallFile(t))
	for _, c := range []struct {
		name  string
		files files
		want  []string
	}{
		{"an empty folder", files{}, []string{"tokenizer.json", "vocab.json", "give the folder"}},
		{"a broken tokenizer", files{"tokenizer.json": "{"}, []string{"tokenizer.json", "cut off"}},
		{"one that is not known", files{"tokenizer.json": string(changed(t, func(f object) { f["decoder"] = nil }))}, []string{"tokenizer.json", "decoder"}},
		{"a broken configuration", files{"tokenizer.json": whole, "tokenizer_config.json": "[]"}, []string{"tokenizer_config.json"}},
		{"a token that is not there", files{"tokenizer.json": whole, "tokenizer_config.json": object{"eos_token": "<nope>"}}, []string{"tokenizer_config.json", "eos_token", "<nope>"}},
		{"a listed token that is not there", files{"tokenizer.json": whole, "tokenizer_config.json": object{
			"additional_special_tokens": []string{"<nope>"},
		}}, []string{"additional_special_tokens", "<nope>"}},
		{"a list of another kind", files{"tokenizer.json": whole, "tokenizer_config.json": object{"extra_special_tokens": 1}}, []string{"extra_special_tokens"}},
		{"a token of another kind", files{"tokenizer.json": whole, "special_tokens_map.json": object{"eos_token": 5}}, []string{"special_tokens_map.json", "eos_token"}},
		{"an added token without an id", files{"tokenizer.json": whole, "tokenizer_config.json": object{
			"added_tokens_decoder": object{"one": added(0, "<x>")},
		}}, []string{"added_tokens_decoder", `"one"`}},
		{"an id without a token", files{"tokenizer.json": whole, "generation_config.json": object{"eos_token_id": []int{2, 99999}}}, []string{"generation_config.json", "eos_token_id", "99999"}},
		{"an id of another kind", files{"tokenizer.json": whole, "generation_config.json": object{"eos_token_id": "two"}}, []string{"generation_config.json", "eos_token_id"}},
		{"no default template", files{"tokenizer.json": whole, "tokenizer_config.json": object{"chat_template": []object{{"name": "rag"}}}}, []string{"tokenizer_config.json", "chat_template", "default"}},
		{"a template of another kind", files{"tokenizer.json": whole, "tokenizer_config.json": object{"chat_template": 1}}, []string{"tokenizer_config.json", "chat_template"}},
		{"a broken vocabulary", files{"vocab.json": "[", "merges.txt": ""}, []string{"vocab.json"}},
		{"no merges", files{"vocab.json": "{}"}, []string{"merges.txt"}},
		{"broken merges", files{"vocab.json": "{}", "merges.txt": "#version\na b\nabc\n"}, []string{"merges.txt", "abc"}},
		{"no class", files{"vocab.json": "{}", "merges.txt": ""}, []string{"tokenizer_config.json", "tokenizer_class"}},
	} {
		_, err := tokenizer.Load(folder(t, c.files))
		if err == nil {
			t.Errorf("%s: Load(…) has no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: Load(…) = %q, want it to name %q", c.name, err, want)
			}
		}
	}
}
