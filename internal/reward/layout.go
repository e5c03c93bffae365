package reward

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
)

// Layout is a way in which reward models are saved.
type Layout string

// The layouts.
const (
	// HF is transformers' Qwen2ForSequenceClassification, which TRL, verl and vLLM load: score.weight, and no bias.
	HF Layout = "hf"
	// OpenRLHF is the same, with the mean and deviation of the scores where OpenRLHF looks for them.
	OpenRLHF Layout = "openrlhf"
	// AceCodeRM is a causal model with v_head.summary.weight and v_head.summary.bias.
	AceCodeRM Layout = "acecoderm"
	// LLaMAFactory is a causal model, with the same two tensors in a file of their own.
	LLaMAFactory Layout = "llamafactory"
)

// Layouts lists them.
func Layouts() []string {
	return []string{string(HF), string(OpenRLHF), string(AceCodeRM), string(LLaMAFactory)}
}

// Check refuses a layout that there is not.
func (l Layout) Check() error {
	if !slices.Contains(Layouts(), string(l)) {
		return fmt.Errorf("the layout %q is not known; known are %s", l, strings.Join(Layouts(), ", "))
	}
	return nil
}

// causal reports whether a layout keeps the head of the language model.
func (l Layout) causal() bool { return l == AceCodeRM || l == LLaMAFactory }

// The names of a head's tensors in files, and of the language model's.
const (
	scoreWeight = "score.weight"
	scoreBias   = "score.bias"
	valueWeight = "v_head.summary.weight"
	valueBias   = "v_head.summary.bias"
	lmHead      = "lm_head.weight"
)

// layoutOf finds out in which layout a folder is.
func layoutOf(f *checkpoint.Folder) (Layout, error) {
	score, value := f.Has(scoreWeight), f.Has(valueWeight)
	var c struct {
		Prefix *string `json:"value_head_prefix"`
	}
	switch {
	case score && value:
		return "", fmt.Errorf("it has two heads, %s and %s", scoreWeight, valueWeight)
	case !score && !value:
		return "", ErrNoHead
	case value && f.Apart(valueWeight):
		return LLaMAFactory, nil
	case value:
		return AceCodeRM, nil
	case json.Unmarshal(f.Text, &c) == nil && c.Prefix != nil:
		return OpenRLHF, nil
	}
	return HF, nil
}

// headNames are the names of a folder's head; bias is empty where it has none.
func headNames(f *checkpoint.Folder) (weight, bias string, err error) {
	layout, err := layoutOf(f)
	if err != nil {
		return "", "", err
	}
	weight, bias = scoreWeight, scoreBias
	if layout.causal() {
		weight, bias = valueWeight, valueBias
	}
	if !f.Has(bias) {
		bias = ""
	}
	return weight, bias, nil
}

// loadHead reads a folder's head and holds it to the model's width.
func loadHead(f *checkpoint.Folder, info Info) (Head, error) {
	weight, bias, err := headNames(f)
	if err != nil {
		return Head{}, err
	}
	h := Head{Bias: tensors.FromFlatDataAndDimensions([]float32{info.Bias}, 1)}
	if h.Weight, err = f.LoadExtra(weight, dtypes.Float32); err != nil {
		return Head{}, err
	}
	if shape := h.Weight.Shape().Dimensions; !slices.Equal(shape, []int{1, f.Config.Hidden}) {
		return Head{}, fmt.Errorf("%s has shape %v, want [1 %d]: one score of a hidden state of this model", weight, shape, f.Config.Hidden)
	}
	if bias == "" {
		return h, nil
	}
	if h.Bias, err = f.LoadExtra(bias, dtypes.Float32); err != nil {
		return Head{}, err
	}
	if shape := h.Bias.Shape().Dimensions; !slices.Equal(shape, []int{1}) {
		return Head{}, fmt.Errorf("%s has shape %v, want [1]", bias, shape)
	}
	return h, nil
}

// SaveOptions say how a reward model is saved.
type SaveOptions struct {
	Layout  Layout
	DType   dtypes.DType // of the trunk's files; the head's is float32
	Replace bool         // a model that is at the path goes once this one is complete
}

// Save writes the model, with the tokenizer of the model that it was made from, and where the layout has one, that one's
// head of the language model. The notes tell what other programs will not find in it.
func (m *Model) Save(dir string, o SaveOptions) (notes []string, err error) {
	from, err := checkpoint.Open(m.Path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	s := saving{layout: o.Layout, from: from, info: m.Info, pad: m.padToken()}
	s.info.Bias = tensors.MustCopyFlatData[float32](m.Head.Bias)[0]
	s.weight = checkpoint.FromTensor("", m.Head.Weight, dtypes.Float32)
	s.bias = checkpoint.FromTensor("", m.Head.Bias, dtypes.Float32)
	for i, w := range m.Config.Weights() {
		s.trunk = append(s.trunk, checkpoint.FromTensor(w.Name, m.Weights[i], o.DType))
	}
	s.dtype = checkpoint.TypeName(o.DType)
	return s.write(dir, o.Replace)
}

// padToken is the token that the tokenizer pads with; -1: none.
func (m *Model) padToken() int32 {
	if pad := m.Tokenizer.Marks().PAD; len(pad) > 0 {
		return pad[0].ID
	}
	return -1
}

// saving is a reward model on its way into a folder.
type saving struct {
	layout       Layout
	from         *checkpoint.Folder // where config.json, the tokenizer and the language model's head come from
	info         Info
	pad          int32
	trunk        []checkpoint.Source
	weight, bias checkpoint.Source // of the head, under any name
	dtype        string            // of the trunk, if it is not as in from
}

func (s saving) write(dir string, replace bool) (notes []string, err error) {
	if err := s.layout.Check(); err != nil {
		return nil, err
	}
	p := checkpoint.Parts{Weights: slices.Clone(s.trunk)}
	if p.Config, err = s.config(); err != nil {
		return nil, err
	}
	switch {
	case !s.layout.causal():
		s.weight.Name = scoreWeight
		p.Weights = append(p.Weights, s.weight)
	default:
		s.weight.Name, s.bias.Name = valueWeight, valueBias
		if s.from.Has(lmHead) {
			head, err := s.from.Source(lmHead, lmHead)
			if err != nil {
				return nil, err
			}
			p.Weights = append(p.Weights, head)
		}
		if s.layout == LLaMAFactory {
			p.Head = []checkpoint.Source{s.weight, s.bias}
		} else {
			p.Weights = append(p.Weights, s.weight, s.bias)
		}
	}
	return s.notes(), checkpoint.SaveParts(dir, p, checkpoint.SaveOptions{From: s.from.Path, Replace: replace})
}

// config is config.json of the layout: what was in it before, but for what says what kind of model it is.
func (s saving) config() ([]byte, error) {
	fields := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(s.from.Text))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	for _, name := range []string{"num_labels", "id2label", "label2id", "value_head_prefix", "mean", "std"} {
		delete(fields, name)
	}
	fields["architectures"] = []string{"Qwen2ForCausalLM"}
	if !s.layout.causal() {
		fields["architectures"] = []string{"Qwen2ForSequenceClassification"}
		fields["id2label"], fields["label2id"] = map[string]string{"0": "LABEL_0"}, map[string]int{"LABEL_0": 0}
		fields["num_labels"] = 1
	}
	if s.layout == OpenRLHF {
		fields["value_head_prefix"] = "score"
	}
	if s.pad >= 0 {
		fields["pad_token_id"] = s.pad
	}
	if s.info.Scores != nil {
		fields["mean"], fields["std"] = s.info.Scores.Mean, s.info.Scores.Std
	}
	if s.dtype != "" {
		delete(fields, "dtype")
		fields["torch_dtype"] = s.dtype
	}
	fields[infoKey] = s.info
	data, err := json.MarshalIndent(fields, "", "  ")
	return append(data, '\n'), err
}

// notes tell what other programs will not find.
func (s saving) notes() []string {
	var all []string
	if !s.layout.causal() {
		if s.info.Bias != 0 {
			all = append(all, fmt.Sprintf("the layout has no bias, so other programs' scores are lower by %v; config.json keeps it for ours", s.info.Bias))
		}
		if s.from.Has(lmHead) {
			all = append(all, lmHead+" is left out; no score hangs on it")
		}
		if s.pad < 0 {
			all = append(all, "the tokenizer names no token for padding, so transformers scores one text at a time")
		}
	} else if s.from.Headless {
		all = append(all, lmHead+" is not there, and other programs begin with a random one; no score hangs on it")
	}
	return all
}
