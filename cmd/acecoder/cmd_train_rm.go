package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/local"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/reward"
	"github.com/acecoder/acecoder/internal/tensorboard"
	"github.com/acecoder/acecoder/internal/train"
)

type rmFlags struct {
	trainFlags
	loss     reward.Loss
	form     string
	layout   string
	heldOut  float64
	evalStep int
	length   int
	truncate bool
}

func newTrainRM(a *app) *cobra.Command {
	var f rmFlags
	cmd := &cobra.Command{
		Use:   "rm --model DIR --data FILE --out DIR",
		Short: "Train a reward model: learn which of two programs is the better one",
		Long: `Trains a Qwen2 model with a head of one number on pairs, with the loss of Bradley and Terry, −log σ(chosen − rejected).
The defaults are those of the published reward model. The pairs of some questions are held out, and say how good the model
is on questions that it has not seen. Pairs that are too long, empty or the same twice are dropped and counted. The states
in the folder can be gone on from with --resume; the result is that of a training that was never stopped, bit for bit.

In:  rows with "question", "tests", "chosen", "rejected" (what pairs writes), or "instruction", "input", "chosen", "rejected",
     or "prompt", "chosen", "rejected", or "chosen" and "rejected" as whole conversations; perhaps "margin"
Out: DIR/model, as transformers loads it; DIR/evaluation.json; DIR/states; DIR/metrics.jsonl; DIR/tb for TensorBoard`,
		Example: `  acecoder train rm --model hf:Qwen/Qwen2.5-Coder-0.5B-Instruct --data pairs.jsonl --out out/rm
  acecoder train rm --model Qwen2.5-Coder-7B-Instruct --data pairs.parquet --out out/rm --lora 64 --lora-alpha 128 --lr 1e-4
  acecoder train rm ... --resume`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.IntVar(&f.length, "max-length", 2048, "longest text, tokens")
	flags.BoolVar(&f.truncate, "truncate", false, "cut longer texts at their end in place of dropping the pair")
	flags.StringVar(&f.form, "template", "", "form of the texts: "+strings.Join(reward.FormNames(), ", ")+" (default: the model's, else "+reward.FormNames()[0]+")")
	flags.Float64Var(&f.loss.Dropout, "dropout", 0.1, "share of the head's input that is left out in training")
	flags.BoolVar(&f.loss.Margin, "margin", false, "subtract the pair's margin: −log σ(chosen − rejected − margin)")
	flags.BoolVar(&f.loss.ScaleBT, "scale-margin", false, "multiply the loss with the pair's margin")
	flags.Float64Var(&f.loss.Center, "center", 0, "weight of (chosen + rejected)², which keeps scores around 0")
	flags.BoolVar(&f.loss.PerQuestion, "per-question", false, "weigh questions alike, however many pairs they have (the paper's equation 1; published: pairs alike)")
	flags.Float64Var(&f.heldOut, "held-out", 0.005, "share of the questions that are not learned from and measured on")
	flags.IntVar(&f.evalStep, "eval-every", 200, "steps between measurements; 0: only at the end")
	flags.StringVar(&f.layout, "layout", string(reward.HF), "of the saved model: "+strings.Join(reward.Layouts(), ", "))
	complete(cmd, "template", reward.FormNames())
	complete(cmd, "layout", reward.Layouts())
	return cmd
}

func (f *rmFlags) check() error {
	if err := f.trainFlags.check(); err != nil {
		return err
	}
	if f.evalStep < 0 || f.length < 1 || !(f.heldOut >= 0 && f.heldOut < 1) {
		return usagef("--eval-every %d, --max-length %d, --held-out %v: want at least 0, at least 1, and 0 to less than 1", f.evalStep, f.length, f.heldOut)
	}
	if err := f.loss.Check(); err != nil {
		return usageError{err}
	}
	if err := reward.Layout(f.layout).Check(); err != nil {
		return usageError{err}
	}
	if f.form != "" {
		if _, err := reward.FormNamed(f.form); err != nil {
			return usageError{err}
		}
	}
	return nil
}

func (f *rmFlags) run(a *app, cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	m, err := f.begin(a, cmd)
	if err != nil {
		return err
	}
	reader := m.Reader(f.length)
	reader.Truncate, reader.Margin = f.truncate, f.loss.NeedsMargin()
	pairs, err := readPairs(a.drain, cmd, f.data, reader)
	if err != nil {
		return err
	}
	learn, held, err := reward.Split(pairs, f.heldOut, f.order.Seed)
	if err != nil {
		return usageError{err}
	}
	if len(learn) == 0 {
		return fmt.Errorf("%s: no pair is left to learn from; %d are held out", f.data, len(held))
	}
	batch := reward.NewBatch(f.loss, m.Hidden, f.order.Seed, learn)
	f.options.Beside = m.Head.Beside()
	loop, err := f.loop(m.Model, batch.Sizes(), f.loss.Objective(m.Config))
	if err != nil {
		return err
	}
	f.memory.Logits = 0
	loop.Make = func(micro train.Micro) []*tensors.Tensor { return batch.Micro(micro, loop.Trainer.Steps()) }
	scorer, err := m.NewScorer(longest(pairs), f.tokens)
	if err != nil {
		return err
	}
	loop.After = f.watch(a.drain, m, scorer, loop, held)
	last, err := f.train(a, cmd, m.Model, loop)
	if err != nil {
		return err
	}
	return f.conclude(a.drain, cmd, last, rmEnd{m, loop, scorer, learn, held})
}

// begin loads the model that is trained.
func (f *rmFlags) begin(a *app, cmd *cobra.Command) (*reward.Model, error) {
	folder, o, err := openReward(a, cmd, f.model, f.open)
	if err != nil {
		return nil, err
	}
	o.Form, o.Seed = f.form, f.order.Seed
	return reward.Begin(folder, o)
}

// openReward finds a model's folder and what it is opened with.
func openReward(a *app, cmd *cobra.Command, path string, open local.Options) (folder string, o reward.Options, err error) {
	if o.DType, err = local.TypeOf(open.DType); err != nil {
		return "", o, usageError{err}
	}
	if o.Device, err = nn.Open(open.Device); err != nil {
		return "", o, err
	}
	folder, err = local.Folder(a.stop, path, func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) })
	return folder, o, err
}

// readPairs reads the pairs of a file and tells how many rows were dropped.
func readPairs(ctx context.Context, cmd *cobra.Command, path string, reader reward.Reader) ([]reward.Pair, error) {
	in, err := jsonl.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var all []reward.Pair
	drops := map[acecoder.DropReason]int{}
	for row, err := range in.All(ctx) {
		if err != nil {
			return nil, err
		}
		some, drop, err := reader.Pairs(row)
		if err != nil {
			return nil, err
		}
		if drop != nil {
			drops[drop.Reason]++
			continue
		}
		all = append(all, some...)
	}
	for _, reason := range slices.Sorted(maps.Keys(drops)) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d pairs dropped: %s\n", drops[reason], reason)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no pair is left", path)
	}
	return all, nil
}

func longest(pairs []reward.Pair) int {
	n := 0
	for _, p := range pairs {
		n = max(n, len(p.Chosen), len(p.Rejected))
	}
	return n
}

// watch measures on the pairs that are held out, every now and then.
func (f *rmFlags) watch(ctx context.Context, m *reward.Model, s *reward.Scorer, loop *train.Loop, held []reward.Pair) func(train.Metrics) error {
	if f.evalStep == 0 || len(held) == 0 {
		return nil
	}
	// An interrupt ends the loop after the step, with its state kept; within one that would be lost.
	ctx = context.WithoutCancel(ctx)
	return func(at train.Metrics) error {
		if at.Step%f.evalStep != 0 {
			return nil
		}
		now, err := m.Trained(loop.Trainer)
		if err != nil {
			return err
		}
		scored, err := s.Pairs(ctx, now, held)
		if err != nil {
			return err
		}
		figures := reward.FiguresOf(scored)
		return loop.Log.Board().Add(int64(at.Step), tensorboard.Scalar("eval/accuracy", figures.Accuracy), tensorboard.Scalar("eval/loss", figures.Loss))
	}
}

// rmEnd is what a training that is done has.
type rmEnd struct {
	start       *reward.Model
	loop        *train.Loop
	scorer      *reward.Scorer
	learn, held []reward.Pair
}

// rmReport are the figures of a training.
type rmReport struct {
	Step    train.Metrics   `json:"last_step"`
	HeldOut *reward.Figures `json:"held_out"` // null if nothing was held out
	Scores  *reward.Scores  `json:"scores"`   // of the texts that were learned from
	Notes   []string        `json:"notes"`    // what the layout loses
	Model   string          `json:"model"`
}

// conclude measures the trained model and saves it.
func (f *rmFlags) conclude(ctx context.Context, cmd *cobra.Command, last train.Metrics, e rmEnd) error {
	m, err := e.start.Trained(e.loop.Trainer)
	if err != nil {
		return err
	}
	if err := m.Measure(ctx, e.scorer, e.learn); err != nil {
		return err
	}
	r := rmReport{Step: last, Scores: m.Info.Scores, Model: f.trained()}
	if len(e.held) > 0 {
		scored, err := e.scorer.Pairs(ctx, m, e.held)
		if err != nil {
			return err
		}
		figures := reward.FiguresOf(scored)
		r.HeldOut = &figures
	}
	if r.Notes, err = m.Save(f.trained(), reward.SaveOptions{Layout: reward.Layout(f.layout), DType: f.options.Compute, Replace: true}); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(f.out, "evaluation.json"), r); err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), r)
	}
	out := cmd.OutOrStdout()
	for _, note := range r.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), "note: "+note)
	}
	if r.HeldOut != nil {
		fmt.Fprintf(out, "held out, %d questions' pairs:\n%s", questions(e.held), r.HeldOut)
	}
	s := r.Scores
	fmt.Fprintf(out, "scores of %d texts learned from: mean %.4f, deviation %.4f, %.2f %% beyond ±%g\n", s.Texts, s.Mean, s.Std, 100*s.Clipped, s.Clip)
	fmt.Fprintf(out, "%d steps, loss %.4f\n%s\n", e.loop.Trainer.Steps(), last.Loss, r.Model)
	return nil
}

func questions(pairs []reward.Pair) int {
	names := map[string]bool{}
	for _, p := range pairs {
		names[p.Question] = true
	}
	return len(names)
}

// writeJSON writes figures to a file, by way of another one beside it.
func writeJSON(path string, figures any) error {
	file, err := os.Create(path + ".partial")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := printJSON(file, figures); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
