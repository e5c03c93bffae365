package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/demo"
	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/score"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/verify"
)

type demoFlags struct {
	engine engineFlags
	out    string
	json   bool
}

func newDemo(a *app) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Go the whole way on a small corpus: filter, score, pairs",
		Long: `Takes a small corpus of problems that is part of the program, with right, wrong, slow, crashing and cheating
programs, and goes the whole way with it: keeps the tests that the oracle passes, gives programs their pass rates,
makes preference pairs. It needs no key, no network and no files.`,
		Example: `  acecoder demo
  acecoder demo --out demo-out      # writes problems, filtered, scored and pairs as .jsonl there`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.engine.addPlace(cmd)
	cmd.Flags().StringVar(&f.out, "out", "", "folder for the rows of each stage (default none: only the figures)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the figures as JSON")
	return cmd
}

// demoReport are the figures of the whole way.
type demoReport struct {
	Engine   *engineReport `json:"engine"`
	Problems int           `json:"problems"`
	Funnel   stats.Report  `json:"funnel"`
	Verdicts *tally        `json:"verdicts"`
	Pairs    int           `json:"pairs"`
	Seconds  float64       `json:"seconds"`
}

// demoRun is what the stages have made so far.
type demoRun struct {
	flags    demoFlags
	funnel   *stats.Funnel
	report   demoReport
	problems []acecoder.Problem
	filtered []acecoder.Problem
	scored   []acecoder.Problem
	pairs    []acecoder.Pair
}

func (f *demoFlags) run(a *app, cmd *cobra.Command) error {
	start := time.Now()
	problems, err := readDemo(a.drain)
	if err != nil {
		return err
	}
	d := demoRun{flags: *f, problems: problems, funnel: stats.NewFunnel()}
	for _, stage := range []func(context.Context) error{d.filter, d.score, d.makePairs} {
		if err := stage(a.drain); err != nil {
			return err
		}
	}
	if f.out != "" {
		if err := d.write(f.out); err != nil {
			return err
		}
	}
	d.report.Problems, d.report.Pairs = len(problems), len(d.pairs)
	d.report.Funnel, d.report.Seconds = d.funnel.Report(), time.Since(start).Seconds()
	if f.json {
		return printJSON(cmd.OutOrStdout(), d.report)
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s\n%s", d.report.Funnel.Table(), d.report.Verdicts.text())
	fmt.Fprintf(out, "%d problems and %d programs in %.1f s at isolation level %s, %d at a time\n",
		len(problems), d.report.Verdicts.Programs, d.report.Seconds, d.report.Engine.Isolation, d.report.Engine.Jobs)
	if f.out != "" {
		fmt.Fprintf(out, "the rows of each stage are in %s\n", f.out)
	}
	return nil
}

// readDemo reads the corpus, one source after the other as the table has them.
func readDemo(ctx context.Context) ([]acecoder.Problem, error) {
	reader := jsonl.Options{}.NewReader(bytes.NewReader(demo.Problems()), "demo corpus")
	defer reader.Close()
	var problems []acecoder.Problem
	for row, err := range reader.All(ctx) {
		if err != nil {
			return nil, err
		}
		p, err := jsonl.Decode[acecoder.Problem](row, problemFields...)
		if err != nil {
			return nil, err
		}
		problems = append(problems, p)
	}
	slices.SortStableFunc(problems, func(a, b acecoder.Problem) int { return cmp.Compare(a.Source, b.Source) })
	return problems, nil
}

// demoFate is what a stage made of one problem.
type demoFate struct {
	p    acecoder.Problem
	drop *acecoder.Drop
}

// judge runs a stage that judges, under a profile, and returns the problems that go on.
func (d *demoRun) judge(ctx context.Context, profile string, in []acecoder.Problem,
	do func(context.Context, *verify.Verifier, acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error),
) ([]acecoder.Problem, error) {
	d.flags.engine.profile = profile
	opt, err := d.flags.engine.options()
	if err != nil {
		return nil, err
	}
	v, err := open(ctx, opt)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	d.report.Engine = reportEngine(v, opt)
	source := func(yield func(acecoder.Problem, error) bool) {
		for _, p := range in {
			if !yield(p, nil) {
				return
			}
		}
	}
	work := func(ctx context.Context, p acecoder.Problem) (demoFate, error) {
		after, drop, err := do(ctx, v, p)
		return demoFate{after, drop}, err
	}
	var kept []acecoder.Problem
	for after, err := range flow.Map(ctx, v.Jobs(), source, work) {
		switch {
		case err != nil:
			return nil, err
		case after.drop != nil:
			d.funnel.Drop(after.p.Source, after.drop.Reason)
		default:
			kept = append(kept, after.p)
		}
	}
	return kept, nil
}

func (d *demoRun) filter(ctx context.Context) (err error) {
	for _, p := range d.problems {
		d.funnel.Before(p.Source, len(p.Tests))
	}
	cfg := filter.Paper()
	d.filtered, err = d.judge(ctx, "acecoder-labels-oracle", d.problems,
		func(ctx context.Context, v *verify.Verifier, p acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error) {
			return filter.Do(ctx, v.Judge, p, cfg)
		})
	for _, p := range d.filtered {
		d.funnel.After(p.Source, len(p.Tests))
	}
	return err
}

func (d *demoRun) score(ctx context.Context) (err error) {
	d.scored, err = d.judge(ctx, "acecoder-labels", d.filtered,
		func(ctx context.Context, v *verify.Verifier, p acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error) {
			return score.Do(ctx, v.Judge, p, score.Config{})
		})
	d.report.Verdicts = newTally()
	for _, p := range d.scored {
		for i := range p.Programs {
			d.report.Verdicts.scored(&p.Programs[i])
		}
	}
	return err
}

func (d *demoRun) makePairs(context.Context) error {
	for _, p := range d.scored {
		made, drop, err := pairs.Make(p, pairs.Paper())
		if err != nil {
			return err
		}
		if drop != nil {
			d.funnel.Drop(p.Source, drop.Reason)
		}
		d.funnel.Pairs(p.Source, len(made))
		d.pairs = append(d.pairs, made...)
	}
	return nil
}

// write puts the rows of every stage into a folder.
func (d *demoRun) write(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("make the folder for the rows: %w", err)
	}
	return errors.Join(
		writeRows(filepath.Join(folder, "problems.jsonl"), d.problems),
		writeRows(filepath.Join(folder, "filtered.jsonl"), d.filtered),
		writeRows(filepath.Join(folder, "scored.jsonl"), d.scored),
		writeRows(filepath.Join(folder, "pairs.jsonl"), d.pairs),
	)
}

func writeRows[T any](path string, rows []T) error {
	out, err := create(path, false)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := out.put(&rows[i]); err != nil {
			return out.finish(err, false)
		}
	}
	return out.finish(nil, false)
}
