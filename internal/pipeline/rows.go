package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/store"
)

// Stages names the stages of a run, in their order.
func Stages() []string { return append(append([]string{stageSeed}, chainStages...), stageHard) }

// ReadRows yields what a stage of the run in a folder has made: seeds, problems or pairs, as JSON, in the order of the
// seeds. With drops it yields what the stage dropped instead.
func ReadRows(ctx context.Context, folder, stage string, drops bool) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		if !slices.Contains(Stages(), stage) {
			yield(nil, fmt.Errorf("%s; the stages are %s", unknown(stage, "stage", Stages()), strings.Join(Stages(), ", ")))
			return
		}
		db, err := store.View(ctx, runFile(folder))
		if err != nil {
			yield(nil, err)
			return
		}
		defer db.Close()
		r := Run{db: db}
		rows := db.Rows(ctx, stage)
		switch {
		case drops:
			rows = db.Drops(ctx, stage)
		case stage == stageHard:
			rows = r.hardRows(ctx)
		}
		for e, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			bodies, err := rowsOf(e)
			for _, body := range bodies {
				if !yield(body, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// rowsOf takes an entry apart into its rows: a drop is one, and pairs are several.
func rowsOf(e store.Entry) ([]json.RawMessage, error) {
	if e.Drop != nil {
		body, err := plainJSON(e.Drop)
		return []json.RawMessage{body}, err
	}
	if e.Stage != stagePairs {
		return []json.RawMessage{e.Body}, nil
	}
	var all []json.RawMessage
	err := json.Unmarshal(e.Body, &all)
	return all, err
}
