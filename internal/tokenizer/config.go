package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Mark is a token that means something to whoever generates, and the file that says so.
type Mark struct {
	ID     int32
	Token  string
	Source string // tokenizer_config.json, for example
}

// Marks are the tokens of a model's begin, end and padding. There may be several of a kind, as a model may stop at any
// of some tokens; what the tokenizer's own configuration says comes first, and each id once.
type Marks struct{ BOS, EOS, PAD []Mark }

// Marks returns the tokens that the files of the folder name. A tokenizer that was not loaded from a folder has none.
func (t *Tokenizer) Marks() Marks { return t.folder.marks }

// folder is what a model's folder says beside the tokens themselves.
type folder struct {
	marks    Marks
	named    map[string]string // bos_token and so on, as templates see them
	template string            // the source of the chat template; empty if there is none
	from     string            // the file that it is in
}

// namedTokens are the tokens that configurations name, and listedTokens those that they have several of.
var (
	namedTokens  = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}
	listedTokens = []string{"additional_special_tokens", "extra_special_tokens"}
)

// mention is a token that a configuration names or lists.
type mention struct{ key, token, source string }

// config is what is read of tokenizer_config.json and special_tokens_map.json.
type config struct {
	Class    string                `json:"tokenizer_class"`
	Added    map[string]addedToken `json:"added_tokens_decoder"`
	Template json.RawMessage       `json:"chat_template"`

	named    map[string]string // by the name
	mentions []mention
}

// readJSON reads a file, if it is there.
func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read tokenizer: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, named(err))
	}
	return nil
}

func readConfig(path string) (*config, error) {
	c := &config{named: map[string]string{}}
	if err := readJSON(filepath.Join(path, configFile), c); err != nil {
		return nil, err
	}
	for _, name := range []string{configFile, mapFile} {
		if err := c.readTokens(path, name); err != nil {
			return nil, err
		}
	}
	for key, token := range c.Added {
		id, err := strconv.ParseInt(key, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: added_tokens_decoder: %q is no id", filepath.Join(path, configFile), key)
		}
		token.ID = int32(id)
		c.Added[key] = token
	}
	return c, nil
}

// readTokens reads the tokens that a file names and lists. What an earlier file names counts.
func (c *config) readTokens(path, source string) error {
	path = filepath.Join(path, source)
	var all map[string]json.RawMessage
	if err := readJSON(path, &all); err != nil {
		return err
	}
	for _, key := range namedTokens {
		token, err := tokenText(all[key])
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, key, named(err))
		}
		if token != "" && c.named[key] == "" {
			c.named[key] = token
			c.mentions = append(c.mentions, mention{key, token, source})
		}
	}
	for _, key := range listedTokens {
		tokens, err := tokenTexts(all[key])
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, key, named(err))
		}
		for _, token := range tokens {
			c.mentions = append(c.mentions, mention{key, token, source})
		}
	}
	return nil
}

// tokenTexts reads several tokens: a list, or an object with a name for each.
func tokenTexts(text json.RawMessage) ([]string, error) {
	var list []json.RawMessage
	switch {
	case len(text) == 0:
	case text[0] == '{':
		var byName map[string]json.RawMessage
		if err := json.Unmarshal(text, &byName); err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			list = append(list, byName[name])
		}
	default:
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, err
		}
	}
	out := make([]string, len(list))
	for i, one := range list {
		var err error
		if out[i], err = tokenText(one); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tokenText reads a token: a string, or an object with the string as its content.
func tokenText(text json.RawMessage) (string, error) {
	if len(text) == 0 || string(text) == "null" {
		return "", nil
	}
	var object struct{ Content string }
	if bytes.HasPrefix(text, []byte("{")) {
		err := json.Unmarshal(text, &object)
		return object.Content, err
	}
	err := json.Unmarshal(text, &object.Content)
	return object.Content, err
}

// merge returns the added tokens of tokenizer.json with those of the configuration, which replace them, and the tokens
// of the vocabulary that it mentions. What is special anywhere is special, but for what it only lists and is an added
// token already. So does the transformers library.
func (c *config) merge(tokens []addedToken, vocabulary map[string]int32) []addedToken {
	place := make(map[string]int, len(tokens))
	for i, token := range tokens {
		place[token.Content] = i
	}
	more := slices.SortedFunc(maps.Values(c.Added), func(a, b addedToken) int { return int(a.ID - b.ID) })
	for _, token := range more {
		if i, ok := place[token.Content]; ok {
			token.Special = token.Special || tokens[i].Special
			tokens[i] = token
			continue
		}
		place[token.Content] = len(tokens)
		tokens = append(tokens, token)
	}
	for _, m := range c.mentions {
		if i, ok := place[m.token]; ok {
			tokens[i].Special = tokens[i].Special || slices.Contains(namedTokens, m.key)
		} else if id, ok := vocabulary[m.token]; ok {
			place[m.token] = len(tokens)
			tokens = append(tokens, addedToken{ID: id, Content: m.token, Special: true})
		}
	}
	return tokens
}

// folder collects what the folder says about the tokenizer's tokens.
func (c *config) folder(t *Tokenizer, path string) (folder, error) {
	f := folder{named: c.named}
	for _, m := range c.mentions {
		id, ok := t.ID(m.token)
		if !ok {
			return f, fmt.Errorf("%s: %s: %q is not in the vocabulary", filepath.Join(path, m.source), m.key, m.token)
		}
		f.marks.add(m.key, Mark{id, m.token, m.source})
	}
	if err := f.marks.addGeneration(t, filepath.Join(path, generationFile)); err != nil {
		return f, err
	}
	var err error
	f.template, f.from, err = c.template(path)
	return f, err
}

// add adds a mark of a kind, bos_token or bos_token_id for example, if it is one of ours and not there yet.
func (m *Marks) add(kind string, mark Mark) {
	list, ok := map[string]*[]Mark{"bos": &m.BOS, "eos": &m.EOS, "pad": &m.PAD}[kind[:3]]
	if !ok || slices.ContainsFunc(*list, func(other Mark) bool { return other.ID == mark.ID }) {
		return
	}
	*list = append(*list, mark)
}

// addGeneration adds what generation_config.json names: ids, one or a list of each kind.
func (m *Marks) addGeneration(t *Tokenizer, path string) error {
	var all map[string]json.RawMessage
	if err := readJSON(path, &all); err != nil {
		return err
	}
	for _, key := range []string{"bos_token_id", "eos_token_id", "pad_token_id"} {
		text := all[key]
		if len(text) == 0 {
			continue
		}
		if text[0] != '[' {
			text = slices.Concat([]byte("["), text, []byte("]"))
		}
		var ids []*int32
		if err := json.Unmarshal(text, &ids); err != nil {
			return fmt.Errorf("%s: %s: %w", path, key, named(err))
		}
		for _, id := range ids {
			if id == nil {
				continue
			}
			token, ok := t.Token(*id)
			if !ok {
				return fmt.Errorf("%s: %s: no token has id %d", path, key, *id)
			}
			m.add(key, Mark{*id, token, generationFile})
		}
	}
	return nil
}

// template returns the source of the chat template and the file that it is in: chat_template.jinja before what the
// configuration has, and there the one called default, if there are several.
func (c *config) template(path string) (source, from string, err error) {
	from = filepath.Join(path, templateFile)
	text, err := os.ReadFile(from)
	if err == nil {
		return string(text), from, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("read tokenizer: %w", err)
	}
	from = filepath.Join(path, configFile) + ": chat_template"
	if !bytes.HasPrefix(c.Template, []byte("[")) {
		source, err = tokenText(c.Template)
	} else {
		var several []struct{ Name, Template string }
		err = json.Unmarshal(c.Template, &several)
		for _, one := range several {
			if one.Name == "default" {
				source = one.Template
			}
		}
		if err == nil && source == "" {
			err = errors.New("none of the templates is called default")
		}
	}
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", from, named(err))
	}
	return source, from, nil
}
