package train_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/tensorboard"
	"github.com/acecoder/acecoder/internal/train"
)

// log writes steps to the log of a folder, beginning at first, and returns the rows that the file has then.
func log(t *testing.T, folder string, first int, steps ...int) string {
	t.Helper()
	l, err := train.OpenLog(t.Context(), folder, first)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if err := l.Add(metrics(step)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestResumedLogIsTheStraightOne(t *testing.T) {
	straight := log(t, t.TempDir(), 1, 1, 2, 3, 4)
	if n := strings.Count(straight, "\n"); n != 4 {
		t.Fatalf("the log of 4 steps has %d rows:\n%s", n, straight)
	}
	for _, row := range []struct {
		name, left string // what the run that was stopped has left
		first      int
		steps      []int
	}{
		{"a new run", "", 1, []int{1, 2, 3, 4}},
		{"goes on where it ended", straight, 5, nil},
		{"steps are done again", straight, 3, []int{3, 4}},
		{"all of them", straight, 1, []int{1, 2, 3, 4}},
		{"the last row is cut off", straight[:len(straight)-20], 4, []int{4}},
		{"only its newline is missing", straight[:len(straight)-1], 5, nil},
		{"a row of another program", strings.Split(straight, "\n")[0] + "\n{}\n", 2, []int{2, 3, 4}},
		{"garbage behind a loss of power", strings.Split(straight, "\n")[0] + "\n\x00\x00\x00", 2, []int{2, 3, 4}},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "metrics.jsonl"), []byte(row.left), 0o666); err != nil {
				t.Fatal(err)
			}
			if got := log(t, folder, row.first, row.steps...); got != straight {
				t.Errorf("the log is\n%swant\n%s", got, straight)
			}
		})
	}
}

func TestLogIsSeenInTensorBoard(t *testing.T) {
	folder := t.TempDir()
	log(t, folder, 1, 1, 2, 3)
	log(t, folder, 3, 3, 4)
	events, err := tensorboard.Events(filepath.Join(folder, "tb"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"train/loss": 0.5, "train/learning_rate": 1e-5, "train/grad_norm": 0.5, "train/epoch": 0.4, "train/tokens_per_second": 600,
		"train/padded": 0.25, "train/seconds": 0.5, "train/memory": 1 << 30,
	}
	var steps []int64
	for _, e := range events {
		steps = append(steps, e.Step)
	}
	if !slices.Equal(steps, []int64{1, 2, 3, 4}) || len(events[3].Values) != len(want) {
		t.Fatalf("the steps are %v, the last has %d values, want 1 to 4 and %d", steps, len(events[3].Values), len(want))
	}
	for _, v := range events[3].Values {
		if *v.Scalar != float32(want[v.Tag]) {
			t.Errorf("%s = %v, want %v", v.Tag, *v.Scalar, want[v.Tag])
		}
	}
}

func TestOpenLogThatCannot(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "metrics.jsonl"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := train.OpenLog(t.Context(), folder, 1); err == nil || !strings.Contains(err.Error(), "metrics.jsonl") {
		t.Errorf("OpenLog with a folder in its way = %v, want an error that names it", err)
	}
	// What was there stays if the opening is interrupted.
	folder = t.TempDir()
	want := log(t, folder, 1, 1, 2, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := train.OpenLog(ctx, folder, 2); err == nil {
		t.Error("OpenLog that is interrupted is no error")
	}
	if got, err := os.ReadFile(filepath.Join(folder, "metrics.jsonl")); err != nil || string(got) != want {
		t.Errorf("after an interruption the log is %q, %v, want %q", got, err, want)
	}
}
