package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/demo"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pipeline"
)

type demoFlags struct {
	dir       string
	jobs      int
	isolation string
	python    string
	progress  string
}

func newDemo(a *app) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:     "demo",
		GroupID: "run",
		Short:   "Go the whole way on a small corpus, with recorded answers",
		Long: `Makes a run of 66 seeds that are part of the program: problems, oracles, filter, programs, scores, pairs, data sets and
a report. The answers of the models are recorded ones and come from a server that this command starts; the client that
asks it is the one of every run. They were written for this purpose, or made of written ones by mutation, with the
mistakes, loops, crashes and cheats of real ones. It needs no key and no network. The same command goes on with a run
that was stopped; the folder has the configuration, demo.yaml, to play with.`,
		Example: `  acecoder demo
  acecoder demo --dir /tmp/demo
  acecoder status runs/demo`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", filepath.Join("runs", "demo"), "the run's folder")
	flags.IntVar(&f.jobs, "jobs", 0, "questions judged at the same time (0: one a core)")
	flags.StringVar(&f.isolation, "isolation", "auto", "isolation level: auto (the strongest that works), A, B, C")
	flags.StringVar(&f.python, "python", "", "interpreter for the programs")
	complete(cmd, "isolation", []string{"auto", "A", "B", "C"})
	addProgress(cmd, &f.progress)
	return cmd
}

func (f *demoFlags) run(a *app, cmd *cobra.Command) error {
	show, err := newRunProgress(f.progress, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	rec, err := llm.ReadRecording(bytes.NewReader(demo.Recorded()), "the demo's answers")
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(a.stop)
	defer end()
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- serve(ctx, "127.0.0.1:0", llm.NewReplayServer(rec), func(url string) { urls <- url + "/v1" })
	}()
	select {
	case err := <-ended:
		return err
	case url := <-urls:
		err = f.work(a, cmd, url, show)
	}
	end()
	return errors.Join(err, <-ended)
}

// work makes the folder and does the run.
func (f *demoFlags) work(a *app, cmd *cobra.Command, url string, show runProgress) error {
	path, err := layDemo(f.dir)
	if err != nil {
		return err
	}
	cfg, err := pipeline.Read(path)
	if err != nil {
		return err
	}
	f.apply(cfg, url)
	return work(a, cmd, cfg, pipeline.Options{Version: version}, show)
}

// apply puts the demo's places into its configuration: the folder, and the server's address, which is another each time.
func (f *demoFlags) apply(cfg *pipeline.Config, url string) {
	cfg.Dir = f.dir
	cfg.Cache = filepath.Join(f.dir, "cache")
	e := cfg.Endpoints["replay"]
	e.URL = url
	cfg.Endpoints["replay"] = e
	cfg.Engine = pipeline.Engine{Jobs: f.jobs, Isolation: f.isolation, Python: f.python}
}

// layDemo writes the demo's seeds, benchmark and configuration into a folder, where they are not there yet, and returns
// the path of the configuration.
func layDemo(folder string) (config string, err error) {
	if err := os.MkdirAll(filepath.Join(folder, "seeds"), 0o777); err != nil {
		return "", fmt.Errorf("make the demo's folder: %w", err)
	}
	files := map[string][]byte{"demo.yaml": demo.Config(), "benchmark.jsonl": demo.Benchmark(), "answers.jsonl.zst": demo.Recorded()}
	for _, name := range []string{"evol.jsonl", "oss.jsonl", "stack.jsonl"} {
		if files["seeds/"+name], err = fs.ReadFile(demo.Seeds(), name); err != nil {
			return "", err
		}
	}
	for name, data := range files {
		err := writeNew(filepath.Join(folder, name), data, false)
		if _, there := errors.AsType[usageError](err); err != nil && !there {
			return "", err
		}
	}
	return filepath.Join(folder, "demo.yaml"), nil
}
