package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/pairs"
	"github.com/acecoder/acecoder/internal/stats"
)

// pairsFlags holds the switches as they are written; those that were not given leave the named rule alone.
type pairsFlags struct {
	stageFlags
	named                            string
	gap, minChosen, minRejected      string
	marginScale, denominator, dedupe string
	switches                         pairs.Rule // its booleans and Cap
}

func newPairs(a *app) *cobra.Command {
	var f pairsFlags
	cmd := &cobra.Command{
		Use:     "pairs --in FILE --out FILE",
		GroupID: "stage",
		Short:   "Make preference pairs of scored programs",
		Long: `Pairs programs of one problem of which one passes clearly more tests: by default, as the paper has it,
chosen > rejected + 0.4, chosen > 0.8, rejected > 0, in exact fractions. --pair-rule published is the rule as the
published code ran: ≥ in float64, over all tests, within one model, ASCII questions only. Other flags change single
switches of the rule.

In:  what score writes
Out: {"id", "problem_id", "question", "tests", "chosen", "rejected", "chosen_score", "rejected_score", "margin", ...}`,
		Example: `  acecoder pairs --in scored.jsonl --out pairs.jsonl
  acecoder pairs --in scored.jsonl --out pairs.parquet --pair-rule published
  acecoder pairs --in scored.jsonl --out pairs.jsonl --gap 0.5 --cap 8 --drops drops.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.named, "pair-rule", "paper", "paper or published")
	flags.StringVar(&f.gap, "gap", "", "chosen is above rejected by more than this (both rules: 0.4)")
	flags.StringVar(&f.minChosen, "min-chosen", "", "chosen is above this (both rules: 0.8)")
	flags.StringVar(&f.minRejected, "min-rejected", "", "rejected is above this, strictly (both rules: 0)")
	flags.BoolVar(&f.switches.Inclusive, "inclusive", false, "≥ in place of > for gap and min-chosen (published: true)")
	flags.BoolVar(&f.switches.Float, "float", false, "compare in float64, in place of exact fractions (published: true)")
	flags.StringVar(&f.denominator, "denominator", "", "pass rates over the kept tests or over all (paper: kept, published: all)")
	flags.BoolVar(&f.switches.ASCIIOnly, "ascii-only", false, "drop problems whose question is not ASCII (published: true)")
	flags.BoolVar(&f.switches.SameModel, "same-model", false, "pair only programs of one model (published: true)")
	flags.StringVar(&f.dedupe, "dedupe", "", "the same pair is that of the same texts, or concat (paper: texts, published: concat)")
	flags.IntVar(&f.switches.Cap, "cap", 0, "pairs a problem, the widest of the best programs first (0: all)")
	flags.StringVar(&f.marginScale, "margin-scale", "", "margin is this times the difference of the pass rates (both rules: 1)")
	flags.BoolVar(&f.switches.AcceptInProcess, "accept-in-process", false, "count passes that were found beside the program")
	complete(cmd, "pair-rule", []string{"paper", "published"})
	complete(cmd, "denominator", []string{string(stats.Kept), string(stats.All)})
	complete(cmd, "dedupe", []string{string(pairs.ByTexts), string(pairs.ByConcat)})
	return cmd
}

// rule is the named rule with the switches that were given.
func (f *pairsFlags) rule(flags *pflag.FlagSet) (pairs.Rule, error) {
	var r pairs.Rule
	switch f.named {
	case "paper":
		r = pairs.Paper()
	case "published":
		r = pairs.Published()
	default:
		return r, usagef("--pair-rule: %q is neither paper nor published", f.named)
	}
	for _, ratio := range []struct {
		flag, text string
		to         *pairs.Ratio
	}{
		{"gap", f.gap, &r.Gap},
		{"min-chosen", f.minChosen, &r.MinChosen},
		{"min-rejected", f.minRejected, &r.MinRejected},
		{"margin-scale", f.marginScale, &r.MarginScale},
	} {
		if !flags.Changed(ratio.flag) {
			continue
		}
		parsed, err := pairs.ParseRatio(ratio.text)
		if err != nil {
			return r, usagef("--%s: %w", ratio.flag, err)
		}
		*ratio.to = parsed
	}
	set(flags, "inclusive", &r.Inclusive, f.switches.Inclusive)
	set(flags, "float", &r.Float, f.switches.Float)
	set(flags, "ascii-only", &r.ASCIIOnly, f.switches.ASCIIOnly)
	set(flags, "same-model", &r.SameModel, f.switches.SameModel)
	set(flags, "accept-in-process", &r.AcceptInProcess, f.switches.AcceptInProcess)
	set(flags, "cap", &r.Cap, f.switches.Cap)
	set(flags, "denominator", &r.Denominator, stats.Denominator(f.denominator))
	set(flags, "dedupe", &r.Dedupe, pairs.Dedupe(f.dedupe))
	if err := r.Validate(); err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// set copies a flag's value where the flag was given.
func set[T any](flags *pflag.FlagSet, name string, to *T, value T) {
	if flags.Changed(name) {
		*to = value
	}
}

func (f *pairsFlags) run(a *app, cmd *cobra.Command) error {
	rule, err := f.rule(cmd.Flags())
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return err
	}
	reader, err := jsonl.Open(f.in)
	if err != nil {
		return err
	}
	defer reader.Close()
	in := problemInput(reader, cmd.ErrOrStderr(), "programs", "programs[].program")
	return f.simple(a, cmd, in, report{Stage: pairs.Stage, Config: rule}, func(r record[acecoder.Problem], s *sink) error {
		made, drop, err := pairs.Make(r.value, rule)
		if err != nil {
			in.tell(rowError(r.row, err))
			return nil
		}
		s.funnel.Before(r.value.Source, len(r.value.Tests)+len(r.value.TestsDropped))
		s.funnel.Pairs(r.value.Source, len(made))
		if drop != nil {
			return s.drop(r.value.Source, drop)
		}
		s.funnel.After(r.value.Source, len(r.value.Tests))
		for i := range made {
			if err := s.out.put(&made[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// rowError gives a stage's complaint about a row the row's place.
func rowError(row jsonl.Row, err error) error {
	return &jsonl.RowError{File: row.File, Line: row.Line, Err: err}
}
