package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/safetensors"
)

// DefaultShard is the size of the largest file that transformers makes, bytes.
const DefaultShard = 5_000_000_000

// SaveOptions say how a model is saved.
type SaveOptions struct {
	DType      dtypes.DType // of the files: Float32 or BFloat16
	MaxShard   int64        // bytes of a file's tensors; 0: DefaultShard. A tensor that is larger has a file of its own
	From       string       // the folder of the model that it was made from; its tokenizer is copied; empty: none
	Generation *Generation  // nil: the file is copied from the folder From, if there is one
	Replace    bool         // a model that is at the path goes once this one is complete
}

// Save writes a model, its weights in the order of cfg.Weights, as a folder that transformers loads. It is made beside
// the path, as <dir>.partial, and put there when all of it is on the disk; until then what is at the path stays. What a
// killed program has left of such a folder is removed. An existing folder is replaced only on request, and only if it
// holds nothing but a model's files.
func Save(dir string, cfg nn.Config, weights []*tensors.Tensor, o SaveOptions) error {
	err := checkWeights(cfg, weights, o)
	if err == nil && o.Generation != nil {
		if err = o.Generation.fits(cfg.Vocab); err != nil {
			err = fmt.Errorf("%s: %w", generationName, err)
		}
	}
	var p Parts
	if err == nil {
		p.Config, err = cfg.JSON(TypeName(o.DType))
	}
	if err != nil {
		return fmt.Errorf("save model %s: %w", dir, err)
	}
	for i, w := range cfg.Weights() {
		p.Weights = append(p.Weights, FromTensor(w.Name, weights[i], o.DType))
	}
	return SaveParts(dir, p, o)
}

// TypeName is what config.json calls the type of weights: float32 or bfloat16.
func TypeName(t dtypes.DType) string {
	return map[dtypes.DType]string{dtypes.Float32: "float32", dtypes.BFloat16: "bfloat16"}[t]
}

// Parts are what a model's folder is made of, where that is not one of Save.
type Parts struct {
	Config  []byte   // config.json
	Weights []Source // of model.safetensors, or of several files
	Head    []Source // of value_head.safetensors; none: there is no such file
}

// Source is a tensor that is saved, and where its numbers come from.
type Source struct {
	safetensors.Tensor
	write func(w io.Writer) error
}

// FromTensor is a tensor of memory, float32 or bfloat16, saved as one of the two.
func FromTensor(name string, t *tensors.Tensor, dtype dtypes.DType) Source {
	as := safetensors.Tensor{Name: name, DType: stored[dtype], Shape: t.Shape().Dimensions}
	return Source{as, func(w io.Writer) error { return writeTensor(w, t, as.DType) }}
}

// Source is a tensor of the folder, by its name in nn or one of Extra, saved under another name with the same bytes. The
// folder has to stay open.
func (f *Folder) Source(name, as string) (Source, error) {
	p, ok := f.at[name]
	if !ok {
		return Source{}, fmt.Errorf("model %s: it has no tensor %s", f.Path, name)
	}
	return Source{safetensors.Tensor{Name: as, DType: p.DType, Shape: p.Shape}, func(w io.Writer) error {
		_, err := w.Write(p.bytes())
		return err
	}}, nil
}

// Has reports whether the folder has a tensor, by its name in nn or one of Extra.
func (f *Folder) Has(name string) bool { return f.at[name].file != nil }

// Apart reports whether a tensor of Extra lies in value_head.safetensors.
func (f *Folder) Apart(name string) bool {
	return f.Has(name) && base(f.at[name].file) == valueHeadName
}

// SaveParts writes a model as Save does, of tensors wherever they come from. They are not held to any shape.
func SaveParts(dir string, p Parts, o SaveOptions) error {
	if o.MaxShard == 0 {
		o.MaxShard = DefaultShard
	}
	if err := replaceFolder(dir, o.Replace, func(partial string) error { return fill(partial, p, o) }); err != nil {
		return fmt.Errorf("save model %s: %w", dir, err)
	}
	return nil
}

func checkWeights(cfg nn.Config, weights []*tensors.Tensor, o SaveOptions) error {
	if err := cfg.Check(); err != nil {
		return err
	}
	if o.DType != dtypes.Float32 && o.DType != dtypes.BFloat16 {
		return fmt.Errorf("as %s: only float32 and bfloat16 are saved", o.DType)
	}
	if o.MaxShard < 0 {
		return fmt.Errorf("files of %d bytes: want more", o.MaxShard)
	}
	want := cfg.Weights()
	if len(weights) != len(want) {
		return fmt.Errorf("%d tensors, want the model's %d", len(weights), len(want))
	}
	for i, t := range weights {
		switch {
		case t == nil || !t.Ok():
			return fmt.Errorf("tensor %s has been given back", want[i].Name)
		case !slices.Equal(t.Shape().Dimensions, want[i].Shape):
			return fmt.Errorf("tensor %s has shape %v, want %v", want[i].Name, t.Shape().Dimensions, want[i].Shape)
		case t.DType() != dtypes.Float32 && t.DType() != dtypes.BFloat16:
			return fmt.Errorf("tensor %s is of %s, want float32 or bfloat16", want[i].Name, t.DType())
		}
	}
	return nil
}

// fill writes all files of a model.
func fill(dir string, p Parts, o SaveOptions) error {
	err := writeFile(filepath.Join(dir, configName), p.Config)
	if err == nil {
		err = fillGeneration(dir, o)
	}
	if err == nil && o.From != "" {
		err = copyTokenizer(dir, o.From)
	}
	if err != nil {
		return err
	}
	if len(p.Head) > 0 {
		if err := writeSources(filepath.Join(dir, valueHeadName), p.Head); err != nil {
			return err
		}
	}
	return fillWeights(dir, p.Weights, o)
}

func fillGeneration(dir string, o SaveOptions) error {
	if o.Generation == nil {
		if o.From == "" {
			return nil
		}
		return copyFile(dir, o.From, generationName)
	}
	if err := o.Generation.check(); err != nil {
		return fmt.Errorf("%s: %w", generationName, err)
	}
	text, err := o.Generation.json()
	if err != nil {
		return fmt.Errorf("%s: %w", generationName, err)
	}
	return writeFile(filepath.Join(dir, generationName), text)
}

// fillWeights writes the weights to one file, or to several with an index.
func fillWeights(dir string, all []Source, o SaveOptions) error {
	shards := divide(all, o.MaxShard)
	weightMap := map[string]string{}
	parameters, size := int64(0), int64(0)
	for i, shard := range shards {
		name := weightsName
		if len(shards) > 1 {
			name = fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(shards))
		}
		if err := writeSources(filepath.Join(dir, name), shard); err != nil {
			return err
		}
		for _, t := range shard {
			weightMap[t.Name] = name
			size += sizeOf(t)
			parameters += sizeOf(t) * 8 / t.DType.Bits()
		}
	}
	if len(shards) == 1 {
		return nil
	}
	text, err := json.MarshalIndent(map[string]any{
		"metadata":   map[string]int64{"total_parameters": parameters, "total_size": size},
		"weight_map": weightMap,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	return writeFile(filepath.Join(dir, indexName), append(text, '\n'))
}

// divide fills one shard after the other, as transformers does.
func divide(all []Source, most int64) [][]Source {
	var out [][]Source
	size := most // of the last shard
	for _, t := range all {
		n := sizeOf(t)
		if len(out) == 0 || size+n > most {
			out, size = append(out, nil), 0
		}
		out[len(out)-1] = append(out[len(out)-1], t)
		size += n
	}
	return out
}

func sizeOf(t Source) int64 {
	n := t.DType.Bits() / 8
	for _, d := range t.Shape {
		n *= int64(d)
	}
	return n
}

// writeSources writes tensors to one file.
func writeSources(path string, all []Source) error {
	var list []safetensors.Tensor
	from := map[string]Source{}
	for _, s := range all {
		list = append(list, s.Tensor)
		from[s.Name] = s
	}
	return safetensors.Write(path, list, map[string]string{"format": "pt"}, func(t safetensors.Tensor, w io.Writer) error {
		return from[t.Name].write(w)
	})
}

// tokenizerNames are the files of a tokenizer, those of its chat template among them.
var tokenizerNames = []string{
	"added_tokens.json", "chat_template.jinja", "chat_template.json", "merges.txt", "special_tokens_map.json", "tokenizer.json",
	"tokenizer_config.json", "vocab.json",
}

// copyTokenizer copies what there is of a tokenizer's files; nothing at all is an error.
func copyTokenizer(dir, from string) error {
	if _, err := os.Stat(filepath.Join(from, "tokenizer.json")); err != nil {
		return fmt.Errorf("copy the tokenizer of %s: %w", from, err)
	}
	for _, name := range tokenizerNames {
		if err := copyFile(dir, from, name); err != nil {
			return err
		}
	}
	return nil
}

// copyFile copies a file that may not be there.
func copyFile(dir, from, name string) error {
	text, err := readSmall(filepath.Join(from, name))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("copy from %s: %w", from, err)
	}
	return writeFile(filepath.Join(dir, name), text)
}

// writeFile writes a file and waits until it is on the disk.
func writeFile(name string, text []byte) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// isModelFile reports whether a folder that has nothing but such files may be replaced.
func isModelFile(name string) bool {
	shard, _ := filepath.Match("model-?????-of-?????.safetensors", name)
	return shard || slices.Contains(tokenizerNames, name) ||
		slices.Contains([]string{configName, generationName, weightsName, indexName, valueHeadName}, name)
}
