package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/verify"
)

type verifyFlags struct {
	fileFlags
	engine  engineFlags
	matrix  bool
	omitCPU bool
}

func newVerify(a *app) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:     "verify --in FILE --out FILE",
		GroupID: "engine",
		Short:   "Judge programs by tests, one verdict a test",
		Long: `Judges each row's program by the row's tests, in isolation, and writes a row of verdicts in the input's order.

In:  {"id", "program", "tests": [...], "setup"?, "prelude"?, "entry_point"?, "limits"?}
     A test is an assert or a whole script; it passes if it runs through.
Out: {"id", "status", "passed", "total", "pass_rate", "trust", "cheat_suspected", "cpu_ms",
      "tests": [{"status", "trust", "cpu_ms", "message"}]}

Rows of one question are fastest next to each other: their tests are then prepared once. A row that cannot be
read is told with file, line and field and counted; the others are judged.`,
		Example: `  acecoder verify --in rows.jsonl --out verdicts.jsonl
  acecoder verify --in rows.jsonl.zst --out verdicts.parquet --profile humaneval --jobs 8
  acecoder verify --in rows.jsonl --out verdicts.jsonl --resume      # after an interruption
  cat rows.jsonl | acecoder verify --in - --out - --matrix`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	f.addResume(cmd)
	f.engine.add(cmd, verify.DefaultProfile)
	cmd.Flags().BoolVar(&f.matrix, "matrix", false, "add what the program returned to each verdict, as Python writes it")
	addOmitCPU(cmd, &f.omitCPU)
	return cmd
}

func addOmitCPU(cmd *cobra.Command, omit *bool) {
	cmd.Flags().BoolVar(omit, "omit-cpu", false, "write no CPU times, the one measured figure: equal runs then write equal bytes")
}

// verifyRow is a row of input.
type verifyRow struct {
	ID         string           `json:"id"`
	Program    string           `json:"program"`
	Tests      []string         `json:"tests"`
	Setup      string           `json:"setup"`
	Prelude    string           `json:"prelude"`
	EntryPoint string           `json:"entry_point"`
	Limits     *acecoder.Limits `json:"limits"`
}

// verifyReport are the figures of a run.
type verifyReport struct {
	Engine   *engineReport `json:"engine"`
	Rows     int           `json:"rows"`
	BadRows  int           `json:"bad_rows"`
	Verdicts *tally        `json:"verdicts"`
	Seconds  float64       `json:"seconds"`
}

func (f *verifyFlags) run(a *app, cmd *cobra.Command) error {
	opt, err := f.engine.options()
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return err
	}
	opt.Values = f.matrix
	reader, err := jsonl.Open(f.in)
	if err != nil {
		return err
	}
	defer reader.Close()
	v, err := open(a.drain, opt)
	if err != nil {
		return err
	}
	defer v.Close()
	out, err := create(f.out, f.resume)
	if err != nil {
		return err
	}
	run := verifyRun{flags: f, v: v, out: out, progress: newProgress(cmd.ErrOrStderr(), "verify")}
	run.in = &input[verifyRow]{
		reader: reader, required: []string{"id", "program", "tests"}, warn: cmd.ErrOrStderr(),
		id: func(r *verifyRow) string { return r.ID },
	}
	run.report = verifyReport{Engine: reportEngine(v, opt), Verdicts: newTally()}
	err = out.finish(run.judge(a), true)
	run.report.Seconds, run.report.Rows, run.report.BadRows = run.progress.stop(), run.in.rows, run.in.bad
	if err != nil {
		return err
	}
	if err := run.report.print(cmd, f.json); err != nil {
		return err
	}
	return run.in.err()
}

// verifyRun is one run of the command.
type verifyRun struct {
	flags    *verifyFlags
	v        *verify.Verifier
	in       *input[verifyRow]
	out      *output
	progress *progress
	report   verifyReport
}

// judge sends the rows through the engine.
func (r *verifyRun) judge(a *app) error {
	work := func(ctx context.Context, b batch) (batch, error) {
		if b.done {
			return b, nil
		}
		var err error
		b.outcomes, err = r.v.Judge(ctx, b.job)
		return b, err
	}
	rows := batches(lulls(a.drain, r.in.all), r.out)
	for b, err := range flow.Map(a.stop, r.v.Jobs(), rows, work) {
		if err != nil {
			return err
		}
		for i := range b.outcomes {
			r.progress.add()
			r.report.Verdicts.outcome(b.outcomes[i])
			if b.done {
				continue
			}
			if r.flags.omitCPU {
				dropCPU(&b.outcomes[i])
			}
			if err := r.out.put(&b.outcomes[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func dropCPU(o *acecoder.Outcome) {
	o.CPUMS = 0
	for i := range o.Tests {
		o.Tests[i].CPUMS = 0
	}
}

func (r *verifyReport) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), r)
	}
	fmt.Fprint(cmd.ErrOrStderr(), r.Verdicts.text())
	fmt.Fprintf(cmd.ErrOrStderr(), "%d rows, %d of them bad, in %.1f s at isolation level %s\n",
		r.Rows, r.BadRows, r.Seconds, r.Engine.Isolation)
	return nil
}
