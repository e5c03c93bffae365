package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/hard"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/stats"
)

type hardFlags struct {
	stageFlags
	config      hard.Config
	published   bool
	denominator string
}

func newHard(a *app) *cobra.Command {
	f := hardFlags{config: hard.Paper()}
	cmd := &cobra.Command{
		Use:     "hard --in FILE --out FILE",
		GroupID: "stage",
		Short:   "Choose the problems that programs pass rarely and unevenly",
		Long: `Keeps the problems whose mean pass rate is at or below the median of all, and of those the ones whose deviation
is at or above their median: about a quarter. The rows go out as they came in. The file is read twice; standard
input is first copied to a temporary file.

In, out: what score writes`,
		Example: `  acecoder hard --in scored.jsonl --out hard.jsonl
  acecoder hard --in scored.jsonl --out hard.jsonl --models small,large --json
  acecoder hard --in scored.jsonl --out hard.jsonl --mean-percentile 30`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.config.Models, "models", nil, "count only programs of these models (default all)")
	flags.Float64Var(&f.config.MeanPercentile, "mean-percentile", f.config.MeanPercentile, "of the means: at or below it is hard")
	flags.Float64Var(&f.config.StdPercentile, "std-percentile", f.config.StdPercentile, "of the deviations of those: at or above it is kept")
	flags.StringVar(&f.denominator, "denominator", "", "pass rates over the kept tests or over all (default kept; published: all)")
	flags.BoolVar(&f.published, "published", false, "the models and the denominator of the published code")
	flags.BoolVar(&f.config.AcceptInProcess, "accept-in-process", false, "count passes that were found beside the program")
	complete(cmd, "denominator", []string{string(stats.Kept), string(stats.All)})
	return cmd
}

func (f *hardFlags) run(a *app, cmd *cobra.Command) error {
	if f.published {
		published := hard.Published()
		f.config.Denominator = published.Denominator
		if !cmd.Flags().Changed("models") {
			f.config.Models = published.Models
		}
	}
	set(cmd.Flags(), "denominator", &f.config.Denominator, stats.Denominator(f.denominator))
	if err := f.config.Validate(); err != nil {
		return usageError{err}
	}
	if err := f.check(); err != nil {
		return err
	}
	open, end, err := twice(f.in)
	if err != nil {
		return err
	}
	defer end()
	first, err := f.collect(a.drain, cmd, open)
	if err != nil {
		return err
	}
	choice, err := hard.Decide(first.figures, f.config)
	if err != nil {
		return err
	}
	return f.choose(a, cmd, open, first, choice)
}

// firstPass is what is kept of the problems between the two passes, by their place in the file.
type firstPass struct {
	ids     []string
	figures []hard.Figures
	place   []int                  // in figures, by problem; -1: none
	drops   map[int]*acecoder.Drop // by problem
	errs    map[int]error          // rows that contradict themselves
}

// collect is the first pass. Rows that cannot be read are told in the second one.
func (f *hardFlags) collect(ctx context.Context, cmd *cobra.Command, open func() (*jsonl.Reader, error)) (*firstPass, error) {
	reader, err := open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	p := newProgress(cmd.ErrOrStderr(), "hard, first pass")
	defer p.stop()
	pass := &firstPass{drops: map[int]*acecoder.Drop{}, errs: map[int]error{}}
	for r, err := range problemInput(reader, nil, "programs").all(ctx) {
		if err != nil {
			return nil, err
		}
		p.add()
		figures, drop, err := hard.Collect(r.value, f.config)
		at, place := len(pass.ids), -1
		switch {
		case err != nil:
			pass.errs[at] = err
		case drop != nil:
			pass.drops[at] = drop
		default:
			place = len(pass.figures)
			pass.figures = append(pass.figures, figures)
		}
		pass.ids, pass.place = append(pass.ids, r.value.ID), append(pass.place, place)
	}
	return pass, nil
}

// choose is the second pass.
func (f *hardFlags) choose(a *app, cmd *cobra.Command, open func() (*jsonl.Reader, error), first *firstPass, choice hard.Choice) error {
	reader, err := open()
	if err != nil {
		return err
	}
	defer reader.Close()
	if !f.json {
		fmt.Fprintf(cmd.ErrOrStderr(), "a hard problem has a mean pass rate of at most %.6g and a deviation of at least %.6g: "+
			"%d of %d problems (%d by the mean alone)\n", choice.MaxMean, choice.MinStd, choice.Kept, choice.Problems, choice.LowMean)
	}
	in := problemInput(reader, cmd.ErrOrStderr(), "programs")
	at := -1
	r := report{Stage: hard.Stage, Config: f.config, Choice: choice}
	return f.simple(a, cmd, in, r, func(row record[acecoder.Problem], s *sink) error {
		at++
		p := &row.value
		if at >= len(first.ids) || first.ids[at] != p.ID {
			return fmt.Errorf("%s:%d: the file has changed since it was read first", row.row.File, row.row.Line)
		}
		if err := first.errs[at]; err != nil {
			in.tell(rowError(row.row, err))
			return nil
		}
		s.funnel.Before(p.Source, len(p.Tests))
		drop := first.drops[at]
		if drop == nil {
			drop = choice.Drop(first.figures[first.place[at]])
		}
		if drop != nil {
			return s.drop(p.Source, drop)
		}
		s.funnel.After(p.Source, len(p.Tests))
		return s.out.put(row.row.Raw)
	})
}
