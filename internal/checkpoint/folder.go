// Package checkpoint reads and writes models as Hugging Face folders, and the states of trainings as files.
//
// In: a folder with config.json, safetensors files and a tokenizer's files, or the weights of a model in memory. Out: the
// weights in the order of nn.Config.Weights, or a folder that transformers loads. Its one invariant: a folder that opens
// has every tensor of its model once, in the model's shape, and nothing that nobody knows; and what is written is there
// as a whole or not at all.
package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/safetensors"
)

// The names of a model folder's files.
const (
	configName     = "config.json"
	generationName = "generation_config.json"
	weightsName    = "model.safetensors"
	indexName      = "model.safetensors.index.json"
	valueHeadName  = "value_head.safetensors" // LLaMA-Factory's reward heads lie apart
	pickleName     = "pytorch_model.bin"
)

// mostJSON is the size of the largest JSON file that is read.
const mostJSON = 64 << 20

// Folder is an open model. Its methods may be called from several goroutines.
type Folder struct {
	Path       string
	Config     nn.Config
	Generation Generation

	// Text is config.json as it stands, for fields that are not in Config.
	Text []byte

	// Extra are the tensors of a reward head, by their names in the files; none for other models.
	Extra []string
	// Headless says that a reward model has been saved without the head of the language model that it was made from.
	// Config.Tied is true then, so that Config.Weights lists what is there.
	Headless bool

	files []*safetensors.File
	at    map[string]place // by nn's names and those of Extra
}

// place is where a tensor lies.
type place struct {
	safetensors.Tensor
	file *safetensors.File
}

func (p place) bytes() []byte { return p.file.Bytes(p.Name) }

// Open opens the folder of a Qwen2 model and checks it without reading its weights. A tensor that is missing, that the
// model does not have or whose shape is not the model's is an error; it names up to ten of them. These are no errors:
//
//   - lm_head.weight in a model whose head is its embedding, if the bytes are the same
//   - rotary_emb.inv_freq, which old versions of transformers saved
//   - names without the leading model., as a Qwen2Model saves them
//   - a reward head: score.weight, or v_head.summary.weight and v_head.summary.bias, here or in
//     value_head.safetensors; they are Extra
//   - with a reward head, no lm_head.weight: Headless
//
// Close ends it.
func Open(dir string) (*Folder, error) {
	f := &Folder{Path: dir}
	if err := f.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("model %s: %w", dir, err), f.Close())
	}
	return f, nil
}

func (f *Folder) open() error {
	if info, err := os.Stat(f.Path); err != nil {
		return unwrapPath(err)
	} else if !info.IsDir() {
		return errors.New("it is no folder")
	}
	text, err := readSmall(filepath.Join(f.Path, configName))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("it has no %s: this is no model's folder", configName)
	}
	if err != nil {
		return err
	}
	f.Text = text
	if f.Config, err = nn.ParseConfig(text); err != nil {
		return err
	}
	if f.Generation, err = ReadGeneration(f.Path); err != nil {
		return err
	}
	if err := f.Generation.fits(f.Config.Vocab); err != nil {
		return fmt.Errorf("%s: %w", generationName, err)
	}
	if err := f.openWeights(); err != nil {
		return err
	}
	return f.match()
}

// Close gives the files back.
func (f *Folder) Close() error {
	var err error
	for _, file := range f.files {
		err = errors.Join(err, file.Close())
	}
	f.files, f.at = nil, nil
	return err
}

// Load returns the weights in the order of Config.Weights, as float32 or bfloat16. They are converted one after the
// other, so memory holds them once.
func (f *Folder) Load(dtype dtypes.DType) ([]*tensors.Tensor, error) {
	return f.loadAll(f.Config, dtype)
}

// LoadTrunk is Load without a language model's head, and returns the configuration of that, with Tied set.
func (f *Folder) LoadTrunk(dtype dtypes.DType) (nn.Config, []*tensors.Tensor, error) {
	cfg := f.Config
	cfg.Tied = true
	out, err := f.loadAll(cfg, dtype)
	return cfg, out, err
}

func (f *Folder) loadAll(cfg nn.Config, dtype dtypes.DType) ([]*tensors.Tensor, error) {
	var out []*tensors.Tensor
	for _, w := range cfg.Weights() {
		t, err := f.load(w.Name, dtype)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// LoadExtra returns a tensor of Extra, as float32 or bfloat16.
func (f *Folder) LoadExtra(name string, dtype dtypes.DType) (*tensors.Tensor, error) {
	if !slices.Contains(f.Extra, name) {
		return nil, fmt.Errorf("model %s: it has no reward head's tensor %s", f.Path, name)
	}
	return f.load(name, dtype)
}

func (f *Folder) load(name string, dtype dtypes.DType) (*tensors.Tensor, error) {
	p, ok := f.at[name]
	if !ok {
		return nil, fmt.Errorf("model %s: tensor %s: the folder has been closed", f.Path, name)
	}
	to := stored[dtype]
	if to != safetensors.F32 && to != safetensors.BF16 {
		return nil, fmt.Errorf("model %s: load as %s: only float32 and bfloat16 are computed with", f.Path, dtype)
	}
	t := tensors.FromShape(shapes.Make(dtype, p.Shape...))
	var converted error
	err := t.MutableBytes(func(dst []byte) { converted = safetensors.Convert(dst, to, p.bytes(), p.DType) })
	if err := errors.Join(err, converted); err != nil {
		return nil, fmt.Errorf("model %s: tensor %s: %w", f.Path, name, err)
	}
	return t, nil
}

// readSmall reads a JSON file, which is not large.
func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), unwrapPath(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", filepath.Base(name))
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), unwrapPath(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostJSON+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), unwrapPath(err))
	}
	if len(text) > mostJSON {
		return nil, fmt.Errorf("%s has more than %d bytes, which no such file needs", filepath.Base(name), mostJSON)
	}
	return text, nil
}

// unwrapPath takes the path out of an error of package os: it has been said already.
func unwrapPath(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
