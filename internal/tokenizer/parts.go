package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// strict decodes one JSON value, all of it, into a struct that has to know every field.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return named(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// named makes the errors of encoding/json speak of fields only.
func named(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: %s is not what belongs here", wrong.Field, wrong.Value)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON text is cut off")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// kindOf returns the type of a part of tokenizer.json, "null" where the file has none.
func kindOf(text json.RawMessage) (string, error) {
	if len(text) == 0 || string(text) == "null" {
		return "null", nil
	}
	var part struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &part); err != nil {
		return "", named(err)
	}
	return part.Type, nil
}

// partsOf reads the parts of a Sequence, whose field has the name.
func partsOf(text json.RawMessage, name string) ([]json.RawMessage, error) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, named(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(parts[name], &list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, named(err))
	}
	if len(parts) != 2 {
		return nil, fmt.Errorf("a Sequence has the fields type and %s", name)
	}
	return list, nil
}

// readNormalizer tells whether texts are brought into the form NFC.
func readNormalizer(text json.RawMessage) (nfc bool, err error) {
	kind, err := kindOf(text)
	if err != nil {
		return false, err
	}
	switch kind {
	case "null":
		return false, nil
	case "NFC":
		return true, strict(text, &struct{ Type string }{})
	case "Sequence":
		parts, err := partsOf(text, "normalizers")
		if err != nil {
			return false, err
		}
		for i, part := range parts {
			one, err := readNormalizer(part)
			if err != nil {
				return false, fmt.Errorf("normalizers[%d]: %w", i, err)
			}
			nfc = nfc || one
		}
		return nfc, nil
	}
	return false, fmt.Errorf("the type %q is not known, NFC is", kind)
}

// byteLevel is a ByteLevel, as a pre-tokeniser, post-processor and decoder.
type byteLevel struct {
	Type           string
	AddPrefixSpace bool  `json:"add_prefix_space"`
	TrimOffsets    bool  `json:"trim_offsets"` // says where tokens lie in a text, which is not asked for here
	UseRegex       *bool `json:"use_regex"`    // true if it is left out
}

// split is a Split.
type split struct {
	Type    string
	Pattern struct {
		Regex  *string
		String *string
	}
	Behavior string
	Invert   bool
}

// readPreTokenizer returns how texts are cut: by a Split and then a ByteLevel, or a ByteLevel that cuts by itself.
func readPreTokenizer(text json.RawMessage) (splitter, error) {
	kind, err := kindOf(text)
	if err != nil {
		return splitter{}, err
	}
	parts := []json.RawMessage{text}
	where := func(int) string { return "" }
	if kind == "Sequence" {
		if parts, err = partsOf(text, "pretokenizers"); err != nil {
			return splitter{}, err
		}
		where = func(i int) string { return fmt.Sprintf("pretokenizers[%d]: ", i) }
	}
	kinds := make([]string, len(parts))
	for i, part := range parts {
		if kinds[i], err = kindOf(part); err != nil {
			return splitter{}, fmt.Errorf("%s%w", where(i), err)
		}
		if kinds[i] != "Split" && kinds[i] != "ByteLevel" {
			return splitter{}, fmt.Errorf("%sthe type %q is not known; Split and ByteLevel are", where(i), kinds[i])
		}
	}
	switch strings.Join(kinds, " ") {
	case "ByteLevel":
		if err := readByteLevel(parts[0], true); err != nil {
			return splitter{}, fmt.Errorf("%s%w", where(0), err)
		}
		s, _ := newSplitter(gpt2Pattern)
		return s, nil
	case "Split ByteLevel":
		s, err := readSplit(parts[0])
		if err != nil {
			return splitter{}, fmt.Errorf("%s%w", where(0), err)
		}
		if err := readByteLevel(parts[1], false); err != nil {
			return splitter{}, fmt.Errorf("%s%w", where(1), err)
		}
		return s, nil
	}
	return splitter{}, fmt.Errorf("%s: only a Split and then a ByteLevel, or a ByteLevel alone are known", strings.Join(kinds, ", "))
}

func readByteLevel(text json.RawMessage, cuts bool) error {
	var b byteLevel
	if err := strict(text, &b); err != nil {
		return err
	}
	if b.AddPrefixSpace {
		return errors.New("add_prefix_space: a space before each text is not known here; false is")
	}
	if useRegex := b.UseRegex == nil || *b.UseRegex; useRegex != cuts {
		return fmt.Errorf("use_regex: %t belongs here", cuts)
	}
	return nil
}

func readSplit(text json.RawMessage) (splitter, error) {
	var p split
	if err := strict(text, &p); err != nil {
		return splitter{}, err
	}
	// The expressions leave nothing between their matches, so that keeping only these is the same.
	if (p.Behavior != "Isolated" || p.Invert) && (p.Behavior != "Removed" || !p.Invert) {
		return splitter{}, fmt.Errorf("behavior: %s with invert %t is not known; Isolated with false is", p.Behavior, p.Invert)
	}
	if p.Pattern.Regex == nil {
		return splitter{}, errors.New("pattern: only a Regex is known")
	}
	s, ok := newSplitter(*p.Pattern.Regex)
	if !ok {
		return splitter{}, fmt.Errorf("pattern: %s is not known; those of Qwen2 to Qwen3.5, Llama 3 and GPT-2 are", *p.Pattern.Regex)
	}
	return s, nil
}

// checkPostProcessor accepts what adds nothing to a text, and a TemplateProcessing, whose tokens are not added here.
func checkPostProcessor(text json.RawMessage) error {
	kind, err := kindOf(text)
	if err != nil {
		return err
	}
	switch kind {
	case "null", "TemplateProcessing":
		return nil
	case "ByteLevel":
		return strict(text, &byteLevel{})
	case "Sequence":
		parts, err := partsOf(text, "processors")
		if err != nil {
			return err
		}
		for i, part := range parts {
			if err := checkPostProcessor(part); err != nil {
				return fmt.Errorf("processors[%d]: %w", i, err)
			}
		}
		return nil
	}
	return fmt.Errorf("the type %q is not known; ByteLevel and TemplateProcessing are", kind)
}

func checkDecoder(text json.RawMessage) error {
	kind, err := kindOf(text)
	if err != nil {
		return err
	}
	if kind != "ByteLevel" {
		return fmt.Errorf("the type %q is not known, ByteLevel is", kind)
	}
	return strict(text, &byteLevel{})
}
