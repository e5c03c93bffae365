package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

// training is what is asked of train.
type training struct {
	Examples []struct {
		IDs     []int32 `json:"ids"`
		Targets []bool  `json:"targets"`
	} `json:"examples"`
	Steps  [][]int `json:"steps"` // the examples of each, by their numbers from 0
	Micro  int     `json:"micro"` // examples that are computed at once
	Again  bool    `json:"again"` // compute blocks again for the gradient
	Peak   float64 `json:"peak"`  // learning rate
	Warmup int     `json:"warmup"`
	Decay  float64 `json:"decay"`

	Rank        int      `json:"rank"` // of LoRA; 0: none
	Alpha       float64  `json:"alpha"`
	LoRATargets []string `json:"lora_targets"`
}

// figures are what train prints.
type figures struct {
	Losses []float64 `json:"losses"` // before each step
	Norms  []float64 `json:"norms"`
	After  float64   `json:"after"` // the loss of the last step's examples when all steps are done
}

func trained(folder, target string, in io.Reader, out io.Writer) error {
	asked, err := ask[training](in)
	if err != nil {
		return err
	}
	m, err := open(folder, "float32")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o777); err != nil {
		return err
	}
	t, err := asked.trainer(m)
	if err != nil {
		return err
	}
	if err := keep(t, filepath.Join(target, "start.safetensors")); err != nil {
		return err
	}
	f, err := asked.run(t)
	if err != nil {
		return err
	}
	if err := keep(t, filepath.Join(target, "end.safetensors")); err != nil {
		return err
	}
	weights, err := t.Merged(m.Device)
	if err != nil {
		return err
	}
	path := filepath.Join(target, "model")
	if err := checkpoint.Save(path, m.Config, weights, checkpoint.SaveOptions{DType: dtypes.Float32, From: folder, Replace: true}); err != nil {
		return err
	}
	// A step at a rate of 0 changes no weight, and tells the loss.
	last, err := asked.step(t, asked.Steps[len(asked.Steps)-1], 0)
	if err != nil {
		return err
	}
	f.After = last.Loss
	return json.NewEncoder(out).Encode(f)
}

func (a *training) trainer(m *nn.Model) (*train.Trainer, error) {
	if a.Micro < 1 || len(a.Steps) == 0 {
		return nil, fmt.Errorf("micro-batches of %d examples, %d steps: want at least 1", a.Micro, len(a.Steps))
	}
	o := train.Options{AdamW: train.DefaultAdamW(), Compute: dtypes.Float32, Again: a.Again, Shapes: len(a.Steps)}
	o.Decay = a.Decay
	o.LoRA = nn.LoRA{Rank: a.Rank, Alpha: a.Alpha, Targets: a.LoRATargets}
	return train.NewTrainer(m, o, train.CrossEntropy(m.Config))
}

func (a *training) run(t *train.Trainer) (figures, error) {
	schedule := train.Schedule{Kind: train.Cosine, Peak: a.Peak, Warmup: a.Warmup, Steps: len(a.Steps)}
	if err := schedule.Check(); err != nil {
		return figures{}, err
	}
	var f figures
	for i, rows := range a.Steps {
		done, err := a.step(t, rows, schedule.At(i))
		if err != nil {
			return f, err
		}
		f.Losses, f.Norms = append(f.Losses, done.Loss), append(f.Norms, done.GradNorm)
	}
	return f, nil
}

// step goes one step. All micro-batches are as long as the longest example of all, so that one graph serves.
func (a *training) step(t *train.Trainer, rows []int, rate float64) (train.Done, error) {
	var examples []train.SFTExample
	longest := 0
	for _, e := range a.Examples {
		examples = append(examples, train.SFTExample{IDs: e.IDs, Targets: e.Targets})
		longest = max(longest, len(e.IDs))
	}
	var micros [][]*tensors.Tensor
	targets := 0
	for len(rows) > 0 {
		n := min(a.Micro, len(rows))
		for _, row := range rows[:n] {
			targets += examples[row].Size().Targets
		}
		micros = append(micros, train.SFTMicro(examples, train.Micro{Rows: rows[:n], Length: longest}))
		rows = rows[n:]
	}
	done, err := t.Step(micros, float64(targets), rate)
	for _, micro := range micros {
		finalize(micro)
	}
	return done, err
}

// keep writes the state of a training.
func keep(t *train.Trainer, path string) error {
	state, data, err := t.State()
	if err != nil {
		return err
	}
	return checkpoint.WriteState(path, checkpoint.State{Tensors: state, Data: data})
}
