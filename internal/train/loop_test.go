package train_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/train"
)

// kept is the state that a loop kept last.
type kept struct {
	steps int
	state map[string]*tensors.Tensor
	data  json.RawMessage
}

func newLoop(t *testing.T, folder string, first, steps int, last *kept) *train.Loop {
	t.Helper()
	all := examples(40)
	var sizes []train.Size
	for _, e := range all {
		sizes = append(sizes, e.Size())
	}
	order, err := train.NewOrder(train.Data{Examples: len(all), Batch: 12, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	batcher, err := train.NewBatcher(sizes, 64)
	if err != nil {
		t.Fatal(err)
	}
	log, err := train.OpenLog(t.Context(), folder, first)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return &train.Loop{
		Trainer:  newTrainer(t, train.Options{}),
		Schedule: train.Schedule{Kind: train.Cosine, Peak: 0.02, Warmup: 2, Steps: steps},
		Order:    order, Batcher: batcher, Log: log, Every: 3,
		Make: func(m train.Micro) []*tensors.Tensor { return train.SFTMicro(all, m) },
		Save: func(steps int, state map[string]*tensors.Tensor, data json.RawMessage) error {
			copied := map[string]*tensors.Tensor{}
			for name, tensor := range state {
				c, err := tensor.LocalClone()
				if err != nil {
					return err
				}
				copied[name] = c
			}
			*last = kept{steps, copied, append(json.RawMessage(nil), data...)}
			return nil
		},
	}
}

// A loop that is stopped at any step and gone on with is the straight loop, in its weights and in its log.
func TestLoopGoesOn(t *testing.T) {
	var last kept
	straightFolder := t.TempDir()
	straight := newLoop(t, straightFolder, 1, 11, &last)
	if err := straight.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, wantRows := bytesOf(t, straight.Trainer), rows(t, straightFolder)
	for _, stop := range []int{1, 4, 6, 10} {
		folder := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		first := newLoop(t, folder, 1, 11, &last)
		first.Tell = func(m train.Metrics) {
			if m.Step == stop {
				cancel()
			}
		}
		if err := first.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d: %v", stop, err)
		}
		if last.steps != stop {
			t.Errorf("stopped after %d steps, and the state kept is that after %d", stop, last.steps)
		}
		second := newLoop(t, folder, stop+1, 11, &last)
		if err := second.Restore(last.state, last.data); err != nil {
			t.Fatal(err)
		}
		if err := second.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytesOf(t, second.Trainer), want) {
			t.Errorf("stopped after %d steps: the weights at the end are others", stop)
		}
		if got := rows(t, folder); got != wantRows {
			t.Errorf("stopped after %d steps: the log is\n%s\nwant\n%s", stop, got, wantRows)
		}
	}
}

// rows are a log's rows without what is of the clock.
func rows(t *testing.T, folder string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		var m train.Metrics
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		m.Seconds, m.Memory = 0, 0
		row, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(row, '\n'))
	}
	return out.String()
}

// What is done after a step sees its figures when they are in the log, and ends the loop if it fails.
func TestLoopAfter(t *testing.T) {
	var last kept
	folder := t.TempDir()
	l := newLoop(t, folder, 1, 11, &last)
	failed := errors.New("enough")
	l.After = func(m train.Metrics) error {
		if got := strings.Count(rows(t, folder), "\n"); got != m.Step {
			t.Errorf("after step %d the log has %d rows", m.Step, got)
		}
		if m.Step == 4 {
			return failed
		}
		return nil
	}
	if err := l.Run(t.Context()); !errors.Is(err, failed) || l.Trainer.Steps() != 4 {
		t.Errorf("Run = %v after %d steps, want %v after 4", err, l.Trainer.Steps(), failed)
	}
}

func TestLoopRefusesAnotherRun(t *testing.T) {
	var last kept
	l := newLoop(t, t.TempDir(), 1, 3, &last)
	if err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := newLoop(t, t.TempDir(), 1, 4, &last)
	if err := other.Restore(last.state, last.data); err == nil || !strings.Contains(err.Error(), "schedule") {
		t.Errorf("another schedule: error %v", err)
	}
	delete(last.state, "first.model.norm.weight")
	if err := newLoop(t, t.TempDir(), 1, 3, &last).Restore(last.state, last.data); err == nil || !strings.Contains(err.Error(), "tensors") {
		t.Errorf("a tensor less: error %v", err)
	}
}
