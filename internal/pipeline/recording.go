package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/store"
)

// WriteRecording writes all that models answered in a run to a file, to be replayed, and returns how many requests it
// has. The answers are read from the cache; one that is not there any more is an error.
func WriteRecording(ctx context.Context, cfg *Config, path string) (requests int, err error) {
	db, err := store.View(ctx, runFile(cfg.Folder()))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	file, err := cfg.cacheFile()
	if err != nil {
		return 0, err
	}
	cache, err := llm.OpenCache(ctx, file)
	if err != nil {
		return 0, err
	}
	defer cache.Close()
	out, err := jsonl.Create(path)
	if err != nil {
		return 0, err
	}
	w := recordingWriter{run: &Run{cfg: cfg, db: db}, cache: cache, out: out, seen: map[llm.Key]bool{}}
	for _, stage := range chainStages {
		for _, alias := range cfg.modelsOf(stage) {
			if err := w.stage(ctx, stage, alias); err != nil {
				return 0, errors.Join(err, out.Abort())
			}
		}
	}
	return out.Rows(), out.Close()
}

type recordingWriter struct {
	run   *Run
	cache *llm.Cache
	out   *jsonl.Writer
	seen  map[llm.Key]bool
}

// stage writes what a model was asked in a stage: about every record that went through it.
func (w *recordingWriter) stage(ctx context.Context, stage, alias string) error {
	request, n, err := w.run.requests(stage, alias)
	if err != nil {
		return err
	}
	for e, err := range w.run.db.Rows(ctx, previousOf(stage)) {
		if err != nil {
			return err
		}
		_, asked, err := w.run.db.Get(ctx, stage, e.Seq)
		if err != nil {
			return err
		}
		if !asked {
			continue
		}
		want, err := request(e)
		if errors.Is(err, errNothingAsked) {
			continue
		}
		if err != nil {
			return err
		}
		if err := w.write(ctx, want.Request, alias, n); err != nil {
			return fmt.Errorf("stage %s: record %s: %w", stage, e.ID, err)
		}
	}
	return nil
}

func (w *recordingWriter) write(ctx context.Context, q llm.Request, alias string, n int) error {
	key, err := llm.KeyOf(q, w.run.cfg.Models[alias].Revision)
	if err != nil || w.seen[key] {
		return err
	}
	w.seen[key] = true
	found, err := w.cache.Get(ctx, key, 0, n)
	if err != nil {
		return err
	}
	row := llm.Recorded{Request: q}
	for k := range n {
		a, ok := found[k]
		if !ok {
			return fmt.Errorf("sample %d of %s is not in the cache any more: run again before you record", k, q.Model)
		}
		row.Answers = append(row.Answers, a)
	}
	return w.out.Write(row)
}

// previousOf is the stage before another.
func previousOf(stage string) string {
	previous := stageSeed
	for _, name := range chainStages {
		if name == stage {
			break
		}
		previous = name
	}
	return previous
}
