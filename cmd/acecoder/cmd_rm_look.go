package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/reward"
)

func newRMEval(a *app) *cobra.Command {
	var f rewardFlags
	var in string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "eval --model DIR --in FILE",
		Short: "Measure a reward model on pairs",
		Long: `Scores pairs and says how often the chosen text has the higher score: over all, by the pairs' margins, by length and by
subset, beside rules that look at length alone. Rows of RM-Bench, which have three texts on each side, are nine pairs each:
hard where the rejected text has more style than the chosen one, easy where it has less.

In:  pairs, as train rm reads them; also files of RewardBench ("prompt", "chosen", "rejected", "subset") and RM-Bench`,
		Example: `  acecoder rm eval --model out/rm/model --in held-out.jsonl
  acecoder rm eval --model out/rm/model --in rm-bench.json --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if in == "" {
				return usagef("--in is missing: name a file of pairs, or - for standard input")
			}
			m, reader, scorer, err := f.load(a, cmd)
			if err != nil {
				return err
			}
			pairs, err := readPairs(a.drain, cmd, in, reader)
			if err != nil {
				return err
			}
			scored, err := scorer.Pairs(a.drain, m, pairs)
			if err != nil {
				return err
			}
			figures := reward.FiguresOf(scored)
			if asJSON {
				return printJSON(cmd.OutOrStdout(), figures)
			}
			fmt.Fprint(cmd.OutOrStdout(), figures)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVarP(&in, "in", "i", "", "pairs: .jsonl, .gz, .zst, .parquet, - for standard input (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

func newRMInspect() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "inspect DIR",
		Short:   "Say what a reward model is, without loading it",
		Long:    "Says in which layout a reward model is saved, how large its head is, which form of texts it was trained on, and the mean and\ndeviation of its scores.",
		Example: "  acecoder rm inspect out/rm/model",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := reward.Inspect(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), d)
			}
			fmt.Fprint(cmd.OutOrStdout(), d)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

func newRMConvert() *cobra.Command {
	var out, layout string
	var replace bool
	cmd := &cobra.Command{
		Use:   "convert DIR --out DIR --layout LAYOUT",
		Short: "Write a reward model in another layout",
		Long: `Copies a reward model's tensors into a folder of another layout, and says what programs that read it will not find there.
Nothing is computed, so it needs little memory. The layout of the model is found out.

Layouts:
  hf            transformers' Qwen2ForSequenceClassification, for TRL, verl and vLLM: score.weight, no bias
  openrlhf      the same, with the mean and the deviation of the scores for OpenRLHF
  acecoderm     a causal model with v_head.summary.weight and v_head.summary.bias
  llamafactory  a causal model, and those two in value_head.safetensors`,
		Example: "  acecoder rm convert AceCodeRM-7B --out AceCodeRM-7B-hf --layout hf",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usagef("--out is missing: name a folder")
			}
			if err := reward.Layout(layout).Check(); err != nil {
				return usageError{err}
			}
			notes, err := reward.Convert(args[0], out, reward.Layout(layout), replace)
			if err != nil {
				return err
			}
			for _, note := range notes {
				fmt.Fprintln(cmd.OutOrStdout(), "note: "+note)
			}
			fmt.Fprintln(cmd.OutOrStdout(), out)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder to write (required)")
	cmd.Flags().StringVar(&layout, "layout", string(reward.HF), strings.Join(reward.Layouts(), ", "))
	cmd.Flags().BoolVar(&replace, "replace", false, "replace a model that is there")
	complete(cmd, "layout", reward.Layouts())
	return cmd
}
