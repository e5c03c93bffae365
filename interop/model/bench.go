package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

// times are what a benchmark prints.
type times struct {
	Seconds []float64 `json:"seconds"` // of each time, without the first, which compiles
	Memory  int64     `json:"memory"`  // bytes that the process has had at most
}

// take does something once, and then as often as is asked.
func (t *times) take(n int, do func() error) error {
	for i := range n + 1 {
		began := time.Now()
		if err := do(); err != nil {
			return err
		}
		if i > 0 {
			t.Seconds = append(t.Seconds, time.Since(began).Seconds())
		}
	}
	t.Memory = train.PeakMemory()
	return nil
}

// benchTrain times steps of AdamW on one batch of which every token is a target.
func benchTrain(folder string, in io.Reader, out io.Writer) error {
	asked, err := ask[struct {
		Rows  [][]int32 `json:"rows"` // all of one length
		Times int       `json:"times"`
	}](in)
	if err != nil {
		return err
	}
	m, err := open(folder, "float32")
	if err != nil {
		return err
	}
	var examples []train.SFTExample
	micro := train.Micro{Length: len(asked.Rows[0])}
	for i, row := range asked.Rows {
		e := train.SFTExample{IDs: row, Targets: make([]bool, len(row))}
		for k := range e.Targets {
			e.Targets[k] = true
		}
		examples, micro.Rows = append(examples, e), append(micro.Rows, i)
	}
	t, err := train.NewTrainer(m, train.Options{AdamW: train.DefaultAdamW(), Compute: dtypes.Float32}, train.CrossEntropy(m.Config))
	if err != nil {
		return err
	}
	micros := [][]*tensors.Tensor{train.SFTMicro(examples, micro)}
	targets := float64(len(asked.Rows) * (micro.Length - 1))
	var took times
	if err := took.take(asked.Times, func() error {
		_, err := t.Step(micros, targets, 1e-4)
		return err
	}); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(took)
}

// benchDecode times the answers to prompts, all at the same time.
func benchDecode(folder string, in io.Reader, out io.Writer) error {
	asked, err := ask[struct {
		Prompts   [][]int32 `json:"prompts"`
		MaxTokens int       `json:"max_tokens"`
		Times     int       `json:"times"`
	}](in)
	if err != nil {
		return err
	}
	m, err := open(folder, "float32")
	if err != nil {
		return err
	}
	d, err := nn.NewDecoder(m, len(asked.Prompts))
	if err != nil {
		return err
	}
	defer d.Close()
	var took times
	if err := took.take(asked.Times, func() error {
		_, err := greedy(m, d, asked.Prompts, asked.MaxTokens)
		for slot := range asked.Prompts {
			d.Free(slot)
		}
		return err
	}); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(took)
}
