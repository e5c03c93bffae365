package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// app is what the commands share.
type app struct {
	drain   context.Context // ends at the first interrupt: read no further, finish what is in flight
	stop    context.Context // ends at the second: drop everything
	started bool            // a command's own code has begun, so what goes wrong now is no usage error
}

// newApp listens for interrupts until end is called.
func newApp() (a *app, end func()) {
	stop, stopNow := context.WithCancel(context.Background())
	drain, drainNow := context.WithCancel(stop)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-ended:
			return
		}
		fmt.Fprintln(os.Stderr, "acecoder: finishing what has begun; once more stops at once")
		drainNow()
		select {
		case <-signals:
			signal.Stop(signals) // a third one kills
			stopNow()
		case <-ended:
		}
	}()
	return &app{drain: drain, stop: stop}, func() {
		signal.Stop(signals)
		close(ended)
		stopNow()
	}
}

// newRoot builds the tree of commands.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "acecoder",
		Short: "Make verified coding problems and preference pairs of source code",
		Long: `acecoder makes training data for models that write code: of existing code, problems with tests; of programs that models
write for them, judged in isolation, pass rates and preference pairs.

The whole way is a run: a configuration, one command that can be stopped and gone on with, a report. Each of its stages
is also a command from a file to a file, JSON Lines, plain or compressed (.gz, .zst), or Parquet; - is standard input or
output.`,
		Example: `  acecoder doctor                                  # what works on this machine
  acecoder demo                                    # the whole way on a small corpus
  acecoder init && acecoder plan && acecoder run   # the whole way on yours
  acecoder verify --in rows.jsonl --out verdicts.jsonl`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddGroup(&cobra.Group{ID: "run", Title: "The whole way, as a run:"}, &cobra.Group{ID: "stage", Title: "Stages:"}, &cobra.Group{ID: "model", Title: "Models:"}, &cobra.Group{ID: "engine", Title: "The engine:"})
	root.SetHelpTemplate(root.HelpTemplate() + exitCodes)
	root.AddCommand(newDoctor(a), newDemo(a), newVersion(), newVerify(a), newBench(a),
		newFilter(a), newScore(a), newPairs(a), newHard(a), newBestof(a), newExport(a), newSeed(a), newSynth(a), newSample(a),
		newInit(a), newPlan(a), newRun(a), newStatus(a), newReport(a), newRecord(a), newRows(a), newServe(a), newTrain(a), newRM(a))
	a.watch(root)
	return root
}

// watch notes when a command's own code begins: all that fails before is a mistake in the command line.
func (a *app) watch(cmd *cobra.Command) {
	if body := cmd.RunE; body != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.started = true
			return body(cmd, args)
		}
	}
	for _, child := range cmd.Commands() {
		a.watch(child)
	}
}
