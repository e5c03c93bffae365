package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/tensorboard"
)

// Where the figures of a run are in its folder.
const (
	metricsFile = "metrics.jsonl"
	boardFolder = "tb"
)

// Log keeps the figures of a run: a row a step in metrics.jsonl, and for TensorBoard in tb/.
type Log struct {
	rows  *os.File
	board *tensorboard.Writer
}

// OpenLog begins the log of a run in a folder, or goes on with it: first is the step that is done next, 1 for a new run.
// Figures of this step and later ones, which a run that was stopped has left, are removed.
func OpenLog(ctx context.Context, folder string, first int) (*Log, error) {
	l, err := openLog(ctx, folder, first)
	if err != nil {
		return nil, fmt.Errorf("open training log: %w", err)
	}
	return l, nil
}

func openLog(ctx context.Context, folder string, first int) (*Log, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, metricsFile)
	if err := cutRows(ctx, path, first); err != nil {
		return nil, err
	}
	rows, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	board, err := tensorboard.Resume(filepath.Join(folder, boardFolder), int64(first))
	if err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return &Log{rows: rows, board: board}, nil
}

// cutRows keeps the rows of the steps before first. They end at the first row that is not whole: behind it a loss of power
// can have left anything.
func cutRows(ctx context.Context, path string, first int) error {
	in, err := jsonl.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := jsonl.Create(path)
	if err != nil {
		return err
	}
	if err := copyRows(ctx, in, out, first); err != nil {
		return errors.Join(err, out.Abort())
	}
	return out.Close()
}

func copyRows(ctx context.Context, in *jsonl.Reader, out *jsonl.Writer, first int) error {
	for entry, err := range in.Entries(ctx) {
		if err != nil {
			return err
		}
		var m Metrics
		if entry.Bad != nil || json.Unmarshal(entry.Row.Raw, &m) != nil || m.Step < 1 || m.Step >= first {
			return nil
		}
		if err := out.Write(m); err != nil {
			return err
		}
	}
	return nil
}

// Add writes a step's figures. The row is whole in the file when it returns.
func (l *Log) Add(m Metrics) error {
	row, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("step %d: write metrics: %w", m.Step, err)
	}
	if _, err := l.rows.Write(append(row, '\n')); err != nil {
		return fmt.Errorf("step %d: write metrics: %w", m.Step, err)
	}
	return l.board.Add(int64(m.Step),
		tensorboard.Scalar("train/loss", m.Loss),
		tensorboard.Scalar("train/learning_rate", m.Rate),
		tensorboard.Scalar("train/grad_norm", m.GradNorm),
		tensorboard.Scalar("train/epoch", m.Epoch),
		tensorboard.Scalar("train/tokens_per_second", m.speed()),
		tensorboard.Scalar("train/padded", m.PaddedShare()),
		tensorboard.Scalar("train/seconds", m.Seconds),
		tensorboard.Scalar("train/memory", float64(m.Memory)),
	)
}

// Board returns the event file, for figures that not every step has.
func (l *Log) Board() *tensorboard.Writer { return l.board }

// Close ends the log.
func (l *Log) Close() error { return errors.Join(l.rows.Close(), l.board.Close()) }
