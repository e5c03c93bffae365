package checkpoint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/tensors"
	"golang.org/x/sys/unix"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/safetensors"
)

func TestSaveAndLoad(t *testing.T) {
	for _, tied := range []bool{true, false} {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
			for _, shard := range []int64{0, 1000, 1} {
				cfg := small(tied)
				want := weightsOf(t, cfg, dtype)
				dir := filepath.Join(t.TempDir(), "new", "model")
				if err := checkpoint.Save(dir, cfg, want, checkpoint.SaveOptions{DType: dtype, MaxShard: shard}); err != nil {
					t.Fatal(err)
				}
				f, got := loaded(t, dir, dtype)
				if f.Config != cfg {
					t.Errorf("the config comes back as %+v, want %+v", f.Config, cfg)
				}
				same(t, dtype.String(), got, want)
				if parent := listing(t, filepath.Dir(dir)); parent != "model" {
					t.Errorf("beside the model there is %q", parent)
				}
			}
		}
	}
}

// The files of a model are equal for equal weights, however it came to them.
func TestSaveIsRepeatable(t *testing.T) {
	cfg := small(true)
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	o := checkpoint.SaveOptions{DType: dtypes.Float32, MaxShard: 1000}
	if err := checkpoint.Save(first, cfg, weightsOf(t, cfg, dtypes.Float32), o); err != nil {
		t.Fatal(err)
	}
	_, again := loaded(t, first, dtypes.Float32)
	if err := checkpoint.Save(second, cfg, again, o); err != nil {
		t.Fatal(err)
	}
	names := listing(t, first)
	if got := listing(t, second); got != names {
		t.Fatalf("the second folder has %q, the first %q", got, names)
	}
	for name := range strings.FieldsSeq(names) {
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s differs: %v, %v", name, errA, errB)
		}
	}
}

func TestSaveConverts(t *testing.T) {
	cfg := small(true)
	weights := weightsOf(t, cfg, dtypes.Float32)
	last := len(weights) - 1
	weights[last] = tensors.FromFlatDataAndDimensions([]float32{1, 1.00390625, 1.01171875, -3, 1e-40, 3.4e38, 0, 0.1}, 8)
	dir := filepath.Join(t.TempDir(), "model")
	if err := checkpoint.Save(dir, cfg, weights, checkpoint.SaveOptions{DType: dtypes.BFloat16}); err != nil {
		t.Fatal(err)
	}
	_, narrow := loaded(t, dir, dtypes.BFloat16)
	_, wide := loaded(t, dir, dtypes.Float32)
	want := []uint16{0x3F80, 0x3F80, 0x3F82, 0xC040, 0x0001, 0x7F80, 0, 0x3DCD}
	got, values := tensors.MustCopyFlatData[bfloat16.BFloat16](narrow[last]), tensors.MustCopyFlatData[float32](wide[last])
	for i, w := range want {
		if got[i].Bits() != w || values[i] != bfloat16.FromBits(w).Float32() {
			t.Errorf("number %d comes back as %04x and %v, want %04x", i, got[i].Bits(), values[i], w)
		}
	}
}

func TestSaveShards(t *testing.T) {
	cfg := small(true)
	tests := []struct {
		most  int64
		files int
	}{{0, 1}, {1 << 20, 1}, {5000, 1}, {1200, 5}, {1, 26}}
	for _, tt := range tests {
		dir := filepath.Join(t.TempDir(), "model")
		if err := checkpoint.Save(dir, cfg, weightsOf(t, cfg, dtypes.Float32), checkpoint.SaveOptions{DType: dtypes.Float32, MaxShard: tt.most}); err != nil {
			t.Fatal(err)
		}
		names, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
		if err != nil || len(names) != tt.files {
			t.Errorf("Save(%d bytes a file) made %d files, %v, want %d", tt.most, len(names), err, tt.files)
		}
		for _, name := range names {
			f, err := safetensors.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			size, all := 0, f.Tensors()
			for _, tensor := range all {
				size += len(f.Bytes(tensor.Name))
			}
			if tt.most > 0 && int64(size) > tt.most && len(all) > 1 {
				t.Errorf("Save(%d bytes a file): %s has %d bytes of %d tensors", tt.most, name, size, len(all))
			}
			if f.Metadata()["format"] != "pt" {
				t.Errorf("%s says %v, want format pt", name, f.Metadata())
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// tokenizerFolder is a model's folder with more than its weights.
func tokenizerFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "README.md", "optimizer.pt"} {
		put(t, filepath.Join(dir, name), "{"+name+"}")
	}
	put(t, filepath.Join(dir, "generation_config.json"), `{"eos_token_id":[3,4],"new_field":1}`)
	return dir
}

func TestSaveCopiesTheTokenizer(t *testing.T) {
	from := tokenizerFolder(t)
	cfg := small(true)
	dir := filepath.Join(t.TempDir(), "model")
	o := checkpoint.SaveOptions{DType: dtypes.Float32, From: from}
	if err := checkpoint.Save(dir, cfg, weightsOf(t, cfg, dtypes.Float32), o); err != nil {
		t.Fatal(err)
	}
	const want = "chat_template.jinja config.json generation_config.json model.safetensors tokenizer.json tokenizer_config.json"
	if got := listing(t, dir); got != want {
		t.Errorf("Save() made %q, want %q", got, want)
	}
	for _, name := range []string{"tokenizer.json", "generation_config.json"} {
		a, _ := os.ReadFile(filepath.Join(from, name))
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(a) != string(b) {
			t.Errorf("%s is %q, %v, want %q", name, b, err, a)
		}
	}
	g := checkpoint.DefaultGeneration()
	g.EOS = []int32{7}
	o.Generation, o.Replace = &g, true
	if err := checkpoint.Save(dir, cfg, weightsOf(t, cfg, dtypes.Float32), o); err != nil {
		t.Fatal(err)
	}
	if f, _ := loaded(t, dir, dtypes.Float32); len(f.Generation.EOS) != 1 || f.Generation.EOS[0] != 7 {
		t.Errorf("the generation config comes back as %+v, want an end of 7", f.Generation)
	}
}

func TestSaveRefuses(t *testing.T) {
	cfg := small(true)
	bad := checkpoint.DefaultGeneration()
	bad.EOS = []int32{11}
	tests := []struct {
		name   string
		change func(w []*tensors.Tensor, o *checkpoint.SaveOptions) []*tensors.Tensor
		want   string
	}{
		{"another type", func(w []*tensors.Tensor, o *checkpoint.SaveOptions) []*tensors.Tensor {
			o.DType = dtypes.Float16
			return w
		}, "only float32 and bfloat16 are saved"},
		{"too few tensors", func(w []*tensors.Tensor, _ *checkpoint.SaveOptions) []*tensors.Tensor { return w[1:] }, "25 tensors, want the model's 26"},
		{"another order", func(w []*tensors.Tensor, _ *checkpoint.SaveOptions) []*tensors.Tensor {
			w[0], w[1] = w[1], w[0]
			return w
		}, "tensor model.embed_tokens.weight has shape [8], want [11 8]"},
		{"no tensor", func(w []*tensors.Tensor, _ *checkpoint.SaveOptions) []*tensors.Tensor {
			w[0] = nil
			return w
		}, "tensor model.embed_tokens.weight has been given back"},
		{"a tensor given back", func(w []*tensors.Tensor, _ *checkpoint.SaveOptions) []*tensors.Tensor {
			w[0].MustFinalizeAll()
			return w
		}, "has been given back"},
		{"a tensor of integers", func(w []*tensors.Tensor, _ *checkpoint.SaveOptions) []*tensors.Tensor {
			w[1] = tensors.FromFlatDataAndDimensions(make([]int32, 8), 8)
			return w
		}, "is of Int32"},
		{"no tokenizer", func(w []*tensors.Tensor, o *checkpoint.SaveOptions) []*tensors.Tensor {
			o.From = os.TempDir() + "/none"
			return w
		}, "tokenizer.json"},
		{"an end beyond the vocabulary", func(w []*tensors.Tensor, o *checkpoint.SaveOptions) []*tensors.Tensor {
			o.Generation = &bad
			return w
		}, "eos_token_id is 11"},
		{"files of nothing", func(w []*tensors.Tensor, o *checkpoint.SaveOptions) []*tensors.Tensor {
			o.MaxShard = -1
			return w
		}, "files of -1 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent := t.TempDir()
			o := checkpoint.SaveOptions{DType: dtypes.Float32}
			weights := tt.change(weightsOf(t, cfg, dtypes.Float32), &o)
			err := checkpoint.Save(filepath.Join(parent, "model"), cfg, weights, o)
			fails(t, "Save()", err, parent, tt.want)
			if got := listing(t, parent); got != "" {
				t.Errorf("Save() left %q", got)
			}
		})
	}
}

// saved makes a model at the path.
func saved(t *testing.T, dir string, dtype dtypes.DType) []*tensors.Tensor {
	t.Helper()
	cfg := small(true)
	weights := weightsOf(t, cfg, dtype)
	if err := checkpoint.Save(dir, cfg, weights, checkpoint.SaveOptions{DType: dtype}); err != nil {
		t.Fatal(err)
	}
	return weights
}

func TestSaveReplacesOnlyModels(t *testing.T) {
	cfg := small(true)
	dir := filepath.Join(t.TempDir(), "model")
	old := saved(t, dir, dtypes.BFloat16)
	weights := weightsOf(t, cfg, dtypes.Float32)
	o := checkpoint.SaveOptions{DType: dtypes.Float32, MaxShard: 1000}
	fails(t, "Save() onto a model", checkpoint.Save(dir, cfg, weights, o), "there and not empty")
	o.Replace = true
	put(t, filepath.Join(dir, "notes.txt"), "mine")
	fails(t, "Save() onto more than a model", checkpoint.Save(dir, cfg, weights, o), `"notes.txt"`)
	_, got := loaded(t, dir, dtypes.BFloat16)
	same(t, "the old model", got, old)
	spoiled{t, dir}.remove("notes.txt")
	if err := checkpoint.Save(dir, cfg, weights, o); err != nil {
		t.Fatal(err)
	}
	_, got = loaded(t, dir, dtypes.Float32)
	same(t, "the new model", got, weights)
	if got := listing(t, filepath.Dir(dir)); got != "model" {
		t.Errorf("beside the model there is %q", got)
	}
	if got := listing(t, dir); strings.Contains(got, " model.safetensors ") || !strings.Contains(got, "index") {
		t.Errorf("files of the old model are left: %q", got)
	}
}

func TestSaveThroughALink(t *testing.T) {
	parent := t.TempDir()
	dir, link := filepath.Join(parent, "model"), filepath.Join(parent, "link")
	saved(t, dir, dtypes.BFloat16)
	if err := os.Symlink("model", link); err != nil {
		t.Fatal(err)
	}
	cfg := small(true)
	o := checkpoint.SaveOptions{DType: dtypes.Float32, Replace: true}
	want := weightsOf(t, cfg, dtypes.Float32)
	if err := checkpoint.Save(link, cfg, want, o); err != nil {
		t.Fatal(err)
	}
	_, got := loaded(t, dir, dtypes.Float32)
	same(t, "behind the link", got, want)
	if to, err := os.Readlink(link); err != nil || to != "model" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

// A save that fails in the middle leaves what was there: here the disk is full, in that one file cannot be made.
func TestSaveThatFailsLeavesTheOldModel(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "model")
	old := saved(t, dir, dtypes.BFloat16)
	from := tokenizerFolder(t)
	// The tokenizer is copied after config.json has been written.
	if err := os.Remove(filepath.Join(from, "tokenizer_config.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(from, "tokenizer_config.json"), 0o777); err != nil {
		t.Fatal(err)
	}
	cfg := small(true)
	err := checkpoint.Save(dir, cfg, weightsOf(t, cfg, dtypes.Float32), checkpoint.SaveOptions{DType: dtypes.Float32, From: from, Replace: true})
	fails(t, "Save()", err, "tokenizer_config.json")
	_, got := loaded(t, dir, dtypes.BFloat16)
	same(t, "the old model", got, old)
	if got := listing(t, parent); got != "model" {
		t.Errorf("beside the model there is %q", got)
	}
}

func TestSaveAfterAKill(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "model")
	left := dir + ".partial"
	if err := os.MkdirAll(filepath.Join(left, "deep"), 0o777); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(left, "model-00001-of-00002.safetensors"), "half")
	want := saved(t, dir, dtypes.Float32)
	_, got := loaded(t, dir, dtypes.Float32)
	same(t, "after a kill", got, want)
	if got := listing(t, parent) + ", " + listing(t, dir); got != "model, config.json model.safetensors" {
		t.Errorf("there is %q", got)
	}
}

func TestSaveRefusesWhatAnotherWrites(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	if err := os.Mkdir(dir+".partial", 0o777); err != nil {
		t.Fatal(err)
	}
	other, err := os.Open(dir + ".partial")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	cfg := small(true)
	err = checkpoint.Save(dir, cfg, weightsOf(t, cfg, dtypes.Float32), checkpoint.SaveOptions{DType: dtypes.Float32})
	fails(t, "Save()", err, "another program")
}
