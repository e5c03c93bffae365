package reward

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/safetensors"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Convert writes a reward model again in another layout. The tensors are copied as bytes, one after the other, and computed
// with nothing; so it needs little memory whatever the model's size. The notes tell what other programs will not find in it.
func Convert(from, to string, layout Layout, replace bool) (notes []string, err error) {
	if err := layout.Check(); err != nil {
		return nil, err
	}
	f, err := checkpoint.Open(from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	s, head, err := convert(f, layout)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", from, err)
	}
	if notes, err = s.write(to, replace); err != nil {
		return nil, err
	}
	return notes, probe(head, to)
}

func convert(f *checkpoint.Folder, layout Layout) (saving, Head, error) {
	s := saving{layout: layout, from: f, pad: -1}
	t, err := tokenizer.Load(f.Path)
	if err != nil {
		return s, Head{}, err
	}
	s.pad = (&Model{Tokenizer: t}).padToken()
	if s.info, err = readInfo(f); err != nil {
		return s, Head{}, err
	}
	head, err := loadHead(f, s.info)
	if err != nil {
		return s, Head{}, err
	}
	s.info.Bias = tensors.MustCopyFlatData[float32](head.Bias)[0]
	weight, bias, err := headNames(f)
	if err == nil {
		s.weight, err = f.Source(weight, "")
	}
	switch {
	case err != nil:
		return s, Head{}, err
	case bias != "":
		s.bias, err = f.Source(bias, "")
	default:
		// It is as the weight is, which it was as a tensor, if nothing of it is lost so.
		dtype := dtypes.Float32
		if s.weight.DType == safetensors.BF16 && math.Float32bits(s.info.Bias)&0xffff == 0 {
			dtype = dtypes.BFloat16
		}
		s.bias = checkpoint.FromTensor("", head.Bias, dtype)
	}
	for _, w := range f.Config.Weights() {
		if w.Name == lmHead || err != nil {
			continue // write takes it where the layout has one
		}
		var source checkpoint.Source
		source, err = f.Source(w.Name, w.Name)
		s.trunk = append(s.trunk, source)
	}
	return s, head, err
}

// probe scores a batch of random states with the head that was meant and the one that is in a folder, which have to give
// the same numbers.
func probe(want Head, dir string) (err error) {
	f, err := checkpoint.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := readInfo(f)
	if err != nil {
		return err
	}
	got, err := loadHead(f, info)
	if err != nil {
		return fmt.Errorf("model %s: %w", dir, err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 8 {
		state := make([]float64, f.Config.Hidden)
		for i := range state {
			state[i] = random.NormFloat64()
		}
		if a, b := want.of(state), got.of(state); a != b && !(math.IsNaN(a) && math.IsNaN(b)) {
			return fmt.Errorf("model %s: its head scores %v where the original one scores %v", dir, b, a)
		}
	}
	return nil
}

// of is the score of a state.
func (h Head) of(state []float64) float64 {
	sum := float64(tensors.MustCopyFlatData[float32](h.Bias)[0])
	for i, w := range tensors.MustCopyFlatData[float32](h.Weight) {
		sum += float64(w) * state[i]
	}
	return sum
}

// Description is what there is to say of a reward model without computing with it.
type Description struct {
	Layout     Layout  `json:"layout"`
	Hidden     int     `json:"hidden"`
	Layers     int     `json:"layers"`
	Parameters int64   `json:"parameters"` // of the trunk and the head
	LMHead     bool    `json:"lm_head"`    // the language model's head is there too
	Norm       float64 `json:"head_norm"`
	Largest    float64 `json:"head_largest"` // of the head's numbers, by size
	Bias       float64 `json:"head_bias"`
	Info       Info    `json:"acecoder_rm"`
}

// Inspect describes a folder.
func Inspect(dir string) (d Description, err error) {
	f, err := checkpoint.Open(dir)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if d.Layout, err = layoutOf(f); err == nil {
		d.Info, err = readInfo(f)
	}
	var head Head
	if err == nil {
		head, err = loadHead(f, d.Info)
	}
	if err != nil {
		return d, fmt.Errorf("model %s: %w", dir, err)
	}
	cfg := f.Config
	d.LMHead = f.Has(lmHead)
	cfg.Tied = true
	d.Hidden, d.Layers, d.Parameters = cfg.Hidden, cfg.Layers, cfg.Count()+int64(cfg.Hidden)+1
	for _, w := range tensors.MustCopyFlatData[float32](head.Weight) {
		d.Norm += float64(w) * float64(w)
		d.Largest = max(d.Largest, math.Abs(float64(w)))
	}
	d.Norm = math.Sqrt(d.Norm)
	d.Bias = float64(tensors.MustCopyFlatData[float32](head.Bias)[0])
	return d, nil
}

// String says it in words.
func (d Description) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "layout      %s\nparameters  %d in %d layers of width %d\n", d.Layout, d.Parameters, d.Layers, d.Hidden)
	fmt.Fprintf(&b, "head        norm %.6g, largest %.6g, bias %.6g\n", d.Norm, d.Largest, d.Bias)
	name := d.Info.Template
	if name == "" {
		name = "not said"
	}
	fmt.Fprintf(&b, "template    %s\n", name)
	if s := d.Info.Scores; s != nil {
		fmt.Fprintf(&b, "scores      mean %.6g, deviation %.6g over %d texts, %.2f %% beyond ±%g\n", s.Mean, s.Std, s.Texts, 100*s.Clipped, s.Clip)
	} else {
		fmt.Fprintf(&b, "scores      mean and deviation are not said: they cannot be normalised\n")
	}
	return b.String()
}
