package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/pipeline"
	"github.com/acecoder/acecoder/internal/stats"
)

func newRecord(a *app) *cobra.Command {
	var f runFlags
	var out string
	cmd := &cobra.Command{
		Use:     "record [FILE] --out FILE",
		GroupID: "run",
		Short:   "Write all that models answered in a run to a file, to be replayed",
		Long: `Writes the requests of a run, and the answers that its cache has, as rows {"request", "answers"}. acecoder serve replay
answers them again, to a run that is made anew or to anything else that speaks OpenAI's chat completions.`,
		Example: `  acecoder record --out answers.jsonl.zst
  acecoder serve replay --answers answers.jsonl.zst`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := f.read(args)
			if err != nil {
				return err
			}
			if out == "" {
				return usagef("--out is missing: name a file")
			}
			n, err := pipeline.WriteRecording(a.stop, cfg, out)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "record: %s requests in %s\n", stats.Grouped(n), out)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVarP(&out, "out", "o", "", "the file to write: .jsonl, .gz, .zst (required)")
	return cmd
}
