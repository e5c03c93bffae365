package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pipeline"
	"github.com/acecoder/acecoder/internal/stats"
)

func newStatus(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status [RUN]",
		GroupID: "run",
		Short:   "Say how far a run is",
		Long: `Says what each stage of a run has done and dropped, what models were asked and what it cost, and what went wrong on
the way. It may be called while the run works. RUN is a run's folder or its configuration, or
else run.yaml.

A digest stands for all rows and drops of a stage: it does not depend on their order or on time, so two runs with
the same digests have made the same.`,
		Example: `  acecoder status runs/demo
  acecoder status --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := runFolder(args)
			if err != nil {
				return err
			}
			s, err := pipeline.ReadStatus(a.stop, folder)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), s)
			}
			printStatus(cmd.OutOrStdout(), s)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

// printStatus writes a status for people.
func printStatus(to io.Writer, s *pipeline.Status) {
	fmt.Fprintf(to, "%-8s %9s %9s %9s %10s  %s\n", "stage", "seeds", "rows", "dropped", "work", "digest    why dropped")
	for _, stage := range s.Stages {
		dropped := 0
		for _, n := range stage.Drops {
			dropped += n
		}
		mark := " "
		if !stage.Complete {
			mark = "…"
		}
		fmt.Fprintf(to, "%-7s%s %9s %9s %9s %10s  %s  %s\n", stage.Name, mark, stats.Grouped(stage.Entries), stats.Grouped(stage.Rows),
			stats.Grouped(dropped), seconds(stage.Seconds), stage.Digest[:8], reasonsOf(stage.Drops))
	}
	if len(s.Usage) > 0 {
		fmt.Fprintf(to, "\n%-8s %-16s %9s %9s %9s %14s %14s %9s\n", "stage", "model", "requests", "answers", "cached", "prompt tokens", "answer tokens", "cost")
		for _, u := range s.Usage {
			fmt.Fprintf(to, "%-8s %-16s %9s %9s %9s %14s %14s %9.4f\n", u.Stage, u.Model, stats.Grouped(u.Requests), stats.Grouped(u.Answers),
				stats.Grouped(u.Cached), stats.Grouped(u.PromptTokens), stats.Grouped(u.CompletionTokens), u.Cost)
		}
	}
	for _, f := range s.Faults {
		fmt.Fprintf(to, "fault: %s, %s: %s %s times\n", f.Stage, f.Model, f.Kind, stats.Grouped(f.N))
	}
	state := "complete"
	if !s.Complete {
		state = "not complete: acecoder run goes on"
	}
	fmt.Fprintf(to, "\n%s is %s\n", s.Folder, state)
}

// reasonsOf lists why records were dropped, the most frequent first.
func reasonsOf(drops map[acecoder.DropReason]int) string {
	reasons := slices.SortedFunc(maps.Keys(drops), func(a, b acecoder.DropReason) int {
		if drops[a] != drops[b] {
			return drops[b] - drops[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var parts []string
	for _, r := range reasons {
		parts = append(parts, fmt.Sprintf("%s %s", r, stats.Grouped(drops[r])))
	}
	return strings.Join(parts, ", ")
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond).String()
}
