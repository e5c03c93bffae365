package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/export"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/store"
)

// Export is one data set that the run ends with.
type Export struct {
	Format      export.Format     `json:"format"`
	Out         string            `json:"out,omitempty"`  // its folder; <run>/data/<name>
	Name        string            `json:"name,omitempty"` // on its card; <run's name>-<format>
	Hard        bool              `json:"hard,omitempty"` // only the hard subset
	HeldOut     float64           `json:"held_out,omitempty"`
	Denominator stats.Denominator `json:"denominator,omitempty"`
}

func (c *Config) checkExport() *problem {
	for i, e := range c.Export {
		path := fmt.Sprintf("export[%d]", i)
		if !slices.Contains(export.Formats(), e.Format) {
			var names []string
			for _, f := range export.Formats() {
				names = append(names, string(f))
			}
			return at(path+".format", "%s", unknown(string(e.Format), "format", names))
		}
		switch {
		case e.Hard && e.Format.OfPairs():
			return at(path+".hard", "the hard subset is one of problems, and %s is made of pairs", e.Format)
		case !(e.HeldOut >= 0 && e.HeldOut < 1):
			return at(path+".held_out", "%v is not at least 0 and below 1", e.HeldOut)
		case e.Denominator != "" && !e.Denominator.Valid():
			return at(path+".denominator", "%q is neither %s nor %s", e.Denominator, stats.Kept, stats.All)
		}
	}
	return nil
}

// export writes the data sets that are not there or are of other rows.
func (r *Run) export(ctx context.Context) error {
	if len(r.cfg.Export) == 0 {
		return nil
	}
	all, err := r.db.Summary(ctx)
	if err != nil {
		return err
	}
	state := ""
	for _, s := range all {
		state += s.Digest
	}
	for _, e := range r.cfg.Export {
		e.Name = cmp.Or(e.Name, r.cfg.Name+"-"+string(e.Format))
		e.Out = cmp.Or(e.Out, filepath.Join(r.dir, "data", e.Name))
		said, err := json.Marshal(e)
		if err != nil {
			return err
		}
		name, now := "export "+e.Out, string(said)+state
		before, err := r.db.Meta(ctx, name)
		if err != nil {
			return err
		}
		if before == now && exists(filepath.Join(e.Out, "README.md")) {
			continue
		}
		if err := r.write(ctx, e, all); err != nil {
			return fmt.Errorf("export %s: %w", e.Out, err)
		}
		if err := r.db.SetMeta(ctx, name, now); err != nil {
			return err
		}
	}
	return nil
}

// write writes one data set.
func (r *Run) write(ctx context.Context, e Export, stages []store.Summary) error {
	set, err := export.Create(e.Out, export.Options{
		Format: e.Format, Name: e.Name, HeldOut: e.HeldOut, Denominator: e.Denominator, Drops: dropCounts(stages),
	})
	if err != nil {
		return err
	}
	if e.Format.OfPairs() {
		err = r.writePairs(ctx, set)
	} else {
		err = r.writeProblems(ctx, set, e.Hard)
	}
	if err != nil {
		return errors.Join(err, set.Abort())
	}
	_, err = set.Close()
	return err
}

func (r *Run) writeProblems(ctx context.Context, set *export.Set, hardOnly bool) error {
	rows := r.db.Rows(ctx, stageScore)
	if hardOnly {
		rows = r.hardRows(ctx)
	}
	for e, err := range rows {
		if err != nil {
			return err
		}
		rec, err := decode(e)
		if err != nil {
			return err
		}
		if _, err := set.Problem(*rec.problem); err != nil {
			return err
		}
	}
	return nil
}

// hardRows are the scored problems of the hard subset.
func (r *Run) hardRows(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for e, err := range r.db.Rows(ctx, stageHard) {
			if err == nil {
				e, _, err = r.db.Get(ctx, stageScore, e.Seq)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (r *Run) writePairs(ctx context.Context, set *export.Set) error {
	for e, err := range r.db.Rows(ctx, stagePairs) {
		if err != nil {
			return err
		}
		rec, err := decode(e)
		if err != nil {
			return err
		}
		origin, err := r.origin(ctx, e.Seq)
		if err != nil {
			return err
		}
		for _, p := range rec.pairs {
			if err := set.Pair(p, origin); err != nil {
				return err
			}
		}
	}
	return nil
}

// origin is where the seed of a record comes from.
func (r *Run) origin(ctx context.Context, seq int64) (export.Origin, error) {
	e, ok, err := r.db.Get(ctx, stageSeed, seq)
	if err != nil || !ok {
		return export.Origin{}, err
	}
	var s acecoder.Seed
	if err := json.Unmarshal(e.Body, &s); err != nil {
		return export.Origin{}, fmt.Errorf("seed %s: %w", e.ID, err)
	}
	return export.Origin{License: s.License, Origin: s.Origin}, nil
}

// dropCounts lists what was dropped, by stage, the most frequent reason first.
func dropCounts(stages []store.Summary) []export.DropCount {
	var all []export.DropCount
	for _, s := range stages {
		reasons := slices.SortedFunc(maps.Keys(s.Drops), func(a, b acecoder.DropReason) int {
			return cmp.Or(s.Drops[b]-s.Drops[a], cmp.Compare(a, b))
		})
		for _, reason := range reasons {
			all = append(all, export.DropCount{Stage: s.Name, Reason: reason, Count: s.Drops[reason]})
		}
	}
	return all
}
