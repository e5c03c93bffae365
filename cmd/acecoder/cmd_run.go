package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/pipeline"
)

// runFlags are the flags of every command that takes a run's configuration.
type runFlags struct {
	set []string
	dir string
}

func (f *runFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "give a value of the configuration another one: --set sample.n=8; may be given several times")
	cmd.Flags().StringVar(&f.dir, "dir", "", "the run's folder, in place of the configuration's")
}

// read reads the configuration that the arguments name, run.yaml where they name none.
func (f *runFlags) read(args []string) (*pipeline.Config, error) {
	path := "run.yaml"
	if len(args) > 0 {
		path = args[0]
	}
	cfg, err := pipeline.Read(path, f.set...)
	if err != nil {
		return nil, usageError{err}
	}
	if f.dir != "" {
		cfg.Dir = f.dir
	}
	return cfg, nil
}

// runFolder is the folder of the run that the arguments name: the folder itself, or the configuration's. Where they name
// nothing it is the current folder, or that of run.yaml in it.
func runFolder(args []string) (string, error) {
	path := "."
	if len(args) > 0 {
		path = args[0]
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", usagef("there is no %s: name a run's folder or its configuration", path)
	case !info.IsDir():
		// The configuration it is.
	case pipeline.IsRun(path):
		return path, nil
	default:
		if _, err := os.Stat(filepath.Join(path, "run.yaml")); err != nil {
			return "", usagef("%s is no run's folder: name one, or a configuration", path)
		}
		path = filepath.Join(path, "run.yaml")
	}
	cfg, err := pipeline.Read(path)
	if err != nil {
		return "", usageError{err}
	}
	if !pipeline.IsRun(cfg.Folder()) {
		return "", fmt.Errorf("the run of %s has not begun: acecoder run %[1]s begins it", path)
	}
	return cfg.Folder(), nil
}

type runCommand struct {
	runFlags
	limit    int
	explain  bool
	retry    string
	progress string
}

func newRun(a *app) *cobra.Command {
	var f runCommand
	cmd := &cobra.Command{
		Use:     "run [FILE]",
		GroupID: "run",
		Short:   "Go the whole way from seeds to data sets, or go on with it",
		Long: `Does all that the configuration (run.yaml) says: seeds, problems, oracles, filter, programs, scores, pairs, the hard
subset, data sets and a report. Everything is kept in the run's folder as it is made, so the same command goes on
with a run that was stopped, wherever that was. A stage is done again if something that its results depend on has
changed, and what follows it too; --explain says what and why, and does nothing. Answers of models are kept beside
all runs and never paid for twice.

The first interrupt finishes what was begun, the second stops at once.`,
		Example: `  acecoder run
  acecoder run code.yaml --limit 20            # only the first seeds, to see what comes
  acecoder run --set filter.min_tests=4 --explain
  acecoder run --retry unanswered              # try again what a server failed on`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(a, cmd, args) },
	}
	f.add(cmd)
	cmd.Flags().IntVar(&f.limit, "limit", 0, "go no further than the first so many seeds (0: all)")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "say what would be done again and why, and stop")
	cmd.Flags().StringVar(&f.retry, "retry", "", "try records again that were dropped for this reason, such as unanswered")
	addProgress(cmd, &f.progress)
	return cmd
}

func (f *runCommand) run(a *app, cmd *cobra.Command, args []string) error {
	cfg, err := f.read(args)
	if err != nil {
		return err
	}
	if f.limit < 0 {
		return usagef("--limit: %d is below 0", f.limit)
	}
	show, err := newRunProgress(f.progress, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if f.explain {
		return explain(a, cmd.OutOrStdout(), cfg)
	}
	return work(a, cmd, cfg, pipeline.Options{Limit: f.limit, Retry: f.retry, Version: version}, show)
}

// work does a run and tells what it came to, complete or not.
func work(a *app, cmd *cobra.Command, cfg *pipeline.Config, opt pipeline.Options, show runProgress) error {
	r, err := pipeline.Open(a.drain, cfg, opt)
	if err != nil {
		return err
	}
	stop := show.watch(r)
	err = r.Do(a.stop, a.drain, opt)
	stop()
	if failed := r.Close(); failed != nil {
		return errors.Join(err, failed)
	}
	return errors.Join(err, tell(a, cmd, cfg.Folder()))
}

// tell writes the report and prints Table 1 and the state of the run in a folder.
func tell(a *app, cmd *cobra.Command, folder string) error {
	path, err := pipeline.WriteReport(a.stop, folder, time.Now())
	if err != nil {
		return err
	}
	table, err := pipeline.ReadTable(a.stop, folder)
	if err != nil {
		return err
	}
	s, err := pipeline.ReadStatus(a.stop, folder)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintln(out, table.Table())
	printStatus(out, s)
	fmt.Fprintf(out, "report: %s\n", path)
	return nil
}

// explain prints what a run would do again.
func explain(a *app, to io.Writer, cfg *pipeline.Config) error {
	all, err := pipeline.Explain(a.stop, cfg)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !e.Again {
			fmt.Fprintf(to, "%-8s keeps what it has: %d seeds\n", e.Stage, e.Entries)
			continue
		}
		for i, why := range e.Why {
			if i == 0 {
				fmt.Fprintf(to, "%-8s from the beginning: %s\n", e.Stage, why)
			} else {
				fmt.Fprintf(to, "%-8s                     %s\n", "", why)
			}
		}
	}
	return nil
}
