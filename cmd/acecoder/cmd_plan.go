package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/pipeline"
	"github.com/acecoder/acecoder/internal/stats"
)

func newPlan(a *app) *cobra.Command {
	var f runFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "plan [FILE]",
		GroupID: "run",
		Short:   "Say what a run will ask of models and cost, before it does",
		Long: `Estimates the requests, tokens, money and time that the run has before it, without what the cache has. It reads the
seeds and asks nothing. Prompts of which all is known are counted; what answers will be long, and how many records
will go on, is what the run has seen so far, or else what the configuration expects (expect). For a sharper plan let
the run work on a few seeds first: acecoder run --limit 20.`,
		Example: `  acecoder plan
  acecoder plan code.yaml --set sample.n=8 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := f.read(args)
			if err != nil {
				return err
			}
			plan, err := pipeline.MakePlan(a.stop, cfg)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), plan)
			}
			printPlan(cmd.OutOrStdout(), plan)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

func printPlan(to io.Writer, plan *pipeline.Plan) {
	fmt.Fprintf(to, "%-8s %-16s %9s %9s %9s %14s %14s %10s %10s  %s\n", "stage", "model", "records", "requests", "cached",
		"prompt tokens", "answer tokens", "cost", "time", "by")
	for _, s := range append(plan.Stages, plan.Total) {
		by := "what is expected"
		if s.Observed {
			by = "what was seen"
		}
		fmt.Fprintf(to, "%-8s %-16s %9s %9s %9s %14s %14s %10.4f %10s  %s\n", s.Stage, s.Model, whole(s.Records), whole(s.Requests), whole(s.Cached),
			whole(s.PromptTokens), whole(s.CompletionTokens), s.Cost, (time.Duration(s.Seconds) * time.Second).String(), by)
	}
}

func whole(v float64) string { return stats.Grouped(int(v + 0.5)) }

func newReport(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "report [RUN]",
		GroupID: "run",
		Short:   "Write a run's report anew",
		Long: `Writes report.html in the run's folder: the funnel, Table 1, why records were dropped, how tests and pass rates are
spread, what models were asked and what it cost, faults, and examples to look at. It needs nothing beside it.`,
		Example: "  acecoder report runs/demo",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := runFolder(args)
			if err != nil {
				return err
			}
			path, err := pipeline.WriteReport(a.stop, folder, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
}
