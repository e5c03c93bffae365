package checkpoint_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/safetensors"
)

func TestOpenTakes(t *testing.T) {
	const whole = "model.safetensors"
	tests := []struct {
		name     string
		tied     bool
		make     func(m *model)
		extra    string
		headless bool
	}{
		{"a tied model", true, func(*model) {}, "", false},
		{"an untied model", false, func(*model) {}, "", false},
		{"shards", false, (*model).shard, "", false},
		{"the inverse frequencies of old files", true, func(m *model) {
			m.add(whole, "model.layers.0.self_attn.rotary_emb.inv_freq", 1)
			m.add(whole, "rotary_emb.inv_freq", 1)
		}, "", false},
		{"names of a trunk", true, func(m *model) {
			for name, tensor := range m.whole() {
				delete(m.whole(), name)
				m.add(whole, strings.TrimPrefix(name, "model."), tensor.Shape...)
			}
		}, "", false},
		{"other types", true, func(m *model) {
			m.addAs(safetensors.F16, whole, "model.norm.weight", 8)
			m.addAs(safetensors.F64, whole, "model.layers.0.input_layernorm.weight", 8)
			m.addAs(safetensors.BF16, whole, "model.layers.1.input_layernorm.weight", 8)
		}, "", false},
		{"a reward head beside the model's", false, func(m *model) {
			m.add(whole, "v_head.summary.weight", 1, 8)
			m.add(whole, "v_head.summary.bias", 1)
		}, "v_head.summary.bias v_head.summary.weight", false},
		{"a reward head in place of the model's", false, func(m *model) {
			delete(m.whole(), "lm_head.weight")
			m.add(whole, "score.weight", 1, 8)
		}, "score.weight", true},
		{"a reward head of a tied model", true, func(m *model) { m.add(whole, "score.weight", 1, 8) }, "score.weight", false},
		{"a reward head with a bias", true, func(m *model) {
			m.add(whole, "score.weight", 1, 8)
			m.add(whole, "score.bias", 1)
		}, "score.bias score.weight", false},
		{"names of a trunk that was saved within another", false, func(m *model) {
			for name, tensor := range maps.Clone(m.whole()) {
				delete(m.whole(), name)
				m.add(whole, "pretrained_model."+name, tensor.Shape...)
			}
			m.add(whole, "v_head.summary.weight", 1, 8)
		}, "v_head.summary.weight", false},
		{"a reward head in its own file", true, func(m *model) {
			m.add("value_head.safetensors", "v_head.summary.weight", 1, 8)
		}, "v_head.summary.weight", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newModel(tt.tied)
			tt.make(m)
			dir := m.write(t)
			if len(m.whole()) == 0 {
				m.writeIndex(t, dir, m.index())
			}
			f, weights := loaded(t, dir, dtypes.Float32)
			slices.Sort(f.Extra)
			if got := strings.Join(f.Extra, " "); got != tt.extra || f.Headless != tt.headless {
				t.Errorf("Open() has extra %q, headless %v, want %q, %v", got, f.Headless, tt.extra, tt.headless)
			}
			for i, w := range f.Config.Weights() {
				if got := weights[i].Shape().Dimensions; !slices.Equal(got, w.Shape) {
					t.Errorf("Load() has %s of shape %v, want %v", w.Name, got, w.Shape)
				}
			}
			for _, name := range f.Extra {
				if _, err := f.LoadExtra(name, dtypes.Float32); err != nil {
					t.Errorf("LoadExtra(%s) = %v", name, err)
				}
			}
		})
	}
}

// A tied model may have its head saved as well, if it is the embedding.
func TestOpenOfATiedModelWithAHead(t *testing.T) {
	m := newModel(true)
	embedding := m.whole()["model.embed_tokens.weight"]
	dir := m.write(t)
	_, want := loaded(t, dir, dtypes.Float32)
	content, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	for _, change := range []byte{0, 1} {
		both := m.write(t)
		writeWithHead(t, filepath.Join(both, "model.safetensors"), content, embedding.Shape, change)
		if change == 0 {
			_, got := loaded(t, both, dtypes.Float32)
			same(t, "with a head", got, want)
			continue
		}
		_, err := checkpoint.Open(both)
		fails(t, "Open()", err, both, "model.safetensors: lm_head.weight is another than the embedding", "tie_word_embeddings")
	}
}

func TestOpenRefusesTensors(t *testing.T) {
	const whole = "model.safetensors"
	tests := []struct {
		name string
		tied bool
		make func(m *model)
		want []string
	}{
		{"one missing", true, func(m *model) { delete(m.whole(), "model.norm.weight") }, []string{"model.norm.weight is in no file"}},
		{"no head", false, func(m *model) { delete(m.whole(), "lm_head.weight") }, []string{"lm_head.weight is in no file"}},
		{
			"one too many", true, func(m *model) { m.add(whole, "model.layers.2.input_layernorm.weight", 8) },
			[]string{"model.safetensors: the model has no model.layers.2.input_layernorm.weight [8]"},
		},
		{
			"a wrong shape", true, func(m *model) { m.add(whole, "model.embed_tokens.weight", 8, 11) },
			[]string{"model.embed_tokens.weight has shape [8 11], and config.json makes it [11 8]"},
		},
		{"a rank too many", true, func(m *model) { m.add(whole, "model.norm.weight", 8, 1) }, []string{"shape [8 1]"}},
		{
			"a wrong type", true, func(m *model) { m.addAs(safetensors.U8, whole, "model.norm.weight", 8) },
			[]string{"model.norm.weight has numbers of type U8"},
		},
		{"one under two names", true, func(m *model) { m.add(whole, "norm.weight", 8) }, []string{"norm.weight is the same tensor as model.norm.weight"}},
		{"a head of another shape", true, func(m *model) { m.add(whole, "lm_head.weight", 3, 8) }, []string{"lm_head.weight is another"}},
		{"an unknown reward head", true, func(m *model) { m.add(whole, "value_head.weight", 1, 8) }, []string{"has no value_head.weight"}},
		{"all of three kinds", true, func(m *model) {
			delete(m.whole(), "model.norm.weight")
			m.add(whole, "x", 1)
			m.add(whole, "model.layers.0.self_attn.q_proj.bias", 9)
		}, []string{"3 tensors are wrong", "model.norm.weight is in no file", "no x [1]", "q_proj.bias has shape [9]"}},
		{"more than are named", true, func(m *model) {
			for i := range 12 {
				m.add(whole, fmt.Sprintf("x%02d", i), 1)
			}
		}, []string{"12 tensors are wrong", "x09", "and 2 more"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newModel(tt.tied)
			tt.make(m)
			dir := m.write(t)
			_, err := checkpoint.Open(dir)
			fails(t, "Open()", err, append(tt.want, dir)...)
			if err != nil && strings.Count(err.Error(), "\n\t") > 11 {
				t.Errorf("Open() names too many tensors: %v", err)
			}
		})
	}
}

// spoiled is a model's folder that is being spoiled.
type spoiled struct {
	t   *testing.T
	dir string
}

func (s spoiled) path(name string) string { return filepath.Join(s.dir, name) }

func (s spoiled) put(name, text string) {
	s.t.Helper()
	put(s.t, s.path(name), text)
}

func (s spoiled) remove(name string) {
	s.t.Helper()
	s.do(os.Remove(s.path(name)))
}

func (s spoiled) do(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestOpenRefusesFolders(t *testing.T) {
	const config, generation, whole = "config.json", "generation_config.json", "model.safetensors"
	tests := []struct {
		name  string
		spoil func(s spoiled)
		want  string
	}{
		{"no config", func(s spoiled) { s.remove(config) }, "it has no config.json"},
		{"broken config", func(s spoiled) { s.put(config, "{") }, "config.json: "},
		{"config of another family", func(s spoiled) { s.put(config, `{"model_type":"llama"}`) }, "model_type"},
		{"more blocks than tensors", func(s spoiled) {
			s.put(config, `{"model_type":"qwen2","num_hidden_layers":1000000000000}`)
		}, "num_hidden_layers is 1000000000000, and the files have 26 tensors"},
		{"config that is a folder", func(s spoiled) {
			s.remove(config)
			s.do(os.Mkdir(s.path(config), 0o777))
		}, "config.json is no regular file"},
		{"no weights", func(s spoiled) { s.remove(whole) }, "neither model.safetensors nor"},
		{"a pickle", func(s spoiled) {
			s.remove(whole)
			s.put("pytorch_model.bin", "x")
		}, "save_pretrained"},
		{"both forms", func(s spoiled) { s.put("model.safetensors.index.json", "{}") }, "both model.safetensors and"},
		{"cut weights", func(s spoiled) { s.do(os.Truncate(s.path(whole), 4000)) }, "model.safetensors: "},
		{"weights that link to nothing", func(s spoiled) {
			s.remove(whole)
			s.do(os.Symlink("nothing", s.path(whole)))
		}, "no such file"},
		{"a file of Git LFS", func(s spoiled) {
			s.put(whole, "version https://git-lfs.github.com/spec/v1\n")
		}, "this is no safetensors file"},
		{"broken generation config", func(s spoiled) { s.put(generation, `{"top_k":"many"}`) }, "generation_config.json:1: top_k"},
		{"an end beyond the vocabulary", func(s spoiled) {
			s.put(generation, `{"eos_token_id":[3,11]}`)
		}, "eos_token_id is 11, and the model has the tokens 0 to 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newModel(true).write(t)
			tt.spoil(spoiled{t, dir})
			_, err := checkpoint.Open(dir)
			fails(t, "Open()", err, "model "+dir, tt.want)
		})
	}
	_, err := checkpoint.Open(filepath.Join(t.TempDir(), "none"))
	fails(t, "Open() of nothing", err, "no such file")
	_, err = checkpoint.Open(os.Args[0])
	fails(t, "Open() of a file", err, "it is no folder")
}

func TestOpenRefusesIndexes(t *testing.T) {
	const first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	tests := []struct {
		name string
		make func(s spoiled, index map[string]string)
		want string
	}{
		{"a shard missing", func(s spoiled, _ map[string]string) { s.remove(second) }, second + ", which"},
		{"a tensor in another shard", func(_ spoiled, index map[string]string) {
			index["model.norm.weight"] = second
		}, "model.norm.weight is not in " + second},
		{
			"a tensor that is not named", func(_ spoiled, index map[string]string) { delete(index, "model.norm.weight") },
			first + " has model.norm.weight, and",
		},
		{"a tensor that is not there", func(_ spoiled, index map[string]string) { index["x"] = first }, "x is not in " + first},
		{"a path upwards", func(_ spoiled, index map[string]string) { index["x"] = "../a.safetensors" }, "no safetensors file of this folder"},
		{"another kind of file", func(_ spoiled, index map[string]string) { index["x"] = "config.json" }, "no safetensors file of this folder"},
		{"nothing", func(_ spoiled, index map[string]string) { clear(index) }, "names no tensor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newModel(true)
			m.shard()
			dir := m.write(t)
			index := m.index()
			tt.make(spoiled{t, dir}, index)
			m.writeIndex(t, dir, index)
			_, err := checkpoint.Open(dir)
			fails(t, "Open()", err, dir, "model.safetensors.index.json", tt.want)
		})
	}
	for text, want := range map[string]string{
		"{":                                "model.safetensors.index.json:1: ",
		"{}":                               "weight_map",
		`{"weight_map":{"a":1}}`:           "weight_map.a: want a string",
		`{"weight_map":{"a":"x","a":"x"}}`: "a",
		`{"weight_map":[],"metadata":{}}`:  "weight_map: want an object",
		strings.Repeat(" ", 100) + `{"a":"\xff` + "\xff" + `"}`: "model.safetensors.index.json:1: ",
	} {
		m := newModel(true)
		m.shard()
		dir := m.write(t)
		put(t, filepath.Join(dir, "model.safetensors.index.json"), text)
		_, err := checkpoint.Open(dir)
		fails(t, fmt.Sprintf("Open() with the index %q", text), err, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	f, err := checkpoint.Open(newModel(true).write(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Load(dtypes.Float64)
	fails(t, "Load(Float64)", err, "only float32 and bfloat16")
	_, err = f.LoadExtra("score.weight", dtypes.Float32)
	fails(t, "LoadExtra()", err, "no reward head's tensor score.weight")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = f.Load(dtypes.Float32)
	fails(t, "Load() after Close()", err, "has been closed")
}

// The hub's cache is made of links.
func TestOpenFollowsLinks(t *testing.T) {
	dir := newModel(true).write(t)
	blob := filepath.Join(t.TempDir(), "blob")
	if err := os.Rename(filepath.Join(dir, "model.safetensors"), blob); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(blob, filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	loaded(t, dir, dtypes.BFloat16)
}
