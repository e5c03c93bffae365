package main

import (
	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/pipeline"
)

func newRows(a *app) *cobra.Command {
	var stage, out string
	var drops bool
	cmd := &cobra.Command{
		Use:     "rows [RUN] --stage STAGE --out FILE",
		GroupID: "run",
		Short:   "Write what a stage of a run has made to a file of rows",
		Long: `Writes the seeds, problems or pairs that a stage of a run has made, in the order of the seeds, as the commands of the
stages read and write them: what a run has begun can be gone on with by hand. It may be called while the run works.

Stages: seed, synth, oracle, filter, sample, score, pairs, hard.`,
		Example: `  acecoder rows runs/demo --stage score --out scored.jsonl
  acecoder rows runs/demo --stage filter --drops --out -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if stage == "" || out == "" {
				return usagef("--stage and --out are missing: name a stage and a file")
			}
			folder, err := runFolder(args)
			if err != nil {
				return err
			}
			to, err := create(out, false)
			if err != nil {
				return err
			}
			for row, err := range pipeline.ReadRows(a.drain, folder, stage, drops) {
				if err == nil {
					err = to.put(row)
				}
				if err != nil {
					return to.finish(err, false)
				}
			}
			return to.finish(nil, false)
		},
	}
	cmd.Flags().StringVar(&stage, "stage", "", "the stage (required)")
	cmd.Flags().StringVarP(&out, "out", "o", "", "rows to write: .jsonl, .gz, .zst, .parquet, - for standard output (required)")
	cmd.Flags().BoolVar(&drops, "drops", false, "write what it dropped, and why, instead")
	complete(cmd, "stage", pipeline.Stages())
	return cmd
}
