package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/score"
	"github.com/acecoder/acecoder/internal/verify"
)

type scoreFlags struct {
	stageFlags
	engine engineFlags
	config score.Config
}

func newScore(a *app) *cobra.Command {
	var f scoreFlags
	cmd := &cobra.Command{
		Use:     "score --in FILE --out FILE",
		GroupID: "stage",
		Short:   "Give every program of a problem its pass rate",
		Long: `Judges each problem's programs by its tests and writes the problem with, for each program, its pass rate over the
kept tests (pass_rate), over the kept and the dropped ones (pass_rate_all), and one status word a test (verdicts).

In:  {"id", "source"?, "question", "tests": [...], "programs": [{"id", "program", "model"?}]}
Out: the same, each program with pass_rate, pass_rate_all, passed, status, trust, verdicts`,
		Example: `  acecoder score --in filtered.jsonl --out scored.jsonl
  acecoder score --in filtered.jsonl --out scored.jsonl.zst --jobs 8 --json
  acecoder score --in filtered.jsonl --out scored.jsonl --resume      # after an interruption`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	f.addResume(cmd)
	f.engine.add(cmd, "acecoder-labels")
	cmd.Flags().BoolVar(&f.config.AcceptInProcess, "accept-in-process", false, "count passes that were found beside the program")
	addOmitCPU(cmd, &f.config.OmitCPU)
	return cmd
}

func (f *scoreFlags) run(a *app, cmd *cobra.Command) error {
	opt, err := f.engine.options()
	if err == nil {
		err = fullVectors(opt)
	}
	if err != nil {
		return err
	}
	stage := judged{
		name: score.Stage, flags: &f.stageFlags, opt: opt, config: f.config,
		do: func(ctx context.Context, v *verify.Verifier, p acecoder.Problem) (acecoder.Problem, *acecoder.Drop, error) {
			return score.Do(ctx, v.Judge, p, f.config)
		},
		count: func(t *tally, p *acecoder.Problem) {
			for i := range p.Programs {
				t.scored(&p.Programs[i])
			}
		},
	}
	return stage.run(a, cmd)
}
