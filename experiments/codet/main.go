// Package main asks whether filtering tests by an oracle's program is any good. In: CodeT's 100 programs and 100
// model-written test texts for each of HumanEval's problems, with HumanEval+ as the truth about programs. Out: the
// rows that filter, score and pairs accept, and tables of how often the kept tests accept a wrong program and
// reject a right one. Its one invariant: whatever judges a filter was never seen by it.
//
// HumanEval+ as tests is written first, by its own trusted programs:
//
//	python3 experiments/codet/expected.py --data ../shared/data --out DIR/expected.jsonl
//	go run ./experiments/codet -data ../shared/data -out DIR -jobs 2
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/verify"
)

// config is what the command line says.
type config struct {
	data, out string
	jobs      int
	few       int // tests a problem in the small corpus
	most      int // tests a problem in the large corpus; 0: all
	seed      string
}

func main() {
	var cfg config
	flag.StringVar(&cfg.data, "data", "../shared/data", "folder with codet, humaneval, humanevalplus and verdicts")
	flag.StringVar(&cfg.out, "out", "", "folder for the results; it holds expected.jsonl (required)")
	flag.IntVar(&cfg.jobs, "jobs", 2, "problems judged at the same time")
	flag.IntVar(&cfg.few, "few", 20, "tests a problem in the small corpus")
	flag.IntVar(&cfg.most, "most", 0, "tests a problem in the large corpus; 0: all")
	flag.StringVar(&cfg.seed, "seed", "1", "chooses the sampled oracles")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, cfg, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "codet:", err)
		os.Exit(1)
	}
}

// judge judges the programs of a job; the stages and this program share its form.
type judge = func(context.Context, verify.Job) ([]acecoder.Outcome, error)

// experiment is one run of this program.
type experiment struct {
	cfg      config
	out      io.Writer
	problems []*problem
}

func run(ctx context.Context, cfg config, out io.Writer) error {
	if cfg.out == "" {
		return fmt.Errorf("-out is required")
	}
	e := &experiment{cfg: cfg, out: out}
	begin := time.Now()
	var err error
	if e.problems, err = load(ctx, cfg.data); err != nil {
		return err
	}
	if err := e.truths(ctx); err != nil {
		return err
	}
	if err := e.tests(ctx); err != nil {
		return err
	}
	for _, c := range []corpus{{"few", cfg.few}, {"all", cfg.most}} {
		if err := e.write(c); err != nil {
			return err
		}
		if err := e.compare(ctx, c); err != nil {
			return err
		}
	}
	e.logf("everything: %s", time.Since(begin).Round(time.Second))
	return nil
}

func (e *experiment) logf(format string, args ...any) { fmt.Fprintf(e.out, format+"\n", args...) }

func (e *experiment) path(name string) string { return filepath.Join(e.cfg.out, name) }

// verifier makes a verifier with a named profile, changed by adapt where that is not nil.
func (e *experiment) verifier(ctx context.Context, profile string, adapt func(*verify.Profile)) (*verify.Verifier, error) {
	p, err := verify.ProfileByName(profile)
	if err != nil {
		return nil, err
	}
	if adapt != nil {
		adapt(&p)
	}
	return verify.New(ctx, verify.Options{Profile: p, Jobs: e.cfg.jobs, CacheSize: -1})
}

// share writes k of n with its exact interval, in per cent.
func share(k, n int) string {
	if n == 0 {
		return "–"
	}
	lo, hi := stats.Interval(k, n, 0.95)
	return fmt.Sprintf("%.1f [%.1f, %.1f]", 100*float64(k)/float64(n), 100*lo, 100*hi)
}
