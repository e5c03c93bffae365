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
		Short: "Judge programs by tests, and make training data of the verdicts",
		Long: `acecoder judges untrusted Python programs by tests, in isolation, and makes training data of the verdicts:

  filter   keeps the tests that an oracle's program passes
  score    gives every program its pass rate
  pairs    makes preference pairs of programs far enough apart
  hard     chooses the problems that are worth learning from

Files are JSON Lines, plain or compressed (.gz, .zst), or Parquet; - is standard input or output.`,
		Example: `  acecoder doctor                                  # what works on this machine
  acecoder demo                                    # the whole way on a small corpus
  acecoder verify --in rows.jsonl --out verdicts.jsonl`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddGroup(&cobra.Group{ID: "stage", Title: "Stages:"}, &cobra.Group{ID: "engine", Title: "The engine:"})
	root.SetHelpTemplate(root.HelpTemplate() + exitCodes)
	root.AddCommand(newDoctor(a), newDemo(a), newVersion(), newVerify(a), newBench(a),
		newFilter(a), newScore(a), newPairs(a), newHard(a))
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
