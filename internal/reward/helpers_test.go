package reward_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/reward"
	"github.com/acecoder/acecoder/internal/safetensors"
	"github.com/acecoder/acecoder/internal/tokenizer"
	"github.com/acecoder/acecoder/internal/train"
)

// tiny is the shape of a model of no weight.
var tiny = nn.Config{
	Vocab: 31, Hidden: 16, Intermediate: 24, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 4, MaxPositions: 64,
	RopeTheta: 10000, Epsilon: 1e-6, Tied: true,
}

// tested is the device that is tested just now.
var tested string

// TestMain runs all tests on each of the devices that every binary has.
func TestMain(m *testing.M) {
	for _, tested = range []string{"cpu", "go"} {
		if code := m.Run(); code != 0 {
			fmt.Fprintf(os.Stderr, "on device %s\n", tested)
			os.Exit(code)
		}
	}
}

func device(t testing.TB) compute.Backend {
	t.Helper()
	d, err := nn.Open(tested)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// model is a reward model of random weights.
func model(t testing.TB, cfg nn.Config) *reward.Model {
	t.Helper()
	m, err := nn.NewModel(cfg, device(t), cfg.RandomWeights(3))
	if err != nil {
		t.Fatal(err)
	}
	return &reward.Model{Model: m, Head: head(cfg.Hidden, 0.5)}
}

// head is one of random numbers.
func head(hidden int, bias float32) reward.Head {
	r := rand.New(rand.NewPCG(5, 5))
	flat := make([]float32, hidden)
	for i := range flat {
		flat[i] = float32(r.NormFloat64())
	}
	return reward.Head{
		Weight: tensors.FromFlatDataAndDimensions(flat, 1, hidden), Bias: tensors.FromFlatDataAndDimensions([]float32{bias}, 1),
	}
}

// texts are sequences of random tokens, 1 to longest of them.
func texts(n, longest int, seed uint64) [][]int32 {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([][]int32, n)
	for i := range all {
		all[i] = make([]int32, 1+r.IntN(longest))
		for k := range all[i] {
			all[i][k] = int32(r.IntN(tiny.Vocab))
		}
	}
	return all
}

// pairs are pairs of such texts; a chosen one has the token 7 somewhere, and a rejected one has 8 there.
func pairs(n int) []reward.Pair {
	var all []reward.Pair
	r := rand.New(rand.NewPCG(9, 9))
	for i, text := range texts(n, 20, 9) {
		p := reward.Pair{ID: string(rune('a' + i%26)), Question: string(rune('a' + i%20)), Margin: 0.5 + 0.1*float64(i%4)}
		for k, x := range text {
			if x == 7 || x == 8 {
				text[k] = 9
			}
		}
		at := r.IntN(len(text))
		p.Chosen, p.Rejected = append([]int32{}, text...), append([]int32{}, text...)
		p.Chosen[at], p.Rejected[at] = 7, 8
		if i%2 == 0 {
			p.Rejected = append(p.Rejected, 3, 4)
		}
		all = append(all, p)
	}
	return all
}

// trainer is a training of pairs.
func trainer(t testing.TB, m *reward.Model, l reward.Loss, o train.Options) *train.Trainer {
	t.Helper()
	o.AdamW, o.Shapes, o.Beside = train.DefaultAdamW(), 16, m.Head.Beside()
	if o.Compute == dtypes.InvalidDType {
		o.Compute = dtypes.Float32
	}
	out, err := train.NewTrainer(m.Model, o, l.Objective(m.Config))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// walk goes some steps, each over the next eight pairs, divided in micro-batches of so many.
func walk(t testing.TB, tr *train.Trainer, b *reward.Batch, n, rows int) []train.Done {
	t.Helper()
	const batch = 8
	var out []train.Done
	for range n {
		from := tr.Steps() * batch % (len(b.Sizes()) - batch + 1)
		var micros [][]*tensors.Tensor
		for i := 0; i < batch; i += rows {
			m := train.Micro{Length: 24}
			for k := range rows {
				m.Rows = append(m.Rows, from+i+k)
			}
			micros = append(micros, b.Micro(m, tr.Steps()))
		}
		done, err := tr.Step(micros, batch, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, done)
	}
	return out
}

func score(t testing.TB, m *reward.Model, tokens int, all [][]int32) []float64 {
	t.Helper()
	s, err := m.NewScorer(32, tokens)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Score(context.Background(), m, all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reference are numbers that PyTorch computed in float64.
type reference map[string]struct {
	Shape []int
	Data  []float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("../../../shared/golden/golden.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the references are not there: shared/golden/golden.json beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// tensor is one of the references, in float32.
func (r reference) tensor(t *testing.T, name string) *tensors.Tensor {
	t.Helper()
	v, ok := r[name]
	if !ok {
		t.Fatalf("there is no reference %s", name)
	}
	flat := make([]float32, len(v.Data))
	for i, x := range v.Data {
		flat[i] = float32(x)
	}
	return tensors.FromFlatDataAndDimensions(flat, v.Shape...)
}

// byName is what the references call a tensor.
func byName(w string) string {
	r := strings.NewReplacer("model.embed_tokens.weight", "emb.weight", "model.norm.weight", "ln.w", "model.", "",
		"input_layernorm.weight", "ln1.w", "post_attention_layernorm.weight", "ln2.w", "self_attn.", "", "mlp.gate_proj", "g",
		"mlp.up_proj", "u", "mlp.down_proj", "dn", "_proj", "")
	return r.Replace(w)
}

// folder writes a causal model's folder with a tokenizer, and returns its path and its shape.
func folder(t *testing.T, tied bool) (string, nn.Config) {
	t.Helper()
	from, dir := filepath.Join(t.TempDir(), "tokenizer"), filepath.Join(t.TempDir(), "model")
	text, err := os.ReadFile("../tokenizer/testdata/tokenizer.json")
	if err == nil {
		err = os.Mkdir(from, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(from, "tokenizer.json"), text, 0o666)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(from, "tokenizer_config.json"), []byte(`{"pad_token": "<|endoftext|>"}`), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Load(from)
	if err != nil {
		t.Fatal(err)
	}
	cfg := tiny
	cfg.Vocab, cfg.Tied, cfg.MaxPositions = tok.Size(), tied, 512
	if err := checkpoint.Save(dir, cfg, cfg.RandomWeights(1), checkpoint.SaveOptions{DType: dtypes.Float32, From: from}); err != nil {
		t.Fatal(err)
	}
	return dir, cfg
}

// files are the tensors of a folder by name, with where they are and their bytes.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, path := range paths {
		f, err := safetensors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, tensor := range f.Tensors() {
			out[tensor.Name] = filepath.Base(path) + " " + string(tensor.DType) + " " + string(f.Bytes(tensor.Name))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// convertTo is a graph of one tensor in another type.
func convertTo(dtype dtypes.DType) func(in []*graph.Node) []*graph.Node {
	return func(in []*graph.Node) []*graph.Node { return []*graph.Node{graph.ConvertDType(in[0], dtype)} }
}
