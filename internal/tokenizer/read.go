package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// maxID bounds the ids, and with them the memory that a short file can ask for. The largest known vocabularies have a
// quarter of that.
const maxID = 1 << 20

// file is tokenizer.json.
type file struct {
	Version       string          `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         json.RawMessage `json:"model"`

	bpe *bpeModel // what Model says
}

// bpeModel is the model of tokenizer.json.
type bpeModel struct {
	Type         string           `json:"type"`
	Dropout      *float64         `json:"dropout"`
	UnkToken     *string          `json:"unk_token"`
	Prefix       *string          `json:"continuing_subword_prefix"`
	Suffix       *string          `json:"end_of_word_suffix"`
	FuseUnk      bool             `json:"fuse_unk"`
	ByteFallback bool             `json:"byte_fallback"`
	IgnoreMerges bool             `json:"ignore_merges"`
	Vocab        map[string]int32 `json:"vocab"`
	Merges       mergeList        `json:"merges"`
}

// Read reads the text of a tokenizer.json. It is strict: what is not known here is an error that names it.
func Read(text []byte) (*Tokenizer, error) {
	f, err := parseFile(text)
	if err != nil {
		return nil, err
	}
	return f.tokenizer()
}

func parseFile(text []byte) (*file, error) {
	var f file
	if err := strict(text, &f); err != nil {
		return nil, err
	}
	if f.Version != "1.0" {
		return nil, fmt.Errorf("version: %q is not known, 1.0 is", f.Version)
	}
	var err error
	if f.bpe, err = readModel(f.Model); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return &f, nil
}

// tokenizer makes the tokenizer that the file describes.
func (f *file) tokenizer() (*Tokenizer, error) {
	t := &Tokenizer{allowSpecial: true, cache: newCache(), workspaces: newWorkspaces(), alphabet: newAlphabet()}
	var err error
	if t.nfc, err = readNormalizer(f.Normalizer); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if t.splitter, err = readPreTokenizer(f.PreTokenizer); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if err := checkPostProcessor(f.PostProcessor); err != nil {
		return nil, fmt.Errorf("post_processor: %w", err)
	}
	if err := checkDecoder(f.Decoder); err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	size := len(f.bpe.Vocab)
	if err := t.setModel(f.bpe); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if err := t.add(f.AddedTokens, size); err != nil {
		return nil, fmt.Errorf("added_tokens: %w", err)
	}
	return t, nil
}

func newWorkspaces() *sync.Pool { return &sync.Pool{New: func() any { return new(workspace) }} }

func readModel(text json.RawMessage) (*bpeModel, error) {
	kind, err := kindOf(text)
	if err != nil {
		return nil, err
	}
	var m bpeModel
	if kind != "BPE" && kind != "" {
		return nil, fmt.Errorf("the type %q is not known, BPE is", kind)
	}
	if err := strict(text, &m); err != nil {
		return nil, err
	}
	switch {
	case m.Dropout != nil && *m.Dropout != 0:
		return nil, errors.New("dropout: tokens that hang on chance are not known here; set it to null")
	case m.Prefix != nil && *m.Prefix != "":
		return nil, errors.New("continuing_subword_prefix: only the empty one is known")
	case m.Suffix != nil && *m.Suffix != "":
		return nil, errors.New("end_of_word_suffix: only the empty one is known")
	case m.ByteFallback:
		return nil, errors.New("byte_fallback: it belongs to vocabularies that are not of bytes")
	}
	return &m, nil
}

// setModel takes over the vocabulary and the merges.
func (t *Tokenizer) setModel(m *bpeModel) error {
	highest := int32(-1)
	for token, id := range m.Vocab {
		if id < 0 || id >= maxID || token == "" {
			return fmt.Errorf("vocab: the token %q with id %d: ids are from 0 to %d, and no token is empty", token, id, maxID-1)
		}
		highest = max(highest, id)
	}
	t.ids = m.Vocab
	t.grow(highest)
	for token, id := range m.Vocab {
		if t.names[id] != "" {
			return fmt.Errorf("vocab: the tokens %q and %q both have id %d", min(token, t.names[id]), max(token, t.names[id]), id)
		}
		t.names[id] = token
		t.texts[id], _ = t.alphabet.text(token)
	}
	for b := range t.model.bytes {
		id, ok := m.Vocab[t.alphabet.token(byte(b))]
		if !ok {
			return fmt.Errorf("vocab: the byte 0x%02X has no token; the vocabulary is not one of bytes", b)
		}
		t.model.bytes[b] = id
	}
	if m.IgnoreMerges {
		t.whole = make(map[string]int32, len(m.Vocab))
		for token, id := range m.Vocab {
			if text, spelled := t.alphabet.text(token); spelled {
				t.whole[text] = id
			}
		}
	}
	return t.setMerges(m.Merges)
}

func (t *Tokenizer) setMerges(list mergeList) error {
	t.merges = newMerges(len(list))
	for rank, pair := range list {
		left, okLeft := t.ids[pair[0]]
		right, okRight := t.ids[pair[1]]
		whole, ok := t.ids[pair[0]+pair[1]]
		if !okLeft || !okRight || !ok {
			return fmt.Errorf("merges[%d]: %q and %q: they and what they make have to be in the vocabulary", rank, pair[0], pair[1])
		}
		t.merges.set(left, right, merge{int32(rank), whole})
	}
	return nil
}

// grow makes room for ids up to the highest.
func (t *Tokenizer) grow(highest int32) {
	if missing := int(highest) + 1 - len(t.names); missing > 0 {
		t.names = append(t.names, make([]string, missing)...)
		t.texts = append(t.texts, make([]string, missing)...)
		t.special = append(t.special, make([]bool, missing)...)
	}
}

// add takes over the added tokens. The tokenizers library gives a token that is not in the vocabulary the next number,
// whatever the file says; where the two differ, the file is not of the model that it was trained with.
func (t *Tokenizer) add(tokens []addedToken, vocabulary int) error {
	highest := int32(-1) // of the added tokens so far
	for i := range tokens {
		token := &tokens[i]
		if token.Content == "" {
			continue
		}
		id, known := t.ids[token.Content]
		if !known {
			id = max(int32(vocabulary), highest+1)
		}
		highest = max(highest, id)
		if id != token.ID {
			return fmt.Errorf("%q has id %d in the file, and %d by its place", token.Content, token.ID, id)
		}
		t.grow(id)
		if !known && t.names[id] != "" {
			return fmt.Errorf("%q and %q both have id %d", t.names[id], token.Content, id)
		}
		t.ids[token.Content] = id
		t.names[id] = token.Content
		t.special[id] = t.special[id] || token.Special
		if err := t.find(token); err != nil {
			return err
		}
	}
	return nil
}

// find has the token looked for, and decoded as it is looked for.
func (t *Tokenizer) find(token *addedToken) error {
	in, text := &t.raw, token.Content
	if token.Normalized {
		in = &t.normal
		if t.nfc {
			text = t.splitter.classes.normalize(text)
		}
	}
	t.texts[token.ID], _ = t.alphabet.text(text)
	if *in == nil {
		*in = &finder{}
	}
	if other := (*in).add(text, token); other != nil {
		return fmt.Errorf("%q is there more than once", token.Content)
	}
	return nil
}

// mergeList is the merges, as pairs or, in older files, as "left right".
type mergeList [][2]string

// UnmarshalJSON reads either form.
func (l *mergeList) UnmarshalJSON(text []byte) error {
	first := bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("[")), " \t\r\n")
	if bytes.HasPrefix(first, []byte(`"`)) {
		var lines []string
		if err := json.Unmarshal(text, &lines); err != nil {
			return err
		}
		return l.fromLines(lines)
	}
	var pairs [][]string
	if err := json.Unmarshal(text, &pairs); err != nil {
		return err
	}
	*l = make(mergeList, len(pairs))
	for i, pair := range pairs {
		if len(pair) != 2 {
			return fmt.Errorf("merges[%d]: a merge is of two tokens, not %d", i, len(pair))
		}
		(*l)[i] = [2]string(pair)
	}
	return nil
}
