package checkpoint_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/safetensors"
)

// small is the shape of a model of no weight.
func small(tied bool) nn.Config {
	return nn.Config{
		Vocab: 11, Hidden: 8, Intermediate: 12, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 2, MaxPositions: 64, RopeTheta: 10000,
		Epsilon: 1e-6, Tied: tied,
	}
}

// random returns a tensor of any bits.
func random(t *testing.T, r *rand.Rand, dtype dtypes.DType, shape ...int) *tensors.Tensor {
	t.Helper()
	out := tensors.FromShape(shapes.Make(dtype, shape...))
	if err := out.MutableBytes(func(data []byte) {
		for i := range data {
			data[i] = byte(r.Uint32())
		}
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// weightsOf returns weights of any bits for a model.
func weightsOf(t *testing.T, cfg nn.Config, dtype dtypes.DType) []*tensors.Tensor {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var out []*tensors.Tensor
	for _, w := range cfg.Weights() {
		out = append(out, random(t, r, dtype, w.Shape...))
	}
	return out
}

func bytesOf(t *testing.T, tensor *tensors.Tensor) []byte {
	t.Helper()
	var out []byte
	if err := tensor.ConstBytes(func(data []byte) { out = slices.Clone(data) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// same checks that tensors have the same types, shapes and bits.
func same(t *testing.T, what string, got, want []*tensors.Tensor) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d tensors, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !got[i].Shape().Equal(want[i].Shape()) || !bytes.Equal(bytesOf(t, got[i]), bytesOf(t, want[i])) {
			t.Errorf("%s: tensor %d is %v with other bits than %v", what, i, got[i].Shape(), want[i].Shape())
		}
	}
}

// loaded opens a folder and loads all of it.
func loaded(t *testing.T, dir string, dtype dtypes.DType) (*checkpoint.Folder, []*tensors.Tensor) {
	t.Helper()
	f, err := checkpoint.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	weights, err := f.Load(dtype)
	if err != nil {
		t.Fatal(err)
	}
	return f, weights
}

// model is a folder in the making: the tensors of each file, as the bytes of float32.
type model struct {
	cfg   nn.Config
	files map[string]map[string]safetensors.Tensor
}

// newModel has all tensors of a model in one file.
func newModel(tied bool) *model {
	m := &model{small(tied), map[string]map[string]safetensors.Tensor{"model.safetensors": {}}}
	for _, w := range m.cfg.Weights() {
		m.add("model.safetensors", w.Name, w.Shape...)
	}
	return m
}

func (m *model) add(file, name string, shape ...int) {
	m.addAs(safetensors.F32, file, name, shape...)
}

func (m *model) addAs(dtype safetensors.DType, file, name string, shape ...int) {
	if m.files[file] == nil {
		m.files[file] = map[string]safetensors.Tensor{}
	}
	m.files[file][name] = safetensors.Tensor{Name: name, DType: dtype, Shape: shape}
}

func (m *model) whole() map[string]safetensors.Tensor { return m.files["model.safetensors"] }

// shard moves the tensors of the blocks into a second file.
func (m *model) shard() {
	all := m.whole()
	delete(m.files, "model.safetensors")
	for name, tensor := range all {
		file := "model-00001-of-00002.safetensors"
		if strings.Contains(name, ".layers.") {
			file = "model-00002-of-00002.safetensors"
		}
		m.add(file, name, tensor.Shape...)
	}
}

// index is what model.safetensors.index.json has to say.
func (m *model) index() map[string]string {
	out := map[string]string{}
	for file, all := range m.files {
		for name := range all {
			out[name] = file
		}
	}
	return out
}

// write makes the folder. Tensors of the same name and file have the same bytes each time.
func (m *model) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	config, err := m.cfg.JSON("float32")
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "config.json"), string(config))
	for file, all := range m.files {
		var list []safetensors.Tensor
		for _, tensor := range all {
			list = append(list, tensor)
		}
		err := safetensors.Write(filepath.Join(dir, file), list, nil, func(tensor safetensors.Tensor, w io.Writer) error {
			n := int(tensor.DType.Bits() / 8)
			for _, d := range tensor.Shape {
				n *= d
			}
			seed := strings.TrimPrefix(tensor.Name, "model.")
			_, err := w.Write(bytes.Repeat([]byte{byte(len(seed))}, n))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (m *model) writeIndex(t *testing.T, dir string, index map[string]string) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": 1}, "weight_map": index})
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "model.safetensors.index.json"), string(text))
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// listing is what is in a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

// fails checks an error for words.
func fails(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	for _, word := range want {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s = %v, want an error with %q", what, err, word)
		}
	}
}

// writeWithHead copies a file and adds a head that is the embedding, but for its last byte.
func writeWithHead(t *testing.T, path string, from *safetensors.File, shape []int, change byte) {
	t.Helper()
	all := append(from.Tensors(), safetensors.Tensor{Name: "lm_head.weight", DType: safetensors.F32, Shape: shape})
	err := safetensors.Write(path, all, nil, func(tensor safetensors.Tensor, w io.Writer) error {
		if tensor.Name != "lm_head.weight" {
			_, err := w.Write(from.Bytes(tensor.Name))
			return err
		}
		head := slices.Clone(from.Bytes("model.embed_tokens.weight"))
		head[len(head)-1] += change
		_, err := w.Write(head)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
