package train_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

var tiny = nn.Config{
	Vocab: 31, Hidden: 16, Intermediate: 24, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 4, MaxPositions: 64,
	RopeTheta: 10000, Epsilon: 1e-6, Tied: true,
}

// examples are sequences that can be learned: each token is the one before it and a constant of the sequence.
func examples(n int) []train.SFTExample {
	r := rand.New(rand.NewPCG(7, 7))
	var all []train.SFTExample
	for range n {
		length, by := 4+r.IntN(12), 1+r.IntN(3)
		e := train.SFTExample{IDs: []int32{int32(r.IntN(tiny.Vocab))}, Targets: []bool{false}}
		for i := 1; i < length; i++ {
			e.IDs = append(e.IDs, (e.IDs[i-1]+int32(by))%int32(tiny.Vocab))
			e.Targets = append(e.Targets, i > 2)
		}
		all = append(all, e)
	}
	return all
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

func newTrainer(t testing.TB, o train.Options) *train.Trainer {
	t.Helper()
	m, err := nn.NewModel(tiny, device(t), tiny.RandomWeights(3))
	if err != nil {
		t.Fatal(err)
	}
	if o.AdamW == (train.AdamW{}) {
		o.AdamW = train.DefaultAdamW()
	}
	if o.Compute == dtypes.InvalidDType {
		o.Compute = dtypes.Float32
	}
	o.Shapes = 16
	tr, err := train.NewTrainer(m, o, train.CrossEntropy(tiny))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// steps goes some steps, each over the next sixteen examples, divided in micro-batches of so many rows, and returns the losses.
func steps(t testing.TB, tr *train.Trainer, all []train.SFTExample, n, rows int) []train.Done {
	t.Helper()
	const batch = 16
	var out []train.Done
	for range n {
		from := tr.Steps() * batch % len(all)
		var micros [][]*tensors.Tensor
		total := 0
		for i := 0; i < batch; i += rows {
			m := train.Micro{Length: 16}
			for k := range rows {
				m.Rows = append(m.Rows, from+i+k)
				total += all[from+i+k].Size().Targets
			}
			micros = append(micros, train.SFTMicro(all, m))
		}
		done, err := tr.Step(micros, float64(total), 0.01)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, done)
	}
	return out
}

// bytesOf are all numbers of a trainer's state.
func bytesOf(t testing.TB, tr *train.Trainer) []byte {
	t.Helper()
	state, data, err := tr.State()
	if err != nil {
		t.Fatal(err)
	}
	out := append([]byte(nil), data...)
	for _, kind := range []string{"weight.", "first.", "second."} {
		names, _ := tr.Trained()
		for _, w := range names {
			if err := state[kind+w.Name].ConstBytes(func(b []byte) { out = append(out, b...) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func TestTrainingLearns(t *testing.T) {
	all := examples(64)
	for name, c := range map[string]struct {
		o    train.Options
		most float64 // of the first loss; LoRA beside random weights cannot do much
	}{
		"all weights":  {train.Options{}, 0.9},
		"again":        {train.Options{Again: true}, 0.9},
		"LoRA":         {train.Options{LoRA: nn.LoRA{Rank: 8, Alpha: 32, Targets: nn.LoRATargets}}, 0.97},
		"LoRA in part": {train.Options{LoRA: nn.LoRA{Rank: 8, Alpha: 64, Targets: []string{"q_proj", "v_proj", "up_proj"}}}, 0.97},
		"bfloat16":     {train.Options{Compute: dtypes.BFloat16}, 0.9},
	} {
		t.Run(name, func(t *testing.T) {
			losses := steps(t, newTrainer(t, c.o), all, 40, 16)
			first, last := losses[0].Loss, losses[39].Loss
			if math.Abs(first-math.Log(31)) > 0.2 {
				t.Errorf("the first loss is %v, want about log 31", first)
			}
			if last > c.most*first {
				t.Errorf("the loss went from %v to %v", first, last)
			}
		})
	}
}

// However a step is divided, and however blocks are kept, it is the same step beyond rounding.
func TestStepsDoNotHangOnTheirDivision(t *testing.T) {
	all := examples(64)
	want := steps(t, newTrainer(t, train.Options{}), all, 10, 16)
	for name, c := range map[string]struct {
		o    train.Options
		rows int
	}{
		"8 and 8":          {train.Options{}, 8},
		"one by one":       {train.Options{}, 1},
		"again":            {train.Options{Again: true}, 16},
		"again, 4 by 4":    {train.Options{Again: true}, 4},
		"the same, anew":   {train.Options{}, 16},
		"the same, longer": {train.Options{Shapes: 3}, 16},
	} {
		for i, got := range steps(t, newTrainer(t, c.o), all, 10, c.rows) {
			if math.Abs(got.Loss-want[i].Loss) > 2e-5 || math.Abs(got.GradNorm-want[i].GradNorm) > 1e-4*want[i].GradNorm {
				t.Errorf("%s: step %d is %v, want %v", name, i+1, got, want[i])
			}
		}
	}
}

// A training that goes on from a state is the straight one, bit for bit.
func TestRestoreIsStraight(t *testing.T) {
	all := examples(64)
	for name, o := range map[string]train.Options{
		"all weights": {},
		"LoRA":        {LoRA: nn.LoRA{Rank: 4, Alpha: 8, Targets: []string{"q_proj", "down_proj"}}},
	} {
		straight := newTrainer(t, o)
		steps(t, straight, all, 12, 4)

		before := newTrainer(t, o)
		steps(t, before, all, 5, 4)
		state, data, err := before.State()
		if err != nil {
			t.Fatal(err)
		}
		after := newTrainer(t, o)
		if err := after.Restore(state, data); err != nil {
			t.Fatal(err)
		}
		steps(t, after, all, 7, 4)
		if !bytes.Equal(bytesOf(t, straight), bytesOf(t, after)) {
			t.Errorf("%s: the state after 5 and 7 steps is not that after 12", name)
		}
	}
}

// What is merged computes what LoRA beside the weights does.
func TestLoRAIsMerged(t *testing.T) {
	all := examples(32)
	o := train.Options{LoRA: nn.LoRA{Rank: 4, Alpha: 16, Targets: nn.LoRATargets}}
	tr := newTrainer(t, o)
	steps(t, tr, all, 6, 16)
	merged, err := tr.Merged(device(t))
	if err != nil {
		t.Fatal(err)
	}
	m, err := nn.NewModel(tiny, device(t), merged)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := train.NewTrainer(m, train.Options{AdamW: train.DefaultAdamW(), Compute: dtypes.Float32, Shapes: 1}, train.CrossEntropy(tiny))
	if err != nil {
		t.Fatal(err)
	}
	// The loss before a step is that of the weights as they are. The same examples: step 7 begins where 6 ended.
	a, b := steps(t, tr, all[:16], 1, 16)[0], steps(t, whole, all[:16], 1, 16)[0]
	if math.Abs(a.Loss-b.Loss) > 1e-5 {
		t.Errorf("the loss is %v with LoRA beside the weights and %v with it in them", a.Loss, b.Loss)
	}
}

func TestAdamWReference(t *testing.T) {
	data, err := os.ReadFile("../../../shared/golden/golden.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the references are not there: shared/golden/golden.json beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	var ref map[string]struct{ Data []float64 }
	if err := json.Unmarshal(data, &ref); err != nil {
		t.Fatal(err)
	}
	row := func(name string) *tensors.Tensor { // [1, 5]: a matrix, so that it decays
		var flat []float32
		for _, x := range ref[name].Data {
			flat = append(flat, float32(x))
		}
		return tensors.FromFlatDataAndDimensions(flat, 1, len(flat))
	}
	a := train.AdamW{Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, Decay: 0.1, Clip: 1}
	o, err := train.NewOptimizer(device(t), a, []*tensors.Tensor{row("adamw.w0")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		norm, err := o.Step([]*tensors.Tensor{row("adamw.g" + string(rune('0'+i)))}, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		if want := ref["adamw.norm"+string(rune('0'+i))].Data[0]; math.Abs(norm-want) > 1e-6*want {
			t.Errorf("the norm of gradient %d is %v, want %v", i, norm, want)
		}
		for k, want := range ref["adamw.w"+string(rune('1'+i))].Data {
			if got := float64(tensors.MustCopyFlatData[float32](o.Weights()[0])[k]); math.Abs(got-want) > 1e-6 {
				t.Errorf("weight %d after %d steps is %v, want %v", k, i+1, got, want)
			}
		}
	}
}

func TestStepRefuses(t *testing.T) {
	all := examples(16)
	tr := newTrainer(t, train.Options{})
	before := bytesOf(t, tr)
	micro := train.SFTMicro(all, train.Micro{Rows: []int{0, 1}, Length: 16})
	bad := train.SFTMicro(all, train.Micro{Rows: []int{0, 1}, Length: 16})
	tensors.MustMutableFlatData(bad[2], func(flat []float32) { flat[4] = float32(math.Inf(1)) })
	for name, c := range map[string]struct {
		micros [][]*tensors.Tensor
		total  float64
		want   string
	}{
		"nothing":     {nil, 1, "nothing to learn"},
		"no targets":  {[][]*tensors.Tensor{micro}, 0, "nothing to learn"},
		"no number":   {[][]*tensors.Tensor{bad}, 1, "lower the learning rate"},
		"other shape": {[][]*tensors.Tensor{micro[:2]}, 1, "gradient"},
	} {
		_, err := tr.Step(c.micros, c.total, 0.01)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	if !bytes.Equal(before, bytesOf(t, tr)) {
		t.Error("a step that failed has changed the state")
	}
}

// The gradient graph of a linear objective is the objective's slope: a check of the objective's form, not of nn.
func TestObjectiveIsASum(t *testing.T) {
	calls := 0
	m, err := nn.NewModel(tiny, device(t), tiny.RandomWeights(3))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := train.NewTrainer(m, train.Options{AdamW: train.DefaultAdamW(), Compute: dtypes.Float32, Shapes: 1},
		func(p nn.Parameters, in []*graph.Node) *graph.Node {
			calls++
			return graph.Add(graph.ReduceAllSum(p.Weights[0]), graph.ReduceAllSum(in[0]))
		})
	if err != nil {
		t.Fatal(err)
	}
	one := []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]float32{1, 2}, 2)}
	done, err := tr.Step([][]*tensors.Tensor{one, one}, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	// Two micro-batches, a total of 2: the gradient of each of the embedding's numbers is 1.
	if want := math.Sqrt(31 * 16); math.Abs(done.GradNorm-want) > 1e-4 {
		t.Errorf("the gradient's norm is %v, want %v", done.GradNorm, want)
	}
	if calls != 1 {
		t.Errorf("the objective was built %d times for one shape", calls)
	}
}
