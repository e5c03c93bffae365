package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/sample"
	"github.com/acecoder/acecoder/internal/template"
)

type sampleFlags struct {
	stageFlags
	model  modelFlags
	config sample.Config
	prompt string
	as     string
}

func newSample(a *app) *cobra.Command {
	f := sampleFlags{config: sample.Paper()}
	cmd := &cobra.Command{
		Use:     "sample --in FILE --out FILE --url URL --model NAME",
		GroupID: "stage",
		Short:   "Have a model write programs for each problem",
		Long: `Asks a model for programs and adds them to each problem: as programs to be judged, or as oracles that judge the tests.
The prompt is the paper's: it shows two tests, which are marked in the problem, and begins the answer. Answers are kept
in the cache: the same command asks for nothing twice.

In:  what synth, or filter, writes: {"id", "question", "tests", ...}
Out: the same with "programs": [{"id", "model", "program"}], or "oracles"; answers that are no program in "programs_dropped"`,
		Example: `  acecoder sample --in problems.jsonl --out judged.jsonl --as oracles --url http://localhost:8000/v1 --model strong
  acecoder sample --in filtered.jsonl --out sampled.jsonl --url http://localhost:8000/v1 --model policy --n 16`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	f.model.add(flags)
	flags.StringVar(&f.as, "as", "programs", "what the programs are: programs, or oracles (one each, at temperature 0, unless said otherwise)")
	flags.IntVar(&f.config.N, "n", f.config.N, "programs a problem")
	flags.Float64Var(&f.config.Temperature, "temperature", f.config.Temperature, "of the sampling")
	flags.Float64Var(&f.config.TopP, "top-p", f.config.TopP, "likewise")
	flags.IntVar(&f.config.MaxTokens, "max-tokens", f.config.MaxTokens, "of an answer")
	flags.IntVar(&f.config.Shown, "shown", f.config.Shown, "tests that the prompt shows, where the problem does not say which")
	flags.StringVar(&f.prompt, "prompt", "", "a file in place of the built-in prompt")
	complete(cmd, "as", roles)
	return cmd
}

func (f *sampleFlags) run(a *app, cmd *cobra.Command) error {
	if !validRole(f.as) {
		return usagef("--as: %q is neither programs nor oracles", f.as)
	}
	if f.as == "oracles" {
		oracle := sample.Oracle()
		for name, value := range map[string]func(){
			"n":           func() { f.config.N = oracle.N },
			"temperature": func() { f.config.Temperature = oracle.Temperature },
		} {
			if !cmd.Flags().Changed(name) {
				value()
			}
		}
	}
	f.config.Model = f.model.model
	prompt, err := template.Sample(f.prompt)
	if err != nil {
		return usageError{err}
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
	stage := asking[acecoder.Problem]{
		name: sample.Stage, flags: &f.stageFlags, workers: f.model.server.Concurrency, config: f.config, usage: usage,
		input: func(r *jsonl.Reader, cmd *cobra.Command) *input[acecoder.Problem] {
			return problemInput(r, cmd.ErrOrStderr(), "question")
		},
		do: func(ctx context.Context, p acecoder.Problem) (asked, error) {
			if f.as == "oracles" {
				after, err := sample.Oracles(ctx, client.Ask, p, prompt, f.config)
				return asked{p.Source, len(p.Tests), after, nil}, err
			}
			after, drop, err := sample.Do(ctx, client.Ask, p, prompt, f.config)
			return asked{p.Source, len(p.Tests), after, drop}, err
		},
	}
	return stage.run(a, cmd)
}
