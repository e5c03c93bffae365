package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Config is the shape of a Qwen2 model, in the words of its config.json.
type Config struct {
	Vocab        int     // rows of the embedding: at least as many as the tokenizer has tokens
	Hidden       int     // width of the residual stream
	Intermediate int     // width within a feed-forward block
	Layers       int     // transformer blocks
	Heads        int     // query heads
	KVHeads      int     // key and value heads; each serves Heads/KVHeads query heads
	HeadDim      int     // width of a head
	MaxPositions int     // longest sequence that the model was made for, tokens
	RopeTheta    float64 // base of the rotary embedding's wave lengths
	Epsilon      float64 // of the RMS norms
	Tied         bool    // the head is the embedding
}

// architecture is the only one that is known here, and modelType its name in config.json.
const (
	architecture = "Qwen2ForCausalLM"
	modelType    = "qwen2"
)

// The names of the architectures that have the same trunk with another head, or none.
var architectures = []string{architecture, "Qwen2ForSequenceClassification", "Qwen2Model", "Qwen2ForRewardModel"}

// fileConfig are the fields of config.json that matter here. Pointers tell what is not there.
type fileConfig struct {
	Architectures []string        `json:"architectures"`
	ModelType     string          `json:"model_type"`
	Vocab         *int            `json:"vocab_size"`
	Hidden        *int            `json:"hidden_size"`
	Intermediate  *int            `json:"intermediate_size"`
	Layers        *int            `json:"num_hidden_layers"`
	Heads         *int            `json:"num_attention_heads"`
	KVHeads       *int            `json:"num_key_value_heads"`
	HeadDim       *int            `json:"head_dim"`
	MaxPositions  *int            `json:"max_position_embeddings"`
	RopeTheta     *float64        `json:"rope_theta"`
	RopeScaling   json.RawMessage `json:"rope_scaling"`
	RopeParams    *ropeParameters `json:"rope_parameters"` // transformers 5 has theta here
	Epsilon       *float64        `json:"rms_norm_eps"`
	Tied          *bool           `json:"tie_word_embeddings"`
	Activation    *string         `json:"hidden_act"`
	SlidingWindow *bool           `json:"use_sliding_window"`
	LayerTypes    []string        `json:"layer_types"`
	Quantization  json.RawMessage `json:"quantization_config"`
}

type ropeParameters struct {
	Type  string  `json:"rope_type"`
	Theta float64 `json:"rope_theta"`
}

// ParseConfig reads a config.json. What it leaves out is what transformers' Qwen2Config has for it. A model of another
// family, or one with a part that is not built here, is an error that names the field.
func ParseConfig(data []byte) (Config, error) {
	var f fileConfig
	if err := json.Unmarshal(data, &f); err != nil {
		return Config{}, fmt.Errorf("config.json: %w", err)
	}
	if err := f.check(); err != nil {
		return Config{}, fmt.Errorf("config.json: %w", err)
	}
	c := Config{
		Vocab: or(f.Vocab, 151936), Hidden: or(f.Hidden, 4096), Intermediate: or(f.Intermediate, 22016),
		Layers: or(f.Layers, 32), Heads: or(f.Heads, 32), MaxPositions: or(f.MaxPositions, 32768),
		RopeTheta: or(f.RopeTheta, 10000), Epsilon: or(f.Epsilon, 1e-6), Tied: or(f.Tied, false),
	}
	c.KVHeads = or(f.KVHeads, min(32, c.Heads))
	if f.RopeParams != nil && f.RopeParams.Theta != 0 {
		c.RopeTheta = f.RopeParams.Theta
	}
	if f.HeadDim == nil && c.Heads > 0 {
		if c.Hidden%c.Heads != 0 {
			return Config{}, fmt.Errorf("config.json: hidden_size %d is no multiple of num_attention_heads %d", c.Hidden, c.Heads)
		}
		c.HeadDim = c.Hidden / c.Heads
	} else {
		c.HeadDim = or(f.HeadDim, 0)
	}
	if err := c.Check(); err != nil {
		return Config{}, fmt.Errorf("config.json: %w", err)
	}
	return c, nil
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// check refuses what another program would compute otherwise than we do.
func (f *fileConfig) check() error {
	if f.ModelType != modelType {
		return fmt.Errorf("model_type is %q, and only %q is known here; ask other models through an endpoint", f.ModelType, modelType)
	}
	for _, a := range f.Architectures {
		if !slices.Contains(architectures, a) {
			return fmt.Errorf("architectures has %q; known are %s", a, strings.Join(architectures, ", "))
		}
	}
	if f.Activation != nil && *f.Activation != "silu" {
		return fmt.Errorf("hidden_act is %q, and only silu is known here", *f.Activation)
	}
	if f.SlidingWindow != nil && *f.SlidingWindow {
		return errors.New("use_sliding_window is true, and attention is full here")
	}
	for _, t := range f.LayerTypes {
		if t != "full_attention" {
			return fmt.Errorf("layer_types has %q, and attention is full here", t)
		}
	}
	if isSet(f.RopeScaling) || f.RopeParams != nil && f.RopeParams.Type != "" && f.RopeParams.Type != "default" {
		return errors.New("the rotary embedding is scaled (rope_scaling, rope_parameters), which is not known here")
	}
	if isSet(f.Quantization) {
		return errors.New("quantization_config is set; the weights are read as they are here, so take those that are not quantized")
	}
	return nil
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// Check reports the first field that makes no sense, by its name in config.json.
func (c Config) Check() error {
	for _, f := range []struct {
		name  string
		value int
	}{
		{"vocab_size", c.Vocab},
		{"hidden_size", c.Hidden},
		{"intermediate_size", c.Intermediate},
		{"num_hidden_layers", c.Layers},
		{"num_attention_heads", c.Heads},
		{"num_key_value_heads", c.KVHeads},
		{"head_dim", c.HeadDim},
		{"max_position_embeddings", c.MaxPositions},
	} {
		if f.value < 1 {
			return fmt.Errorf("%s is %d, want at least 1", f.name, f.value)
		}
	}
	switch {
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("num_attention_heads %d is no multiple of num_key_value_heads %d", c.Heads, c.KVHeads)
	case c.HeadDim%2 != 0:
		return fmt.Errorf("head_dim is %d, and a rotary embedding wants an even one", c.HeadDim)
	case !(c.RopeTheta > 0):
		return fmt.Errorf("rope_theta is %v, want more than 0", c.RopeTheta)
	case !(c.Epsilon > 0):
		return fmt.Errorf("rms_norm_eps is %v, want more than 0", c.Epsilon)
	}
	return nil
}

// JSON returns the config.json of the model, as transformers writes and reads it. The type of the weights is "float32" or
// "bfloat16".
func (c Config) JSON(weights string) ([]byte, error) {
	data, err := json.MarshalIndent(map[string]any{
		"architectures":           []string{architecture},
		"attention_dropout":       0.0,
		"head_dim":                c.HeadDim,
		"hidden_act":              "silu",
		"hidden_size":             c.Hidden,
		"initializer_range":       0.02,
		"intermediate_size":       c.Intermediate,
		"max_position_embeddings": c.MaxPositions,
		"model_type":              modelType,
		"num_attention_heads":     c.Heads,
		"num_hidden_layers":       c.Layers,
		"num_key_value_heads":     c.KVHeads,
		"rms_norm_eps":            c.Epsilon,
		"rope_theta":              c.RopeTheta,
		"tie_word_embeddings":     c.Tied,
		"torch_dtype":             weights,
		"use_cache":               true,
		"use_sliding_window":      false,
		"vocab_size":              c.Vocab,
	}, "", "  ")
	return append(data, '\n'), err
}
