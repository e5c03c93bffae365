package main

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/bestof"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/verify"
)

type bestofFlags struct {
	stageFlags
	engine   engineFlags
	config   bestof.Config
	selector string
}

func newBestof(a *app) *cobra.Command {
	f := bestofFlags{config: bestof.Default()}
	cmd := &cobra.Command{
		Use:     "bestof --in FILE",
		GroupID: "stage",
		Short:   "Measure how well the best of N programs is found, and choose it",
		Long: `Prints, for each way to choose one of N programs and each N, the share of the problems whose chosen program passes
all tests, with a 95 % interval over the problems: greedy, average, random, oracle (pass@N), vote (equal texts), alike
(equal behaviour), reward (the highest), reward_vote and reward_alike (votes weighted by the reward). Sources are
columns. Where a reward is chosen by, it is said whether more programs make it worse.

With --out, it also writes the program that --selector chooses of all a problem has, which needs no verdicts.

In:  what score writes, each program with its reward in the field of --reward-field; "greedy": true or
     "temperature": 0 marks the greedy one
Out: {"id", "source", "selector", "score", "n", "program_id", "model", "program", "passes"?}`,
		Example: `  acecoder bestof --in scored.jsonl
  acecoder bestof --in scored.jsonl --n 1,2,4,8,16 --json
  acecoder bestof --in scored.jsonl --behaviour run --out chosen.jsonl --selector reward_alike`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.Lookup("out").Usage = "write each problem's chosen program to this file"
	flags.StringVar(&f.selector, "selector", string(bestof.Reward), "what chooses for --out: "+fmt.Sprint(bestof.Choosers()))
	flags.IntSliceVar(&f.config.N, "n", nil, "programs to choose among, rising; problems with fewer are dropped\n"+
		"(default 1,2,4 … 64, as far as every problem has programs)")
	flags.StringVar(&f.config.Reward, "reward-field", f.config.Reward, "the field of a program that has its reward")
	flags.StringVar(&f.config.Behaviour, "behaviour", "", "vote by behaviour too: run (runs the programs on the tests' calls and changed ones),\n"+
		"or a program's field that is equal where programs behave alike")
	flags.StringSliceVar(&f.config.Models, "models", nil, "count only programs of these models (default all)")
	flags.Uint64Var(&f.config.Seed, "seed", f.config.Seed, "of all that is drawn")
	flags.BoolVar(&f.config.AcceptInProcess, "accept-in-process", false, "count passes that were found beside the program")
	f.engine.add(cmd, "acecoder-labels")
	var choosers []string
	for _, s := range bestof.Choosers() {
		choosers = append(choosers, string(s))
	}
	complete(cmd, "selector", choosers)
	return cmd
}

// bestofReport are the figures of a run.
type bestofReport struct {
	Stage    string        `json:"stage"`
	Engine   *engineReport `json:"engine,omitempty"`
	Config   bestof.Config `json:"config"`
	Rows     int           `json:"rows"`
	BadRows  int           `json:"bad_rows"`
	Drops    int           `json:"drops"`
	NoInputs int           `json:"no_inputs"` // problems whose tests call nothing that programs could be run on

	*bestof.Report // nil where no problem can be measured

	Seconds float64 `json:"seconds"`
}

// bestofRun is one run of the command.
type bestofRun struct {
	flags      *bestofFlags
	v          *verify.Verifier // nil: nothing is run
	in         *input[acecoder.Problem]
	out, drops *output
	figures    []bestof.Figures
	bad        []*jsonl.RowError // told at the end: the input tells its own while it reads
	report     bestofReport
}

func (f *bestofFlags) run(a *app, cmd *cobra.Command) error {
	opt, err := f.engine.options()
	if err == nil {
		err = f.check(opt)
	}
	if err != nil {
		return err
	}
	reader, err := jsonl.Open(f.in)
	if err != nil {
		return err
	}
	defer reader.Close()
	r := bestofRun{flags: f, in: problemInput(reader, cmd.ErrOrStderr(), "programs", "programs[].program")}
	r.report = bestofReport{Stage: bestof.Stage, Config: f.config}
	if f.config.Behaviour == bestof.Run {
		opt.Values = true
		if r.v, err = open(a.drain, opt); err != nil {
			return err
		}
		defer r.v.Close()
		r.report.Engine = reportEngine(r.v, opt)
	}
	if r.out, err = create(f.out, false); err != nil {
		return err
	}
	if r.drops, err = create(f.drops, false); err != nil {
		return r.out.finish(err, false)
	}
	p := newProgress(cmd.ErrOrStderr(), bestof.Stage)
	err = r.out.finish(r.drops.finish(r.pass(a, p), false), false)
	r.report.Seconds = p.stop()
	if err != nil {
		return err
	}
	return r.conclude(cmd)
}

// check refuses what cannot work before anything is begun. Unlike other stages this one needs no output.
func (f *bestofFlags) check(opt verify.Options) error {
	if err := f.config.Validate(); err != nil {
		return usageError{err}
	}
	if !slices.Contains(bestof.Choosers(), bestof.Selector(f.selector)) {
		return usagef("--selector: %q is none of %v", f.selector, bestof.Choosers())
	}
	files := f.stageFlags
	if files.out == "" {
		files.out = "figures" // never opened; the other rules stay
	}
	if err := files.check(); err != nil {
		return err
	}
	if f.config.Behaviour == bestof.Run {
		return fullVectors(opt)
	}
	return nil
}

// chosen is a problem on its way through the command.
type chosen struct {
	row      record[acecoder.Problem]
	scored   bestof.Scored
	figures  bestof.Figures
	drop     *acecoder.Drop
	bad      *jsonl.RowError // the row contradicts itself
	noInputs bool
}

// pass sends the problems through.
func (r *bestofRun) pass(a *app, p *progress) error {
	workers := 1
	if r.v != nil {
		workers = r.v.Jobs()
	}
	for item, err := range flow.Map(a.stop, workers, r.feed(a.drain), r.work) {
		if err != nil {
			return err
		}
		p.add()
		if item.bad != nil {
			r.bad = append(r.bad, item.bad)
			continue
		}
		if err := r.deliver(&item); err != nil {
			return err
		}
	}
	return nil
}

func (r *bestofRun) feed(ctx context.Context) iter.Seq2[chosen, error] {
	return func(yield func(chosen, error) bool) {
		for row, err := range r.in.all(ctx) {
			if !yield(chosen{row: row}, err) || err != nil {
				return
			}
		}
	}
}

// work measures one problem.
func (r *bestofRun) work(ctx context.Context, item chosen) (chosen, error) {
	p, cfg := &item.row.value, r.flags.config
	var behaviour []string
	if r.v != nil {
		var inputs int
		var err error
		if behaviour, inputs, err = bestof.Behaviours(ctx, r.v.Judge, p, cfg); err != nil {
			return item, err
		}
		item.noInputs = inputs == 0
	}
	scored, err := bestof.Read(p, behaviour, cfg)
	switch {
	case err != nil:
		item.bad = &jsonl.RowError{File: item.row.row.File, Line: item.row.row.Line, Err: err}
	default:
		item.scored = scored
		if item.drop = scored.Drop(cfg); item.drop == nil {
			item.figures = scored.Measure(cfg)
		}
	}
	return item, nil
}

// deliver counts a problem and writes its chosen program.
func (r *bestofRun) deliver(item *chosen) error {
	if item.noInputs {
		r.report.NoInputs++
	}
	if item.drop == nil {
		r.figures = append(r.figures, item.figures)
	}
	if r.out != nil {
		choice, none := item.scored.Choose(&item.row.value, bestof.Selector(r.flags.selector))
		if none == nil {
			if err := r.out.put(choice); err != nil {
				return err
			}
		} else if item.drop == nil {
			item.drop = none
		}
	}
	if item.drop == nil {
		return nil
	}
	r.report.Drops++
	return r.drops.put(item.drop)
}

// conclude prints the figures of a run that is complete and says whether all is well with it.
func (r *bestofRun) conclude(cmd *cobra.Command) error {
	for _, bad := range r.bad {
		r.in.tell(bad)
	}
	r.report.Rows, r.report.BadRows = r.in.rows, r.in.bad
	if len(r.figures) > 0 {
		table, err := bestof.Summarize(r.figures, r.flags.config)
		if err != nil {
			return err
		}
		r.report.Report = &table
	}
	if err := r.report.print(cmd, r.flags.json); err != nil {
		return err
	}
	good := r.in.rows - r.in.bad
	switch {
	case r.in.bad > 0:
		return badRowsError{r.in.bad, r.in.rows}
	case good > 0 && float64(r.report.Drops) > r.flags.maxDrops*float64(good):
		return dropsError{r.report.Drops, good, r.flags.maxDrops}
	}
	return nil
}

func (r *bestofReport) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), r)
	}
	to := cmd.ErrOrStderr()
	if r.Report == nil {
		fmt.Fprintln(to, "no problem could be measured: --drops tells why")
	} else {
		fmt.Fprint(to, r.Table())
		fmt.Fprintf(to, "%s problems of at least %s programs\n", stats.Grouped(r.Problems), stats.Grouped(r.Fewest))
	}
	if r.NoInputs > 0 {
		fmt.Fprintf(to, "%s problems have tests without calls to run: their programs behave alike where their texts are equal\n",
			stats.Grouped(r.NoInputs))
	}
	fmt.Fprintf(to, "%s: %d rows, %d of them bad, %d dropped, in %.1f s\n", r.Stage, r.Rows, r.BadRows, r.Drops, r.Seconds)
	return nil
}
