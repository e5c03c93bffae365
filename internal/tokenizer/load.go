package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The files of a model's folder that are read here.
const (
	mainFile       = "tokenizer.json"
	vocabularyFile = "vocab.json"
	mergesFile     = "merges.txt"
	configFile     = "tokenizer_config.json"
	mapFile        = "special_tokens_map.json"
	generationFile = "generation_config.json"
	templateFile   = "chat_template.jinja"
)

// Load reads the tokenizer of a model's folder: tokenizer.json, or where it is missing vocab.json and merges.txt; and
// what tokenizer_config.json, special_tokens_map.json, generation_config.json and chat_template.jinja say, of those
// that are there.
func Load(path string) (*Tokenizer, error) {
	config, err := readConfig(path)
	if err != nil {
		return nil, err
	}
	f, name, err := readTokens(path, config)
	if err != nil {
		return nil, err
	}
	f.AddedTokens = config.merge(f.AddedTokens, f.bpe.Vocab)
	t, err := f.tokenizer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if t.folder, err = config.folder(t, path); err != nil {
		return nil, err
	}
	return t, nil
}

// readTokens reads tokenizer.json, or makes one of vocab.json and merges.txt. The name is that of the file to blame.
func readTokens(path string, config *config) (*file, string, error) {
	name := filepath.Join(path, mainFile)
	text, err := os.ReadFile(name)
	if err == nil {
		f, err := parseFile(text)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		return f, name, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("read tokenizer: %w", err)
	}
	f, err := readPlain(path, config)
	return f, filepath.Join(path, vocabularyFile), err
}

// classParts are the parts of tokenizer.json that go without saying for a tokenizer's class, without its "Fast".
var classParts = map[string]struct{ normalizer, preTokenizer string }{
	"Qwen2Tokenizer": {
		`{"type":"NFC"}`,
		`{"type":"Sequence","pretokenizers":[` +
			`{"type":"Split","pattern":{"Regex":` + quoted(qwen2Pattern) + `},"behavior":"Isolated","invert":false},` +
			`{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}`,
	},
	"GPT2Tokenizer": {`null`, `{"type":"ByteLevel","add_prefix_space":false}`},
}

func quoted(s string) string {
	text, _ := json.Marshal(s) // a string always goes
	return string(text)
}

// readPlain reads vocab.json and merges.txt.
func readPlain(path string, config *config) (*file, error) {
	name := filepath.Join(path, vocabularyFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: neither %s nor %s is there; give the folder of a model", path, mainFile, vocabularyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	var m bpeModel
	if err := json.Unmarshal(text, &m.Vocab); err != nil {
		return nil, fmt.Errorf("%s: %w", name, named(err))
	}
	name = filepath.Join(path, mergesFile)
	if text, err = os.ReadFile(name); err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	if err := m.Merges.fromLines(mergeLines(string(text))); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	parts, ok := classParts[strings.TrimSuffix(config.Class, "Fast")]
	if !ok {
		return nil, fmt.Errorf("%s: tokenizer_class: %q does not say how texts are cut; Qwen2Tokenizer and GPT2Tokenizer do, and a %s does",
			filepath.Join(path, configFile), config.Class, mainFile)
	}
	return &file{
		Normalizer:   json.RawMessage(parts.normalizer),
		PreTokenizer: json.RawMessage(parts.preTokenizer),
		Decoder:      json.RawMessage(`{"type":"ByteLevel"}`),
		bpe:          &m,
	}, nil
}

// mergeLines returns the lines of a merges.txt that are merges.
func mergeLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !strings.HasPrefix(line, "#version") {
			lines = append(lines, line)
		}
	}
	return lines
}

// fromLines reads merges of the form "left right".
func (l *mergeList) fromLines(lines []string) error {
	*l = make(mergeList, len(lines))
	for i, line := range lines {
		left, right, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(right, " ") {
			return fmt.Errorf("merges[%d]: %q is not two tokens with a space between them", i, line)
		}
		(*l)[i] = [2]string{left, right}
	}
	return nil
}
