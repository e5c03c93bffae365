package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"

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

func (f *verifyFlags) run(a *app, cmd *cobra.Command) (err error) {
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
	in := &input[verifyRow]{
		reader: reader, required: []string{"id", "program", "tests"}, warn: cmd.ErrOrStderr(),
		id: func(r *verifyRow) string { return r.ID },
	}
	report := verifyReport{Engine: reportEngine(v, opt), Verdicts: newTally()}
	p := newProgress(cmd.ErrOrStderr(), "verify")
	err = out.finish(f.judge(a, in, out, v, &report, p), true)
	report.Seconds, report.Rows, report.BadRows = p.stop(), in.rows, in.bad
	if err != nil {
		return err
	}
	if err := report.print(cmd, f.json); err != nil {
		return err
	}
	return in.err()
}

// judge sends the rows through the engine.
func (f *verifyFlags) judge(a *app, in *input[verifyRow], out *output, v *verify.Verifier, r *verifyReport, p *progress) error {
	work := func(ctx context.Context, b batch) (batch, error) {
		if b.done {
			return b, nil
		}
		var err error
		b.outcomes, err = v.Judge(ctx, b.job)
		return b, err
	}
	for b, err := range flow.Map(a.stop, v.Jobs(), batches(in.all(a.drain), out), work) {
		if err != nil {
			return err
		}
		for _, outcome := range b.outcomes {
			p.add()
			r.Verdicts.outcome(outcome)
			if b.done {
				continue
			}
			if f.omitCPU {
				dropCPU(&outcome)
			}
			if err := out.put(outcome); err != nil {
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

// A batch holds at most so many rows, and so many bytes of programs, whatever the input is.
const (
	batchRows  = 64
	batchBytes = 16 << 20
)

// batch is rows of one question that stand next to each other.
type batch struct {
	job      verify.Job
	outcomes []acecoder.Outcome
	done     bool // judged by the run that was interrupted
	size     int
}

// batches groups the rows. What an interrupted run has done comes first and is not judged again.
func batches(rows iter.Seq2[record[verifyRow], error], out *output) iter.Seq2[batch, error] {
	return func(yield func(batch, error) bool) {
		var b batch
		for r, err := range rows {
			var done json.RawMessage
			if err == nil {
				done, err = out.take(r.value.ID, true)
			}
			if len(b.job.Programs) > 0 && (err != nil || !b.fits(&r.value)) {
				if !yield(b, nil) {
					return
				}
				b = batch{}
			}
			switch {
			case err != nil:
				yield(batch{}, err)
				return
			case done == nil:
				b.add(&r.value)
				continue
			}
			if !yield(oldBatch(done)) {
				return
			}
		}
		if len(b.job.Programs) > 0 && !yield(b, nil) {
			return
		}
		if err := out.checkEnd(); err != nil {
			yield(batch{}, err)
		}
	}
}

func oldBatch(row json.RawMessage) (batch, error) {
	var o acecoder.Outcome
	if err := json.Unmarshal(row, &o); err != nil {
		return batch{}, fmt.Errorf("read a row that is done: %w", err)
	}
	return batch{done: true, outcomes: []acecoder.Outcome{o}}, nil
}

func (b *batch) add(r *verifyRow) {
	if len(b.job.Programs) == 0 {
		b.job = verify.Job{ID: r.ID, Tests: r.Tests, Prelude: r.Prelude, Setup: r.Setup, EntryPoint: r.EntryPoint, Limits: r.Limits}
	}
	b.job.Programs = append(b.job.Programs, acecoder.Program{ID: r.ID, Program: r.Program})
	b.size += len(r.Program)
}

// fits reports whether the row is of the same question and has room.
func (b *batch) fits(r *verifyRow) bool {
	j := &b.job
	return len(j.Programs) < batchRows && b.size+len(r.Program) <= batchBytes &&
		j.Prelude == r.Prelude && j.Setup == r.Setup && j.EntryPoint == r.EntryPoint &&
		reflect.DeepEqual(j.Limits, r.Limits) && reflect.DeepEqual(j.Tests, r.Tests)
}
