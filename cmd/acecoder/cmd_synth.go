package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/synth"
	"github.com/acecoder/acecoder/internal/template"
	"github.com/acecoder/acecoder/internal/verify"
)

type synthFlags struct {
	stageFlags
	model  modelFlags
	engine engineFlags
	config synth.Config
	prompt string
}

func newSynth(a *app) *cobra.Command {
	f := synthFlags{config: synth.Paper(), engine: engineFlags{profile: verify.DefaultProfile}}
	cmd := &cobra.Command{
		Use:     "synth --in FILE --out FILE --url URL --model NAME",
		GroupID: "stage",
		Short:   "Have a model make a problem of each seed",
		Long: `Asks a model to rewrite each seed as a question that one function answers, with about twenty tests, and writes it as a
problem. Tests that are none, do not call the function or use more than constants are set aside with their fault; which
of the others are right, filter finds out. Answers are kept in the cache: the same command asks for nothing twice.

In:  what seed writes: {"id", "source"?, "instruction"?, "program", ...}
Out: {"id", "source", "question", "entry_point", "tests", "tests_dropped", ...}`,
		Example: `  acecoder synth --in seeds.jsonl --out problems.jsonl --url http://localhost:8000/v1 --model writer
  acecoder synth --in seeds.jsonl --out problems.jsonl --url https://api.openai.com/v1 --key-env OPENAI_API_KEY --model gpt-4o-mini`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	f.model.add(flags)
	f.engine.addPlace(cmd)
	flags.Float64Var(&f.config.Temperature, "temperature", f.config.Temperature, "of the sampling")
	flags.Float64Var(&f.config.TopP, "top-p", f.config.TopP, "likewise")
	flags.IntVar(&f.config.MaxTokens, "max-tokens", f.config.MaxTokens, "of an answer")
	flags.BoolVar(&f.config.Schema, "schema", f.config.Schema, "ask the server for JSON of the right shape; it is checked in any case")
	flags.StringVar(&f.prompt, "prompt", "", "a file in place of the built-in prompt")
	return cmd
}

func (f *synthFlags) run(a *app, cmd *cobra.Command) error {
	f.config.Model = f.model.model
	prompt, err := template.Synth(f.prompt)
	if err != nil {
		return usageError{err}
	}
	opt, err := f.engine.options()
	if err != nil {
		return err
	}
	usage := &usageTally{}
	client, cache, err := f.model.open(a.stop, usage)
	if err != nil {
		return err
	}
	defer cache.Close()
	if err := f.config.Validate(); err != nil {
		return usageError{err}
	}
	parser, err := pyast.New(a.stop, pyast.Options{Python: opt.Python, Level: opt.Level, Jobs: opt.Jobs})
	if err != nil {
		return fmt.Errorf("start the parser: %w (acecoder doctor tells more)", err)
	}
	defer parser.Close()
	stage := asking[acecoder.Seed]{
		name: synth.Stage, flags: &f.stageFlags, workers: f.model.server.Concurrency, config: f.config, usage: usage,
		input: func(r *jsonl.Reader, cmd *cobra.Command) *input[acecoder.Seed] {
			return &input[acecoder.Seed]{
				reader: r, required: []string{"id", "program"}, warn: cmd.ErrOrStderr(), id: func(s *acecoder.Seed) string { return s.ID },
			}
		},
		do: func(ctx context.Context, s acecoder.Seed) (asked, error) {
			p, drop, err := synth.Do(ctx, client.Ask, parser.Tests, s, prompt, f.config)
			return asked{s.Source, 0, p, drop}, err
		},
	}
	return stage.run(a, cmd)
}
