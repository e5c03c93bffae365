package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// Objective builds the sum of a loss over a micro-batch, a scalar, from a model's parameters, and from the tensors of
// Options.Beside and those of the micro-batch, in one list. It is a sum and no mean, so that the steps do not hang on how they
// are divided.
type Objective func(p nn.Parameters, in []*graph.Node) *graph.Node

// Beside is a tensor that is trained beside a model's, a head for example.
type Beside struct {
	nn.Weight
	Start *tensors.Tensor // in float32; it is not changed
}

// Options are the choices of a trainer.
type Options struct {
	AdamW
	nn.LoRA              // with a rank: train this in place of the weights
	Compute dtypes.DType // what blocks are computed in: Float32 or BFloat16; weights and moments are kept in float32
	Again   bool         // compute blocks again in place of keeping what is in them (activation checkpointing)
	Shapes  int          // how many shapes of micro-batches there may be
	Seed    uint64       // of LoRA's first matrices
	Beside  []Beside     // what is trained too, and computed with in float32
}

// Trainer steps weights down an objective. It is for one goroutine.
type Trainer struct {
	config nn.Config
	o      Options
	frozen []*tensors.Tensor // weights that stay, with LoRA
	*Optimizer

	gradient, add *nn.Exec
}

// NewTrainer makes a trainer of a model; the model's weights are not changed.
func NewTrainer(m *nn.Model, o Options, objective Objective) (*Trainer, error) {
	if err := errors.Join(o.AdamW.Check(), o.LoRA.Check()); err != nil {
		return nil, err
	}
	if o.Compute != dtypes.Float32 && o.Compute != dtypes.BFloat16 {
		return nil, fmt.Errorf("train: blocks cannot be computed in %s; want float32 or bfloat16", o.Compute)
	}
	t := &Trainer{config: m.Config, o: o}
	var trained []*tensors.Tensor
	if o.Rank > 0 {
		t.frozen, trained = m.Weights, m.RandomLow(o.LoRA, o.Seed)
	} else {
		for _, w := range m.Weights {
			wide, err := widen(w)
			if err != nil {
				return nil, err
			}
			trained = append(trained, wide)
		}
	}
	for _, b := range o.Beside {
		start, err := b.Start.LocalClone()
		if err != nil {
			return nil, err
		}
		trained = append(trained, start)
	}
	var err error
	if t.Optimizer, err = NewOptimizer(m.Device, o.AdamW, trained); err != nil {
		return nil, err
	}
	return t, t.compile(m.Device, objective)
}

func (t *Trainer) compile(device compute.Backend, objective Objective) (err error) {
	n, frozen, own := len(t.weights), len(t.frozen), t.own()
	if t.gradient, err = nn.NewExec(device, "gradient", max(1, t.o.Shapes), func(in []*graph.Node) []*graph.Node {
		trained, still, share, batch := in[:n], in[n:n+frozen], in[n+frozen], in[n+frozen+1:]
		loss := objective(t.parameters(trained[:own], still), slices.Concat(trained[own:], batch))
		loss = graph.Mul(graph.ConvertDType(loss, dtypes.Float32), share)
		return append(graph.Gradient(loss, trained...), loss)
	}); err != nil {
		return err
	}
	t.add, err = nn.NewExec(device, "add", 1, func(in []*graph.Node) []*graph.Node {
		out := make([]*graph.Node, n)
		for i := range out {
			out[i] = graph.Add(in[i], in[n+i])
		}
		return out
	})
	return err
}

// own is how many of the tensors are the model's, which come first.
func (t *Trainer) own() int { return len(t.weights) - len(t.o.Beside) }

// parameters are what the objective computes with.
func (t *Trainer) parameters(trained, still []*graph.Node) nn.Parameters {
	in := func(ws []*graph.Node) []*graph.Node {
		out := make([]*graph.Node, len(ws))
		for i, w := range ws {
			out[i] = graph.ConvertDType(w, t.o.Compute)
		}
		return out
	}
	p := nn.Parameters{Weights: in(trained), Checkpoint: t.o.Again}
	if t.o.Rank > 0 {
		p.Weights, p.LoRA, p.Low = in(still), t.o.LoRA, in(trained)
	}
	return p
}

// Done are the figures of a step.
type Done struct {
	Loss     float64 // the sum of the objective over the step, by its total
	GradNorm float64 // before clipping
}

// Step goes one step: the gradient of the objective's sum over all micro-batches, divided by total, at a learning rate.
// The micro-batches' gradients are added in their order. A loss or a gradient that is no number is an error, and the
// weights stay as they were.
func (t *Trainer) Step(micros [][]*tensors.Tensor, total, rate float64) (Done, error) {
	if len(micros) == 0 || !(total > 0) {
		return Done{}, fmt.Errorf("step %d: there is nothing to learn: %d micro-batches, a total of %v", t.steps+1, len(micros), total)
	}
	share := []*tensors.Tensor{tensors.FromScalar(float32(1 / total))}
	var done Done
	var sum []*tensors.Tensor
	for _, micro := range micros {
		made, err := t.gradient.Call(t.weights, t.frozen, share, micro)
		if err != nil {
			return done, err
		}
		gradients, loss := made[:len(t.weights)], made[len(t.weights)]
		done.Loss += float64(tensors.ToScalar[float32](loss))
		_ = loss.FinalizeAll()
		if sum == nil {
			sum = gradients
			continue
		}
		added, err := t.add.Call(sum, gradients)
		finalize(sum, gradients)
		if err != nil {
			return done, err
		}
		sum = added
	}
	norm, err := t.Optimizer.Step(sum, rate)
	finalize(sum)
	if err != nil {
		return done, err
	}
	done.GradNorm = norm
	if !isFinite(norm) {
		return done, fmt.Errorf("step %d: the loss is %v and the gradient's norm %v: lower the learning rate, or look for rows that are broken",
			t.steps+1, done.Loss, done.GradNorm)
	}
	return done, nil
}

// Steps is how many steps are done.
func (t *Trainer) Steps() int { return t.steps }

// Merged are the model's weights as they are now, LoRA's part in them, in float32 or as the frozen ones are. They are the
// trainer's own without LoRA, and change with the next step.
func (t *Trainer) Merged(device compute.Backend) ([]*tensors.Tensor, error) {
	if t.o.Rank == 0 {
		return t.weights[:t.own()], nil
	}
	n := len(t.frozen)
	merge, err := nn.NewExec(device, "merge", 1, func(in []*graph.Node) []*graph.Node {
		return t.config.Merge(nn.Parameters{Weights: in[:n], LoRA: t.o.LoRA, Low: in[n:]})
	})
	if err != nil {
		return nil, err
	}
	return merge.Call(t.frozen, t.weights[:t.own()])
}

// Beside are the tensors of Options.Beside as they are now. They are the trainer's own, and gone after the next step.
func (t *Trainer) Beside() []*tensors.Tensor { return t.weights[t.own():] }

// Trained are the tensors that are stepped, by their names: the weights, or LoRA's matrices, and what is trained beside.
func (t *Trainer) Trained() ([]nn.Weight, []*tensors.Tensor) {
	names := t.config.Weights()
	if t.o.Rank > 0 {
		names = t.config.LowWeights(t.o.LoRA)
	}
	for _, b := range t.o.Beside {
		names = append(names, b.Weight)
	}
	return names, t.weights
}

// counters are what a trainer's state has beside tensors.
type counters struct {
	Steps int `json:"steps"`
}

// State is everything that the next steps hang on: tensors by name, and the rest as JSON. The tensors are the trainer's
// own, and change with the next step.
func (t *Trainer) State() (map[string]*tensors.Tensor, json.RawMessage, error) {
	out := map[string]*tensors.Tensor{}
	for i, name := range t.names() {
		out["weight."+name], out["first."+name], out["second."+name] = t.weights[i], t.first[i], t.second[i]
	}
	data, err := json.Marshal(counters{t.steps})
	return out, data, err
}

func (t *Trainer) names() []string {
	weights, _ := t.Trained()
	var names []string
	for _, w := range weights {
		names = append(names, w.Name)
	}
	return names
}

// Restore puts a state back, which has to be one of the same model and options.
func (t *Trainer) Restore(state map[string]*tensors.Tensor, data json.RawMessage) error {
	var c counters
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("restore the trainer: %w", err)
	}
	if len(state) != 3*len(t.weights) {
		return fmt.Errorf("restore the trainer: the state has %d tensors, and this training %d", len(state), 3*len(t.weights))
	}
	var lists [3][]*tensors.Tensor
	for k, kind := range []string{"weight.", "first.", "second."} {
		for i, name := range t.names() {
			got := state[kind+name]
			if got == nil || !got.Shape().Equal(t.weights[i].Shape()) {
				return fmt.Errorf("restore the trainer: the state has no %s of shape %s", strconv.Quote(kind+name), t.weights[i].Shape())
			}
			lists[k] = append(lists[k], got)
		}
	}
	t.weights, t.first, t.second, t.steps = lists[0], lists[1], lists[2], c.Steps
	return nil
}

// widen copies a tensor as float32.
func widen(w *tensors.Tensor) (*tensors.Tensor, error) {
	out, err := w.LocalClone()
	if err != nil || w.DType() == dtypes.Float32 {
		return out, err
	}
	if w.DType() != dtypes.BFloat16 {
		return nil, fmt.Errorf("train: weights of %s; want float32 or bfloat16", w.DType())
	}
	wide := zeros(w)
	err = w.ConstBytes(func(src []byte) {
		tensors.MustMutableFlatData(wide, func(dst []float32) {
			for i := range dst {
				dst[i] = math.Float32frombits(uint32(src[2*i])<<16 | uint32(src[2*i+1])<<24)
			}
		})
	})
	return wide, err
}

// zeros is a tensor of w's shape, in float32.
func zeros(w *tensors.Tensor) *tensors.Tensor {
	return tensors.FromShape(shapes.Make(dtypes.Float32, w.Shape().Dimensions...))
}

func finalize(lists ...[]*tensors.Tensor) {
	for _, ts := range lists {
		for _, t := range ts {
			_ = t.FinalizeAll()
		}
	}
}
