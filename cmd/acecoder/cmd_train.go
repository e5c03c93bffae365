package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/local"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/tokenizer"
	"github.com/acecoder/acecoder/internal/train"
)

func newTrain(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "train",
		GroupID: "model",
		Short:   "Train a model",
		Example: "  acecoder train sft --model DIR --data rows.jsonl --out DIR",
	}
	cmd.AddCommand(newTrainSFT(a), newTrainRM(a))
	return cmd
}

// trainFlags are those of every kind of training.
type trainFlags struct {
	open     local.Options
	options  train.Options
	schedule train.Schedule
	order    train.Data
	model    string
	data     string
	out      string
	kind     string
	targets  string
	warmup   float64
	epochs   float64
	tokens   int
	every    int
	keep     int
	resume   bool
	json     bool
	progress string

	memory train.Memory // that it will take
}

func (f *trainFlags) add(cmd *cobra.Command) {
	f.options.AdamW = train.DefaultAdamW()
	addDevice(cmd, &f.open)
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "the model: its folder, or hf:org/name on the hub (required)")
	flags.StringVar(&f.data, "data", "", "rows, JSON Lines or Parquet (required)")
	flags.StringVar(&f.out, "out", "", "folder for the trained model, its states and its log (required)")
	flags.Float64Var(&f.epochs, "epochs", 1, "how often each row is learned from")
	flags.IntVar(&f.order.Batch, "batch", 128, "rows a step")
	flags.Uint64Var(&f.order.Seed, "seed", 0, "of the rows' order, and of what else is random")
	flags.IntVar(&f.tokens, "micro-tokens", 8192, "most tokens that are computed at once, padding included: it bounds memory, and changes no result")
	flags.Float64Var(&f.schedule.Peak, "lr", 1e-5, "highest learning rate")
	flags.StringVar(&f.kind, "schedule", string(train.Cosine), "of the learning rate: "+strings.Join(kinds(), ", "))
	flags.Float64Var(&f.schedule.Least, "least", 0, "share of the highest rate at the end, for "+string(train.CosineWithMinRate))
	flags.Float64Var(&f.warmup, "warmup", 0.1, "steps until the highest rate; below 1: share of all steps")
	flags.Float64Var(&f.options.Decay, "weight-decay", 0, "of matrices")
	flags.Float64Var(&f.options.Beta1, "beta1", f.options.Beta1, "AdamW's")
	flags.Float64Var(&f.options.Beta2, "beta2", f.options.Beta2, "AdamW's")
	flags.Float64Var(&f.options.Clip, "clip", f.options.Clip, "largest norm of the gradient; 0: any")
	flags.BoolVar(&f.options.Again, "checkpointing", false, "compute blocks again for the gradient in place of keeping what is in them: less memory, a third more work")
	flags.IntVar(&f.options.Rank, "lora", 0, "train this rank of LoRA in place of the weights; it is merged into what is saved")
	flags.Float64Var(&f.options.Alpha, "lora-alpha", 16, "LoRA's weight, by its rank")
	flags.StringVar(&f.targets, "lora-targets", "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj", "matrices that LoRA is added to")
	flags.IntVar(&f.every, "save-every", 100, "steps between states that can be gone on from; 0: only at the end or an interrupt")
	flags.IntVar(&f.keep, "keep", 2, "how many states stay")
	flags.BoolVar(&f.resume, "resume", false, "go on from the last state in --out")
	flags.BoolVar(&f.json, "json", false, "print the last step's figures as JSON")
	addProgress(cmd, &f.progress)
	complete(cmd, "schedule", kinds())
}

func kinds() []string {
	var all []string
	for _, k := range train.ScheduleKinds() {
		all = append(all, string(k))
	}
	return all
}

func (f *trainFlags) check() error {
	for name, value := range map[string]string{"model": f.model, "data": f.data, "out": f.out} {
		if value == "" {
			return usagef("--%s is missing", name)
		}
	}
	if f.keep < 1 || f.every < 0 || f.tokens < 1 {
		return usagef("--keep %d, --save-every %d, --micro-tokens %d: want at least 1, 0 and 1", f.keep, f.every, f.tokens)
	}
	dtype, err := local.TypeOf(f.open.DType)
	if err != nil {
		return usageError{err}
	}
	f.options.Compute, f.options.Seed, f.schedule.Kind = dtype, f.order.Seed, train.ScheduleKind(f.kind)
	if f.options.Rank > 0 {
		f.options.Targets = strings.Split(f.targets, ",")
	}
	if err := errors.Join(f.options.AdamW.Check(), f.options.LoRA.Check()); err != nil {
		return usageError{err}
	}
	return nil
}

type sftFlags struct {
	trainFlags
	length   int
	truncate bool
	last     bool
}

func newTrainSFT(a *app) *cobra.Command {
	var f sftFlags
	cmd := &cobra.Command{
		Use:   "sft --model DIR --data FILE --out DIR",
		Short: "Supervised fine-tuning: learn to answer as the rows do",
		Long: `Trains a Qwen2 model on conversations. Only what the assistant says is learned. Rows longer than --max-length are
dropped and counted. The states in the folder can be gone on from with --resume, after a kill too; the result is that of a
training that was never stopped, bit for bit.

In:  rows with "messages" [{"role", "content"}], or "prompt" and "response", or "instruction" and "output", or "question"
     and "program"
Out: DIR/model, as transformers loads it; DIR/states; DIR/metrics.jsonl; DIR/tb for TensorBoard`,
		Example: `  acecoder train sft --model Qwen2.5-Coder-0.5B --data chats.jsonl --out out/sft --lr 1e-5 --epochs 3
  acecoder train sft --model Qwen2.5-Coder-7B --data chats.jsonl --out out/lora --lora 64 --lora-alpha 128 --lr 1e-4
  acecoder train sft ... --resume`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	cmd.Flags().IntVar(&f.length, "max-length", 2048, "longest row, tokens")
	cmd.Flags().BoolVar(&f.truncate, "truncate", false, "cut longer rows at their end in place of dropping them")
	cmd.Flags().BoolVar(&f.last, "last-only", false, "learn only the assistant's last turn")
	return cmd
}

func (f *sftFlags) run(a *app, cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	m, err := openModel(a, cmd, f.model, f.open)
	if err != nil {
		return err
	}
	examples, err := f.read(a.drain, cmd, m)
	if err != nil {
		return err
	}
	var sizes []train.Size
	for _, e := range examples {
		sizes = append(sizes, e.Size())
	}
	loop, err := f.loop(m.Model, sizes, train.CrossEntropy(m.Config))
	if err != nil {
		return err
	}
	loop.Make = func(micro train.Micro) []*tensors.Tensor { return train.SFTMicro(examples, micro) }
	last, err := f.train(a, cmd, m.Model, loop)
	if err != nil {
		return err
	}
	weights, err := loop.Trainer.Merged(m.Device)
	if err != nil {
		return err
	}
	if err := checkpoint.Save(f.trained(), m.Config, weights, checkpoint.SaveOptions{DType: f.options.Compute, From: m.Path, Replace: true}); err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), last)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d steps, loss %.4f\n%s\n", loop.Trainer.Steps(), last.Loss, f.trained())
	return nil
}

// read makes examples of the rows.
func (f *sftFlags) read(ctx context.Context, cmd *cobra.Command, m *local.Model) ([]train.SFTExample, error) {
	in, err := jsonl.Open(f.data)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	sft := train.SFT{Render: renderer(m.Template), Encode: encoder(m.Tokenizer), MaxLength: f.length, Truncate: f.truncate, LastOnly: f.last}
	var all []train.SFTExample
	drops := map[acecoder.DropReason]int{}
	for row, err := range in.All(ctx) {
		if err != nil {
			return nil, err
		}
		example, drop, err := sft.Example(row)
		if err != nil {
			return nil, err
		}
		if drop != nil {
			drops[drop.Reason]++
			continue
		}
		if example.Size().Targets == 0 {
			return nil, fmt.Errorf("%s:%d: nothing of the row is learned: the assistant says nothing within %d tokens", row.File, row.Line, f.length)
		}
		all = append(all, example)
	}
	for reason, n := range drops {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d rows dropped: %s\n", n, reason)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no row is left to learn from", f.data)
	}
	return all, nil
}

func renderer(t *tokenizer.Template) func([]train.Message) (prompt, full string, err error) {
	render := func(messages []train.Message, prompt bool) (string, error) {
		c := tokenizer.Chat{AddGenerationPrompt: prompt}
		for _, m := range messages {
			c.Messages = append(c.Messages, tokenizer.Message{Role: m.Role, Content: m.Content})
		}
		return t.Render(c)
	}
	return func(messages []train.Message) (prompt, full string, err error) {
		if prompt, err = render(messages[:len(messages)-1], true); err != nil {
			return "", "", err
		}
		full, err = render(messages, false)
		return prompt, full, err
	}
}

func encoder(t *tokenizer.Tokenizer) func(string) ([]int32, error) {
	return func(text string) ([]int32, error) { return t.Encode(text), nil }
}

// loop makes a training of examples of these sizes, at its beginning or where it was stopped.
func (f *trainFlags) loop(m *nn.Model, sizes []train.Size, objective train.Objective) (*train.Loop, error) {
	f.order.Examples = len(sizes)
	order, err := train.NewOrder(f.order)
	if err != nil {
		return nil, usageError{err}
	}
	batcher, err := train.NewBatcher(sizes, f.tokens)
	if err != nil {
		return nil, usageError{err}
	}
	if f.schedule.Steps, err = f.order.Steps(f.epochs); err == nil {
		f.schedule.Warmup, err = train.WarmupSteps(f.warmup, f.schedule.Steps)
	}
	if err = errors.Join(err, f.schedule.Check()); err != nil {
		return nil, usageError{err}
	}
	f.options.Shapes = batcher.Shapes()
	trainer, err := train.NewTrainer(m, f.options, objective)
	if err != nil {
		return nil, err
	}
	longest := 0
	for _, size := range sizes {
		longest = max(longest, size.Length)
	}
	f.memory = train.NeededMemory(m.Config, f.options, f.tokens, longest)
	loop := &train.Loop{Trainer: trainer, Schedule: f.schedule, Order: order, Batcher: batcher, Every: f.every}
	loop.Save = func(steps int, state map[string]*tensors.Tensor, data json.RawMessage) error {
		return checkpoint.WriteStep(f.states(), steps, checkpoint.State{Tensors: state, Data: data}, f.keep)
	}
	return loop, f.restore(loop)
}

func (f *trainFlags) states() string { return filepath.Join(f.out, "states") }

// restore goes on from the last state, if that is wanted. Without --resume no state may be there: it would be lost.
func (f *trainFlags) restore(loop *train.Loop) error {
	steps, err := checkpoint.Steps(f.states())
	if err != nil || len(steps) == 0 {
		return err
	}
	if !f.resume {
		return usagef("%s has a state after %d steps: --resume goes on from it; else name another folder, or remove it", f.out, steps[len(steps)-1])
	}
	s, err := checkpoint.ReadState(checkpoint.StepPath(f.states(), steps[len(steps)-1]))
	if err != nil {
		return err
	}
	return loop.Restore(s.Tensors, s.Data)
}

// needs says how much memory the training will take, and whether it is there.
func (f *trainFlags) needs(m *nn.Model) string {
	text := fmt.Sprintf("%d parameters; memory: %v", m.Count(), f.memory)
	if strings.HasPrefix(f.open.Device, "xla") {
		return text
	}
	free := train.AvailableMemory()
	if free > 0 && f.memory.Sum() > free {
		return text + fmt.Sprintf("; this machine has %.2f GiB: make --micro-tokens smaller, or add --checkpointing or --lora", float64(free)/(1<<30))
	}
	return text
}

// trained is where the trained model is put.
func (f *trainFlags) trained() string { return filepath.Join(f.out, "model") }

// train runs the loop and returns the figures of its last step.
func (f *trainFlags) train(a *app, cmd *cobra.Command, m *nn.Model, loop *train.Loop) (last train.Metrics, err error) {
	log, err := train.OpenLog(a.drain, f.out, loop.Trainer.Steps()+1)
	if err != nil {
		return last, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	show, err := newTrainProgress(f.progress, cmd.ErrOrStderr(), f.schedule.Steps)
	if err != nil {
		return last, err
	}
	if show.mode != "none" && show.mode != "json" {
		fmt.Fprintln(cmd.ErrOrStderr(), f.needs(m))
	}
	loop.Log = log
	loop.Tell = func(m train.Metrics) {
		last = m
		show.step(m)
	}
	err = loop.Run(a.drain)
	if errors.Is(err, context.Canceled) {
		err = suspendedError{err, checkpoint.StepPath(f.states(), loop.Trainer.Steps())}
	}
	return last, err
}
