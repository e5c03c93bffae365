package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acecoder/acecoder/internal/jsonl"
)

// Generation is what a model's generation_config.json says about how to generate with it. What the file leaves out is
// what transformers takes then.
type Generation struct {
	EOS               []int32 // tokens that end an answer; none: only its length does
	Pad               *int32
	BOS               *int32
	DoSample          bool // false: the most likely token each time, whatever the rest says
	Temperature       float64
	TopP              float64
	TopK              int
	RepetitionPenalty float64
}

// tokens is one token, or a list of them.
type tokens []int32

// UnmarshalJSON takes both forms, and null.
func (t *tokens) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, (*[]int32)(t))
	}
	*t = make(tokens, 1)
	return json.Unmarshal(text, &(*t)[0])
}

// MarshalJSON writes the form that transformers does.
func (t tokens) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]int32(t))
}

// generationFile are the fields of generation_config.json that are known here.
type generationFile struct {
	BOS               *int32   `json:"bos_token_id,omitempty"`
	DoSample          *bool    `json:"do_sample,omitempty"`
	EOS               *tokens  `json:"eos_token_id,omitempty"`
	Pad               *int32   `json:"pad_token_id,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`
	Temperature       *float64 `json:"temperature,omitempty"`
	TopK              *int     `json:"top_k,omitempty"`
	TopP              *float64 `json:"top_p,omitempty"`
}

// DefaultGeneration is what transformers does for a model that says nothing.
func DefaultGeneration() Generation {
	return Generation{Temperature: 1, TopP: 1, TopK: 50, RepetitionPenalty: 1}
}

// ReadGeneration reads the generation_config.json of a model's folder; without that file it is DefaultGeneration.
func ReadGeneration(dir string) (Generation, error) {
	g := DefaultGeneration()
	text, err := readSmall(filepath.Join(dir, generationName))
	if errors.Is(err, os.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return g, err
	}
	file, err := jsonl.Decode[generationFile](jsonl.Row{File: generationName, Line: 1, Raw: text})
	if err != nil {
		return g, err
	}
	if file.EOS != nil {
		g.EOS = *file.EOS
	}
	g.Pad, g.BOS = file.Pad, file.BOS
	set(&g.DoSample, file.DoSample)
	set(&g.Temperature, file.Temperature)
	set(&g.TopP, file.TopP)
	set(&g.TopK, file.TopK)
	set(&g.RepetitionPenalty, file.RepetitionPenalty)
	if err := g.check(); err != nil {
		return g, fmt.Errorf("%s: %w", generationName, err)
	}
	return g, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// check reports the first value that makes no sense.
func (g Generation) check() error {
	switch {
	case !(g.Temperature >= 0):
		return fmt.Errorf("temperature is %v, want 0 or more", g.Temperature)
	case !(g.TopP > 0 && g.TopP <= 1):
		return fmt.Errorf("top_p is %v, want more than 0 and at most 1", g.TopP)
	case g.TopK < 0:
		return fmt.Errorf("top_k is %d, want 0 (all tokens) or more", g.TopK)
	case !(g.RepetitionPenalty > 0):
		return fmt.Errorf("repetition_penalty is %v, want more than 0", g.RepetitionPenalty)
	}
	return nil
}

// fits reports a token that is none of the model's.
func (g Generation) fits(vocab int) error {
	named := []struct {
		name string
		ids  []int32
	}{{"eos_token_id", g.EOS}, {"pad_token_id", one(g.Pad)}, {"bos_token_id", one(g.BOS)}}
	for _, n := range named {
		for _, id := range n.ids {
			if id < 0 || int(id) >= vocab {
				return fmt.Errorf("%s is %d, and the model has the tokens 0 to %d", n.name, id, vocab-1)
			}
		}
	}
	return nil
}

func one(id *int32) []int32 {
	if id == nil {
		return nil
	}
	return []int32{*id}
}

// json is the file that ReadGeneration reads.
func (g Generation) json() ([]byte, error) {
	file := generationFile{
		BOS: g.BOS, DoSample: &g.DoSample, Pad: g.Pad, RepetitionPenalty: &g.RepetitionPenalty, Temperature: &g.Temperature,
		TopK: &g.TopK, TopP: &g.TopP,
	}
	if len(g.EOS) > 0 {
		file.EOS = (*tokens)(&g.EOS)
	}
	text, err := json.MarshalIndent(file, "", "  ")
	return append(text, '\n'), err
}
