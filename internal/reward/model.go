// Package reward is the reward model: a Qwen2 trunk with a head of one number, trained on pairs.
//
// In: a model's folder in any of the layouts that reward models are published in, and rows of pairs, problems with programs
// or single texts. Out: scores, a trained model, and the figures that say how good it is. Its one invariant: a text is scored
// at its last token, which is known by its length, in the one form that the model was trained on; so a score hangs neither
// on padding nor on what else is in the batch, beyond rounding.
package reward

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/tokenizer"
	"github.com/acecoder/acecoder/internal/train"
)

// ErrNoHead says that a model is none that gives rewards.
var ErrNoHead = errors.New("it has no reward head: `acecoder train rm` makes one")

// Head makes a score of the last hidden state h: h·w + b.
type Head struct{ Weight, Bias *tensors.Tensor } // float32, [1, hidden] and [1]

// Model is a reward model, loaded.
type Model struct {
	*nn.Model // the trunk; it is Tied, and has no head of a language model
	Path      string
	Tokenizer *tokenizer.Tokenizer
	Template  *tokenizer.Template
	Head      Head
	Info      Info

	form Form
}

// Options say how a model is opened.
type Options struct {
	Device compute.Backend
	DType  dtypes.DType // of the trunk; the head is float32 always
	Form   string       // the form that texts come in; empty: the one that the model knows, else the first of Forms
	Seed   uint64       // of Begin's new head
}

// Open loads a reward model. A folder without a head is an ErrNoHead.
func Open(path string, o Options) (*Model, error) { return open(path, o, false) }

// Begin loads a model to train: a reward model, or any other, whose head is then a new one.
func Begin(path string, o Options) (*Model, error) { return open(path, o, true) }

func open(path string, o Options, begin bool) (m *Model, err error) {
	// What is small and fails often comes before what is large.
	m = &Model{Path: path}
	if m.Tokenizer, err = tokenizer.Load(path); err != nil {
		return nil, err
	}
	if m.Template, err = m.Tokenizer.Template(); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	f, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := m.Tokenizer.Fits(f.Config.Vocab); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	if m.Info, err = readInfo(f); err == nil {
		err = m.settle(o.Form, len(f.Extra) > 0)
	}
	if err == nil {
		m.Head, err = loadHead(f, m.Info)
	}
	if begin && errors.Is(err, ErrNoHead) {
		m.Head, err = newHead(f.Config.Hidden, o.Seed), nil
	}
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	cfg, weights, err := f.LoadTrunk(o.DType)
	if err != nil {
		return nil, err
	}
	m.Model, err = nn.NewModel(cfg, o.Device, weights)
	return m, err
}

// settle finds the form of the texts, and refuses one that the model was not trained on.
func (m *Model) settle(form string, trained bool) error {
	chat, err := hashOf(m.Template)
	if err != nil {
		return err
	}
	if trained && m.Info.Template != "" {
		if form != "" && form != m.Info.Template {
			return fmt.Errorf("it was trained on texts of the template %s, and %s is asked for", m.Info.Template, form)
		}
		if m.Info.Chat != chat {
			return errors.New("its chat template is another than the one that it was trained with; put that back beside the tokenizer")
		}
		form = m.Info.Template
	}
	if form == "" {
		form = Forms[0].Name
	}
	m.Info.Template, m.Info.Chat = form, chat
	m.form, err = FormNamed(form)
	return err
}

// newHead is as a linear layer of PyTorch begins, uniform within ±1/√hidden; the bias, which cancels in a pair, is 0.
func newHead(hidden int, seed uint64) Head {
	random := rand.New(rand.NewPCG(seed, 2))
	bound := 1 / math.Sqrt(float64(hidden))
	h := emptyHead(hidden)
	tensors.MustMutableFlatData(h.Weight, func(flat []float32) {
		for i := range flat {
			flat[i] = float32(bound * (2*random.Float64() - 1))
		}
	})
	return h
}

func emptyHead(hidden int) Head {
	return Head{tensors.FromShape(shapes.Make(dtypes.Float32, 1, hidden)), tensors.FromShape(shapes.Make(dtypes.Float32, 1))}
}

// The names under which a training keeps the head.
const (
	weightName = "head.weight"
	biasName   = "head.bias"
)

// Beside is the head as what is trained beside the trunk.
func (h Head) Beside() []train.Beside {
	return []train.Beside{
		{Weight: nn.Weight{Name: weightName, Shape: h.Weight.Shape().Dimensions}, Start: h.Weight},
		{Weight: nn.Weight{Name: biasName, Shape: h.Bias.Shape().Dimensions}, Start: h.Bias},
	}
}

// Trained takes the model as a trainer has it now. It is good until the next step.
func (m *Model) Trained(t *train.Trainer) (*Model, error) {
	weights, err := t.Merged(m.Device)
	if err != nil {
		return nil, err
	}
	now := *m
	trunk := *m.Model
	trunk.Weights = weights
	now.Model, now.Head = &trunk, Head{t.Beside()[0], t.Beside()[1]}
	now.Info.Scores = nil
	return &now, nil
}

// Info is what config.json says of a reward model, under infoKey.
type Info struct {
	Template string  `json:"template"`      // the name of the form that it was trained on
	Chat     string  `json:"chat_template"` // names the chat template
	Bias     float32 `json:"bias"`          // of the head, for layouts without one
	Scores   *Scores `json:"scores,omitempty"`
}

// infoKey is the field of config.json that has Info.
const infoKey = "acecoder_rm"

// Scores are figures of a model's scores of the texts that it was trained on.
type Scores struct {
	Texts   int     `json:"texts"`
	Mean    float64 `json:"mean"`
	Std     float64 `json:"std"`     // unbiased
	Clip    float64 `json:"clip"`    // what trainers cut rewards to, on both sides
	Clipped float64 `json:"clipped"` // the share of scores beyond it
}

// Normalise takes scores to a mean of 0 and a deviation of 1 over the texts of the training. A model whose checkpoint does
// not say them is an error.
func (i Info) Normalise(scores []float64) ([]float64, error) {
	if i.Scores == nil || !(i.Scores.Std > 0) {
		return nil, errors.New("the model's config.json has no mean and deviation of its scores, so they cannot be normalised")
	}
	out := slices.Clone(scores)
	for k := range out {
		out[k] = (out[k] - i.Scores.Mean) / i.Scores.Std
	}
	return out, nil
}

// readInfo reads Info; OpenRLHF's mean and std stand for figures that are not there.
func readInfo(f *checkpoint.Folder) (Info, error) {
	var c struct {
		Info *Info    `json:"acecoder_rm"`
		Mean *float64 `json:"mean"`
		Std  *float64 `json:"std"`
	}
	if err := json.Unmarshal(f.Text, &c); err != nil {
		return Info{}, fmt.Errorf("config.json: %w", err)
	}
	var info Info
	if c.Info != nil {
		info = *c.Info
	}
	if info.Scores == nil && c.Mean != nil && c.Std != nil {
		info.Scores = &Scores{Mean: *c.Mean, Std: *c.Std}
	}
	return info, nil
}
