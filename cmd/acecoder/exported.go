package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/export"
	"github.com/acecoder/acecoder/internal/jsonl"
)

// exportSink is where an export counts and puts what it drops.
type exportSink struct {
	report   *exportReport
	progress *progress
	drops    *output
}

// put writes the rows.
func (f *exportFlags) put(ctx context.Context, cmd *cobra.Command, set *export.Set, to *exportSink) error {
	var problems *input[acecoder.Problem]
	if f.in != "" {
		reader, err := jsonl.Open(f.in)
		if err != nil {
			return err
		}
		defer reader.Close()
		problems = problemInput(reader, cmd.ErrOrStderr(), "question")
	}
	if !to.report.Config.Format.OfPairs() {
		return to.problems(ctx, problems, set)
	}
	origins, err := originsOf(ctx, problems)
	if err != nil {
		return err
	}
	reader, err := jsonl.Open(f.pairs)
	if err != nil {
		return err
	}
	defer reader.Close()
	return to.pairs(ctx, &input[acecoder.Pair]{
		reader: reader, required: []string{"id", "problem_id", "question", "tests", "chosen", "rejected"},
		id: func(p *acecoder.Pair) string { return p.ID }, warn: cmd.ErrOrStderr(),
	}, set, origins)
}

func (s *exportSink) problems(ctx context.Context, in *input[acecoder.Problem], set *export.Set) error {
	for r, err := range in.all(ctx) {
		if err != nil {
			return err
		}
		s.progress.add()
		drop, err := set.Problem(r.value)
		if _, bad := errors.AsType[*export.RecordError](err); bad {
			in.tell(rowError(r.row, err))
			continue
		}
		if err == nil && drop != nil {
			s.report.Drops++
			err = s.drops.put(drop)
		}
		if err != nil {
			return err
		}
	}
	s.report.Rows, s.report.BadRows = in.rows, in.bad
	return nil
}

func (s *exportSink) pairs(ctx context.Context, in *input[acecoder.Pair], set *export.Set, origins map[string]export.Origin) error {
	for r, err := range in.all(ctx) {
		if err != nil {
			return err
		}
		s.progress.add()
		err := set.Pair(r.value, origins[r.value.ProblemID])
		if _, bad := errors.AsType[*export.RecordError](err); bad {
			in.tell(rowError(r.row, err))
			continue
		}
		if err != nil {
			return err
		}
	}
	s.report.Rows, s.report.BadRows = in.rows, in.bad
	return nil
}

// originsOf reads where problems come from, for their pairs.
func originsOf(ctx context.Context, in *input[acecoder.Problem]) (map[string]export.Origin, error) {
	origins := map[string]export.Origin{}
	if in == nil {
		return origins, nil
	}
	for r, err := range in.all(ctx) {
		if err != nil {
			return nil, err
		}
		if p := &r.value; p.License != "" || p.Origin != "" {
			origins[p.ID] = export.Origin{License: p.License, Origin: p.Origin}
		}
	}
	return origins, in.err()
}

// countDrops counts the rows of files of drops, by stage in the order in which they come, the most frequent reason
// first.
func countDrops(ctx context.Context, paths []string) ([]export.DropCount, error) {
	var counts []export.DropCount
	var stages []string
	for _, path := range paths {
		reader, err := jsonl.Open(path)
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		for row, err := range reader.All(ctx) {
			if err != nil {
				return nil, err
			}
			d, err := jsonl.Decode[acecoder.Drop](row, "stage", "reason")
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(counts, func(c export.DropCount) bool { return c.Stage == d.Stage && c.Reason == d.Reason })
			if i < 0 {
				i = len(counts)
				counts = append(counts, export.DropCount{Stage: d.Stage, Reason: d.Reason})
			}
			counts[i].Count++
			if !slices.Contains(stages, d.Stage) {
				stages = append(stages, d.Stage)
			}
		}
	}
	slices.SortStableFunc(counts, func(a, b export.DropCount) int {
		if a.Stage != b.Stage {
			return slices.Index(stages, a.Stage) - slices.Index(stages, b.Stage)
		}
		return b.Count - a.Count
	})
	return counts, nil
}
