package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/filter"
	"github.com/acecoder/acecoder/internal/verify"
)

type filterFlags struct {
	stageFlags
	engine    engineFlags
	config    filter.Config
	published bool
	limits    string
}

func newFilter(a *app) *cobra.Command {
	f := filterFlags{config: filter.Paper()}
	cmd := &cobra.Command{
		Use:     "filter --in FILE --out FILE",
		GroupID: "stage",
		Short:   "Keep the tests that the oracle's programs pass",
		Long: `Judges each problem's tests by its oracle programs and writes the problem with the tests that they pass. The other
tests are set aside in tests_dropped with what they did, and problems with too few tests left are dropped.

In:  {"id", "source"?, "question"?, "tests": [...], "oracles": [{"id", "program"}], ...}
Out: the same, with fewer tests, and "tests_dropped": [{"test", "status"}]`,
		Example: `  acecoder filter --in problems.jsonl --out filtered.jsonl
  acecoder filter --in problems.jsonl --out filtered.jsonl --vote 2 --limits calibrate --drops drops.jsonl
  acecoder filter --in problems.jsonl --out filtered.jsonl --resume      # after an interruption`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	f.addResume(cmd)
	f.engine.add(cmd, "acecoder-labels-oracle")
	flags := cmd.Flags()
	flags.IntVar(&f.config.MinTests, "min-tests", f.config.MinTests, "drop problems with fewer tests left")
	flags.IntVar(&f.config.Vote, "vote", f.config.Vote, "keep a test if so many oracles pass it")
	flags.BoolVar(&f.config.Dedupe, "dedupe", false, "of tests with the same text keep only the first")
	flags.BoolVar(&f.config.AcceptInProcess, "accept-in-process", false, "count passes that were found beside the program")
	flags.BoolVar(&f.published, "published", false, "the rule as the published code has it: 4 tests are enough")
	flags.StringVar(&f.limits, "limits", "", `"calibrate" stores each problem's CPU limits, measured on its oracles`)
	complete(cmd, "limits", []string{"calibrate"})
	return cmd
}

func (f *filterFlags) run(a *app, cmd *cobra.Command) error {
	opt, err := f.engine.options()
	if err == nil {
		err = fullVectors(opt)
	}
	if err != nil {
		return err
	}
	if f.published && !cmd.Flags().Changed("min-tests") {
		f.config.MinTests = filter.Published().MinTests
	}
	switch f.limits {
	case "":
	case "calibrate":
		f.config.Calibrate = true
	default:
		return usagef("--limits: %q is not calibrate", f.limits)
	}
	if err := f.config.Validate(); err != nil {
		return usageError{err}
	}
	stage := judged{
		name: filter.Stage, flags: &f.stageFlags, opt: opt, config: f.config,
		do: func(ctx context.Context, v *verify.Verifier, p acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error) {
			return filter.Do(ctx, v.Judge, p, f.config)
		},
	}
	return stage.run(a, cmd)
}
