package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/local"
	"github.com/acecoder/acecoder/internal/reward"
)

func newRM(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rm",
		GroupID: "model",
		Short:   "Score with a reward model, measure it, look at it, convert it",
		Example: `  acecoder rm score --model out/rm/model --in scored.jsonl --out rewarded.jsonl
  acecoder rm eval --model out/rm/model --in pairs.jsonl
  acecoder rm inspect out/rm/model
  acecoder rm convert out/rm/model --out out/rm-llamafactory --layout llamafactory`,
	}
	cmd.AddCommand(newRMScore(a), newRMEval(a), newRMInspect(), newRMConvert())
	return cmd
}

// rewardFlags are those of commands that score.
type rewardFlags struct {
	open     local.Options
	model    string
	form     string
	length   int
	tokens   int
	truncate bool
}

func (f *rewardFlags) add(cmd *cobra.Command) {
	addDevice(cmd, &f.open)
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "the reward model: its folder, or hf:org/name on the hub (required)")
	flags.StringVar(&f.form, "template", "", "form of the texts: "+strings.Join(reward.FormNames(), ", ")+" (default: the one that the model was trained on, else "+reward.FormNames()[0]+")")
	flags.IntVar(&f.length, "max-length", 2048, "longest text, tokens")
	flags.BoolVar(&f.truncate, "truncate", false, "cut longer texts at their end in place of passing them over")
	flags.IntVar(&f.tokens, "micro-tokens", 8192, "most tokens that are computed at once, padding included: it bounds memory, and changes no result")
	complete(cmd, "template", reward.FormNames())
}

// load opens the model and makes what is needed to score with it.
func (f *rewardFlags) load(a *app, cmd *cobra.Command) (*reward.Model, reward.Reader, *reward.Scorer, error) {
	if f.model == "" || f.length < 1 || f.tokens < f.length {
		return nil, reward.Reader{}, nil, usagef("--model %q, --max-length %d, --micro-tokens %d: want a model, at least 1, and at least the longest text",
			f.model, f.length, f.tokens)
	}
	folder, o, err := openReward(a, cmd, f.model, f.open)
	if err != nil {
		return nil, reward.Reader{}, nil, err
	}
	o.Form = f.form
	m, err := reward.Open(folder, o)
	if err != nil {
		return nil, reward.Reader{}, nil, err
	}
	f.length = min(f.length, m.MaxPositions)
	scorer, err := m.NewScorer(f.length, f.tokens)
	reader := m.Reader(f.length)
	reader.Truncate = f.truncate
	return m, reader, scorer, err
}

type rmScoreFlags struct {
	fileFlags
	rewardFlags
	normalise bool
}

func newRMScore(a *app) *cobra.Command {
	var f rmScoreFlags
	cmd := &cobra.Command{
		Use:   "score --model DIR --in FILE --out FILE",
		Short: "Give programs rewards",
		Long: `Scores texts with a reward model, at their last token. Texts that are too long get null, and are counted. With
--normalize the scores have a mean of 0 and a deviation of 1 over the texts that the model was trained on.

In:  problems with "programs" (what score writes), or pairs, or rows with "prompt" and "response", "instruction" and "output",
     "question" and "program", or "messages"
Out: the same rows, each program or text with "reward"; pairs with "chosen_reward" and "rejected_reward"`,
		Example: `  acecoder rm score --model out/rm/model --in scored.jsonl --out rewarded.jsonl
  acecoder rm score --model hf:TIGER-Lab/AceCodeRM-7B --dtype bfloat16 --in pairs.parquet --out scores.parquet`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.fileFlags.add(cmd)
	f.rewardFlags.add(cmd)
	cmd.Flags().BoolVar(&f.normalise, "normalize", false, "to a mean of 0 and a deviation of 1")
	return cmd
}

// rmScoreReport are the figures of rm score.
type rmScoreReport struct {
	Rows    int            `json:"rows"`
	BadRows int            `json:"bad_rows"`
	Texts   int            `json:"texts"`
	TooLong int            `json:"too_long"` // texts without a reward
	Scores  *reward.Scores `json:"scores"`   // null if there is none

	all []float64
}

func (f *rmScoreFlags) run(a *app, cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	m, reader, scorer, err := f.load(a, cmd)
	if err != nil {
		return err
	}
	if f.normalise {
		if _, err := m.Info.Normalise(nil); err != nil {
			return usagef("--normalize: %w", err)
		}
	}
	in, err := jsonl.Open(f.in)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := create(f.out, false)
	if err != nil {
		return err
	}
	var r rmScoreReport
	w := rewarder{scorer: scorer, model: m, normalise: f.normalise, out: out, report: &r}
	if err := out.finish(w.all(a.drain, cmd, in, reader), false); err != nil {
		return err
	}
	if len(r.all) > 0 {
		r.Scores = reward.ScoresOf(r.all)
	}
	if err := r.print(cmd, f.json); err != nil {
		return err
	}
	if r.BadRows > 0 {
		return badRowsError{r.BadRows, r.Rows}
	}
	return nil
}

func (r *rmScoreReport) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), r)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "rm score: %d rows, %d of them bad, %d texts, %d too long\n", r.Rows, r.BadRows, r.Texts, r.TooLong)
	if s := r.Scores; s != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "rewards: mean %.4f, deviation %.4f, %.2f %% beyond ±%g\n", s.Mean, s.Std, 100*s.Clipped, s.Clip)
	}
	return nil
}

// rewarder gives rows their rewards, some hundred texts at a time, so that those of like length are computed together.
type rewarder struct {
	scorer    *reward.Scorer
	model     *reward.Model
	normalise bool
	out       *output
	report    *rmScoreReport

	rows  []reward.Texts
	texts [][]int32
}

// textsAtOnce is how many texts wait for each other.
const textsAtOnce = 1024

func (w *rewarder) all(ctx context.Context, cmd *cobra.Command, in *jsonl.Reader, reader reward.Reader) error {
	bad := &input[struct{}]{warn: cmd.ErrOrStderr()}
	for row, err := range in.All(ctx) {
		var texts reward.Texts
		if err == nil {
			texts, err = reader.Texts(row)
		}
		if _, ok := errors.AsType[*jsonl.RowError](err); ok {
			w.report.Rows++
			bad.tell(err)
			w.report.BadRows = bad.bad
			continue
		}
		if err != nil {
			return err
		}
		w.report.Rows++
		w.rows = append(w.rows, texts)
		for _, ids := range texts.IDs {
			if ids != nil {
				w.texts = append(w.texts, ids)
			}
		}
		if len(w.texts) >= textsAtOnce {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
	}
	return w.flush(ctx)
}

// flush scores what waits and writes it.
func (w *rewarder) flush(ctx context.Context) error {
	scores, err := w.scorer.Score(ctx, w.model, w.texts)
	if err == nil && w.normalise {
		scores, err = w.model.Info.Normalise(scores)
	}
	if err != nil {
		return err
	}
	w.report.all = append(w.report.all, scores...)
	for _, texts := range w.rows {
		rewards := make([]*float64, len(texts.IDs))
		for i, ids := range texts.IDs {
			if ids != nil {
				rewards[i], scores = &scores[0], scores[1:]
			}
		}
		w.report.Texts += len(rewards)
		w.report.TooLong += texts.TooLong()
		if err := w.out.put(texts.Row(rewards)); err != nil {
			return err
		}
	}
	w.rows, w.texts = nil, nil
	return nil
}
