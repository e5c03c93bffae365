package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
)

// Loop is a training from its first step, or from where it was stopped, to its last.
type Loop struct {
	Trainer  *Trainer
	Schedule Schedule
	Order    *Order
	Batcher  *Batcher
	// Make makes the tensors of a micro-batch, in the objective's order.
	Make func(Micro) []*tensors.Tensor
	Log  *Log
	// Save keeps a state: after every Every-th step, after the last, and when the loop is stopped between two steps.
	Save  func(steps int, state map[string]*tensors.Tensor, data json.RawMessage) error
	Every int
	// Tell is told the figures of each step.
	Tell func(Metrics)
	// After is called after each step, if it is there. What it does changes nothing of the training.
	After func(Metrics) error
}

// place is what a state has beside the trainer's own.
type place struct {
	Trainer  json.RawMessage `json:"trainer"`
	Cursor   Cursor          `json:"cursor"`
	Schedule Schedule        `json:"schedule"`
}

// Restore puts a loop that has done nothing yet to where a state was kept. The run has to be the same: the same data, the
// same schedule.
func (l *Loop) Restore(state map[string]*tensors.Tensor, data json.RawMessage) error {
	var p place
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("restore the training: %w", err)
	}
	if p.Schedule != l.Schedule {
		return fmt.Errorf("restore the training: its schedule was %+v and is %+v; go on with what it began with, or begin a new one",
			p.Schedule, l.Schedule)
	}
	order, err := ResumeOrder(l.Order.Cursor().Data, p.Cursor)
	if err != nil {
		return err
	}
	l.Order = order
	return l.Trainer.Restore(state, p.Trainer)
}

// Run goes the steps that are left. If ctx ends, the step that is being done is finished and its state kept; the error is
// then that of ctx.
func (l *Loop) Run(ctx context.Context) error {
	for l.Trainer.Steps() < l.Schedule.Steps {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, l.save())
		}
		if err := l.step(); err != nil {
			return err
		}
		if n := l.Trainer.Steps(); l.Every > 0 && n%l.Every == 0 && n < l.Schedule.Steps {
			if err := l.save(); err != nil {
				return err
			}
		}
	}
	return l.save()
}

func (l *Loop) step() error {
	began := time.Now()
	batch := l.Batcher.Step(l.Order.Next())
	micros := make([][]*tensors.Tensor, len(batch.Micros))
	for i, m := range batch.Micros {
		micros[i] = l.Make(m)
	}
	rate := l.Schedule.At(l.Trainer.Steps())
	done, err := l.Trainer.Step(micros, float64(batch.Targets), rate)
	for _, m := range micros {
		finalize(m)
	}
	if err != nil {
		return err
	}
	at := l.Order.Cursor()
	m := Metrics{
		Step: l.Trainer.Steps(), Epoch: float64(at.Epoch) + float64(at.Position)/float64(at.StepsPerEpoch()*at.Batch),
		Loss: done.Loss, Rate: rate, GradNorm: done.GradNorm, Targets: batch.Targets, Tokens: batch.Tokens, Padded: batch.Padded,
		Seconds: time.Since(began).Seconds(), Memory: PeakMemory(),
	}
	if l.Tell != nil {
		l.Tell(m)
	}
	if err := l.Log.Add(m); err != nil || l.After == nil {
		return err
	}
	return l.After(m)
}

func (l *Loop) save() error {
	state, counters, err := l.Trainer.State()
	if err != nil {
		return err
	}
	data, err := json.Marshal(place{counters, l.Order.Cursor(), l.Schedule})
	if err != nil {
		return fmt.Errorf("keep the training's place: %w", err)
	}
	return l.Save(l.Trainer.Steps(), state, data)
}
