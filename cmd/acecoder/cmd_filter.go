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
	repeats   int
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
	flags.IntVar(&f.repeats, "repeats", 0, "judge so many times more, under other hash seeds and random states, and set aside tests that change")
	flags.IntVar(&f.config.Shown, "shown", 0, "mark so many of the first tests as those that prompts show")
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
	if f.repeats < 0 {
		return usagef("--repeats: %d is below 0", f.repeats)
	}
	if err := f.config.Validate(); err != nil {
		return usageError{err}
	}
	again, end, err := variations(a.drain, opt, f.repeats)
	if err != nil {
		return err
	}
	defer end()
	stage := judged{
		name: filter.Stage, flags: &f.stageFlags, opt: opt, config: f.config,
		do: func(ctx context.Context, v *verify.Verifier, p acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error) {
			return filter.Do(ctx, v.Judge, p, f.config, again...)
		},
	}
	return stage.run(a, cmd)
}

// variations starts engines under which programs begin in other states than they usually do, until end is called.
func variations(ctx context.Context, opt verify.Options, n int) (judges []filter.Judge, end func(), err error) {
	var all []*verify.Verifier
	end = func() {
		for _, v := range all {
			v.Close()
		}
	}
	for i := range n {
		opt.Variation = i + 1
		v, err := open(ctx, opt)
		if err != nil {
			end()
			return nil, nil, err
		}
		all, judges = append(all, v), append(judges, v.Judge)
	}
	return judges, end, nil
}
