package reward_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/reward"
	"github.com/acecoder/acecoder/internal/train"
)

// golden is the shape of the model that the references were computed with.
var golden = nn.Config{
	Vocab: 23, Hidden: 16, Intermediate: 24, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 4, MaxPositions: 64,
	RopeTheta: 1e6, Epsilon: 1e-6, Tied: true,
}

// Scores, the loss and every gradient, against PyTorch. One of the two texts is padded.
func TestReference(t *testing.T) {
	r := readReference(t)
	var weights []*tensors.Tensor
	for _, w := range golden.Weights() {
		weights = append(weights, r.tensor(t, "param."+byName(w.Name)))
	}
	m, err := nn.NewModel(golden, device(t), weights)
	if err != nil {
		t.Fatal(err)
	}
	rm := &reward.Model{Model: m, Head: reward.Head{Weight: r.tensor(t, "param.head.weight"), Bias: r.tensor(t, "param.head.bias")}}
	var both [2][]int32
	for i, id := range r["ids"].Data {
		if r["attn_mask"].Data[i] != 0 {
			both[i/8] = append(both[i/8], int32(id))
		}
	}
	for i, got := range score(t, rm, 64, both[:]) {
		if want := r["rm.score"].Data[i]; math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
			t.Errorf("the score of text %d is %v, want %v", i, got, want)
		}
	}

	pair := reward.Pair{Chosen: both[0], Rejected: both[1]}
	n := len(weights)
	objective := reward.Loss{}.Objective(golden)
	gradient, err := nn.NewExec(device(t), "gradient", 1, func(in []*graph.Node) []*graph.Node {
		loss := objective(nn.Parameters{Weights: in[:n]}, in[n:])
		return append(graph.Gradient(loss, in[:n+2]...), loss)
	})
	if err != nil {
		t.Fatal(err)
	}
	micro := reward.NewBatch(reward.Loss{}, golden.Hidden, 0, []reward.Pair{pair}).Micro(train.Micro{Rows: []int{0}, Length: 8}, 0)
	out, err := gradient.Call(weights, []*tensors.Tensor{rm.Head.Weight, rm.Head.Bias}, micro)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, w := range golden.Weights() {
		names = append(names, "bt.grad."+byName(w.Name))
	}
	names = append(names, "bt.grad.head.weight", "bt.grad.head.bias", "bt.loss")
	for i, name := range names {
		want := r[name].Data
		flat := []float32{}
		if out[i].Shape().IsScalar() {
			flat = append(flat, tensors.ToScalar[float32](out[i]))
		} else {
			flat = tensors.MustCopyFlatData[float32](out[i])
		}
		if len(flat) != len(want) {
			t.Fatalf("%s has %d numbers, want %d", name, len(flat), len(want))
		}
		for k, w := range want {
			if diff := math.Abs(float64(flat[k]) - w); !(diff <= 1e-5+1e-4*math.Abs(w)) {
				t.Errorf("%s[%d] = %v, want %v", name, k, flat[k], w)
				break
			}
		}
	}
}

// scored are pairs by the scores of their chosen and rejected texts, margins and weights.
type scored struct {
	c, r, margins, shares []float32
	bias                  float32
}

// one is a pair whose scores differ by d.
func one(d float32) scored {
	return scored{c: []float32{d}, r: []float32{0}, margins: []float32{0}, shares: []float32{1}}
}

// lossOf computes a loss, and its slopes for c, r and the bias.
func lossOf(t *testing.T, l reward.Loss, p scored) (loss float64, slopes []float32, ofBias float32) {
	t.Helper()
	exec, err := nn.NewExec(device(t), "loss", 1, func(in []*graph.Node) []*graph.Node {
		loss := l.Sum(in[0], in[1], in[2], in[3])
		return append(graph.Gradient(loss, in[0], in[1]), loss)
	})
	if err != nil {
		t.Fatal(err)
	}
	var s []float32
	for i := range p.c {
		s = append(s, p.c[i], p.r[i])
	}
	vector := func(x []float32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(x, len(x)) }
	out, err := exec.Call([]*tensors.Tensor{vector(s), vector([]float32{p.bias}), vector(p.margins), vector(p.shares)})
	if err != nil {
		t.Fatal(err)
	}
	return float64(tensors.ToScalar[float32](out[2])), tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])[0]
}

// −log σ and its slope, from −60 to 80, at 0 too: nothing overflows, and nothing is lost.
func TestLogSigmoidReference(t *testing.T) {
	r := readReference(t)
	for i, x := range r["logsig.x"].Data {
		loss, slopes, _ := lossOf(t, reward.Loss{}, one(float32(x)))
		if want := r["logsig.loss"].Data[i]; math.Abs(loss-want) > 1e-6*max(want, 0.1) {
			t.Errorf("−log σ(%v) = %v, want %v", x, loss, want)
		}
		if want := r["logsig.grad"].Data[i]; math.Abs(float64(slopes[0])-want) > 1e-6*max(math.Abs(want), 1e-30) || slopes[1] != -slopes[0] {
			t.Errorf("the slopes of −log σ(%v) are %v, want ∓%v", x, slopes, want)
		}
	}
	for _, x := range []float32{-80, 80, -3000, 3000} {
		loss, slopes, _ := lossOf(t, reward.Loss{}, one(x))
		if want := max(0, -float64(x)); math.Abs(loss-want) > 1e-6*max(1, want) || !(slopes[0] >= -1 && slopes[0] <= 0) {
			t.Errorf("−log σ(%v) = %v with slope %v, want %v", x, loss, slopes[0], want)
		}
	}
}

// Each loss against its formula in float64, and the slopes against finite differences of that.
func TestLosses(t *testing.T) {
	c, r := []float32{0.5, -1, 2}, []float32{0.25, 1, -3}
	m, w, bias := []float32{0.5, 1.5, 2}, []float32{1, 0.5, 2}, 0.75
	logistic := func(d float64) float64 { return math.Log1p(math.Exp(-d)) }
	for name, row := range map[string]struct {
		l       reward.Loss
		formula func(c, r, m, b float64) float64
	}{
		"plain":    {reward.Loss{}, func(c, r, _, _ float64) float64 { return logistic(c - r) }},
		"margin":   {reward.Loss{Margin: true}, func(c, r, m, _ float64) float64 { return logistic(c - r - m) }},
		"scale":    {reward.Loss{ScaleBT: true}, func(c, r, m, _ float64) float64 { return m * logistic(c-r) }},
		"center":   {reward.Loss{Center: 0.1}, func(c, r, _, b float64) float64 { return logistic(c-r) + 0.1*math.Pow(c+r+2*b, 2) }},
		"together": {reward.Loss{Center: 0.1, Margin: true}, func(c, r, m, b float64) float64 { return logistic(c-r-m) + 0.1*math.Pow(c+r+2*b, 2) }},
	} {
		sum := func(shift [7]float64) float64 {
			total := 0.0
			for i := range c {
				total += float64(w[i]) * row.formula(float64(c[i])+shift[2*i], float64(r[i])+shift[2*i+1], float64(m[i]), bias+shift[6])
			}
			return total
		}
		loss, slopes, ofBias := lossOf(t, row.l, scored{c, r, m, w, float32(bias)})
		if want := sum([7]float64{}); math.Abs(loss-want) > 1e-5 {
			t.Errorf("%s: the loss is %v, want %v", name, loss, want)
		}
		for i, got := range append(slopes, ofBias) {
			var up, down [7]float64
			up[i], down[i] = 1e-5, -1e-5
			if want := (sum(up) - sum(down)) / 2e-5; math.Abs(float64(got)-want) > 1e-4 {
				t.Errorf("%s: slope %d is %v, want %v", name, i, got, want)
			}
		}
	}
}

func TestLossCheck(t *testing.T) {
	for name, row := range map[string]struct {
		l    reward.Loss
		want string
	}{
		"published":     {reward.Loss{Dropout: 0.1}, ""},
		"both margins":  {reward.Loss{Margin: true, ScaleBT: true}, "either"},
		"no center":     {reward.Loss{Center: math.NaN()}, "center is NaN"},
		"all left out":  {reward.Loss{Dropout: 1}, "dropout is 1"},
		"less than all": {reward.Loss{Dropout: -0.1}, "dropout is -0.1"},
	} {
		err := row.l.Check()
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %q", name, err, row.want)
		}
	}
}

// With PerQuestion each question weighs the same, and a pair 1 on average.
func TestQuestionsWeighAlike(t *testing.T) {
	var all []reward.Pair
	for i, q := range []string{"a", "a", "a", "b", "c", "c"} {
		all = append(all, reward.Pair{Question: q, Chosen: []int32{int32(i)}, Rejected: []int32{9}})
	}
	micro := train.Micro{Rows: []int{0, 1, 2, 3, 4, 5}, Length: 4}
	for name, row := range map[string]struct {
		l    reward.Loss
		want []float32
	}{
		"flat":         {reward.Loss{}, []float32{1, 1, 1, 1, 1, 1}},
		"per question": {reward.Loss{PerQuestion: true}, []float32{2. / 3, 2. / 3, 2. / 3, 2, 1, 1}},
	} {
		made := reward.NewBatch(row.l, 4, 0, all).Micro(micro, 0)
		for i, got := range tensors.MustCopyFlatData[float32](made[3]) {
			if math.Abs(float64(got-row.want[i])) > 1e-6 {
				t.Errorf("%s: pair %d weighs %v, want %v", name, i, got, row.want[i])
			}
		}
	}
}

// Dropout leaves out its share, keeps the mean, and hangs on step and pair alone.
func TestDropout(t *testing.T) {
	all := pairs(64)
	b := reward.NewBatch(reward.Loss{Dropout: 0.25}, 200, 1, all)
	mask := func(step int, rows ...int) []float32 {
		made := b.Micro(train.Micro{Rows: rows, Length: 24}, step)
		if made[4].DType() != dtypes.Float32 {
			t.Fatalf("the mask is of %s", made[4].DType())
		}
		return tensors.MustCopyFlatData[float32](made[4])
	}
	rows := make([]int, 64)
	for i := range rows {
		rows[i] = i
	}
	whole := mask(3, rows...)
	out := 0
	for _, x := range whole {
		if x == 0 {
			out++
		} else if math.Abs(float64(x)-4./3) > 1e-6 {
			t.Fatalf("a number of the mask is %v, want 0 or 4/3", x)
		}
	}
	if share := float64(out) / float64(len(whole)); math.Abs(share-0.25) > 0.01 {
		t.Errorf("%v is left out, want 0.25", share)
	}
	alone := mask(3, 40)
	for i, x := range alone {
		if whole[40*400+i] != x {
			t.Fatalf("the mask of pair 40 hangs on the pairs beside it")
		}
	}
	other, same := mask(4, 40), 0
	for i := range other {
		if other[i] == alone[i] {
			same++
		}
	}
	if same == len(other) {
		t.Error("the masks of two steps are the same")
	}
}
