package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/seed"
	"github.com/acecoder/acecoder/internal/verify"
)

type seedFlags struct {
	stageFlags
	engine engineFlags

	ins       []string
	shape     string
	columns   map[string]string
	source    string
	published bool
	keepPrint bool
	min, max  int
	near      float64

	benchmarks       []string
	benchmarkColumns map[string]string
	overlap          seed.Overlap
	evidence         string
}

func newSeed(a *app) *cobra.Command {
	f := seedFlags{overlap: seed.DefaultOverlap(), engine: engineFlags{profile: verify.DefaultProfile}}
	cmd := &cobra.Command{
		Use:     "seed --in FILE|FOLDER --out FILE",
		GroupID: "stage",
		Short:   "Make seeds of instruction sets, functions and source code",
		Long: `Takes Python programs with a function or a class out of published sets, or documented functions out of a folder of
source code, without the statements that only print. Of programs that are alike the first stays; what overlaps with a
benchmark is dropped. An input is a file of rows, - for standard input, a folder, or hf:org/name for a data set of the
Hugging Face hub; several are read in their order.

Shapes, recognized by their columns:
  oss-instruct     lang, instruction, response; or lang, problem, solution
  evol-instruct    instruction, output; or instruction, response
  alpaca           instruction, input, output
  stack-functions  content
  functions        source, docstring, imports
  seeds            what this command writes
  acecode          AceCode-87K: problems come out
  acecode-pair     AceCodePair-300K: pairs without scores come out
  map              anything else, with --map instruction=COLUMN,program=COLUMN or answer=COLUMN

Benchmarks are the files of HumanEval, MBPP, those of EvalPlus, BigCodeBench, rows like LiveCodeBench's or APPS's, or any
rows with --benchmark-map text=COLUMN,code=COLUMN.

Out: {"id", "source", "instruction", "program", "origin", "license"}`,
		Example: `  acecoder seed --in evol.jsonl --out seeds.jsonl --drops drops.jsonl
  acecoder seed --in oss.jsonl --in ~/src/project --out seeds.jsonl --benchmark HumanEval.jsonl.gz --benchmark mbpp.jsonl
  acecoder seed --in rows.parquet --map instruction=prompt,answer=reply --source mine --out seeds.jsonl
  acecoder seed --in hf:ise-uiuc/Magicoder-OSS-Instruct-75K-Instruction-Response --out seeds.jsonl --published`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	f.addFlags(cmd, cmd.Flags())
	return cmd
}

func (f *seedFlags) addFlags(cmd *cobra.Command, flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.ins, "in", "i", nil, "what to read; may be given several times (required)")
	flags.StringVarP(&f.out, "out", "o", "", "rows to write: .jsonl, .gz, .zst, .parquet, - for standard output (required)")
	flags.StringVar(&f.shape, "shape", "auto", "what the rows look like")
	flags.StringToStringVar(&f.columns, "map", nil, "the columns of rows of another shape: instruction=…,program=…,id=…,license=…,lang=…")
	flags.StringVar(&f.source, "source", "", "the source of the seeds (default: the set's usual name, else that of the file or folder)")
	flags.BoolVar(&f.published, "published", false, "the rules as the published code ran them, which differ by shape")
	flags.BoolVar(&f.keepPrint, "keep-prints", false, "leave the prints in")
	flags.IntVar(&f.min, "min-length", 0, "fewest characters of a program (published: 101 for functions)")
	flags.IntVar(&f.max, "max-length", 0, "most characters of a program (0: no bound)")
	flags.Float64Var(&f.near, "near", seed.DefaultNear, "similarity from which on programs are near duplicates (0: only exact ones count)")
	flags.StringArrayVar(&f.benchmarks, "benchmark", nil, "a benchmark's file, or hf:…, that no seed may overlap with; may be given several times")
	flags.StringToStringVar(&f.benchmarkColumns, "benchmark-map", nil, "the columns of benchmarks of another form: text=…,code=…,id=…,entry=…")
	flags.IntVar(&f.overlap.Words, "ngram", f.overlap.Words, "words in a row that are compared with the benchmarks")
	flags.StringVar(&f.evidence, "evidence", "", "write with what seeds overlap to this file")
	flags.StringVar(&f.drops, "drops", "", "write what is dropped, and why, to this file")
	flags.Float64Var(&f.maxDrops, "max-drops", 1, "share of the rows that may be dropped; above it the exit code is 3")
	flags.BoolVar(&f.json, "json", false, "print the figures as JSON on standard output")
	f.engine.addPlace(cmd)
	shapes := []string{"auto"}
	for _, shape := range seed.Shapes() {
		shapes = append(shapes, string(shape))
	}
	complete(cmd, "shape", shapes)
}

// check refuses what cannot work before anything is begun, and returns the columns of --map.
func (f *seedFlags) check(flags *pflag.FlagSet) (seed.Fields, error) {
	f.in = strings.Join(f.ins, " ") // that there is one is asked below
	if err := f.stageFlags.check(); err != nil {
		return seed.Fields{}, err
	}
	if !(f.near >= 0 && f.near <= 1) {
		return seed.Fields{}, usagef("--near: %v is not within 0 to 1", f.near)
	}
	if err := f.checkBenchmarks(); err != nil {
		return seed.Fields{}, err
	}
	fields, err := f.checkShape()
	if err != nil {
		return fields, err
	}
	if err := f.rules(flags)(seed.Shape(f.shape)).Validate(); err != nil {
		return fields, usageError{err}
	}
	return fields, nil
}

func (f *seedFlags) checkBenchmarks() error {
	switch {
	case f.evidence != "" && len(f.benchmarks) == 0:
		return usagef("--evidence is about --benchmark")
	case f.evidence != "" && (f.evidence == f.out || f.evidence == f.drops):
		return usagef("--evidence names the file of another output")
	}
	if err := f.overlap.Validate(); err != nil {
		return usageError{err}
	}
	return nil
}

// checkShape makes auto the empty shape, and --map the shape map.
func (f *seedFlags) checkShape() (seed.Fields, error) {
	if f.shape == "auto" {
		f.shape = ""
	}
	if f.columns != nil && f.shape == "" {
		f.shape = string(seed.Mapped)
	}
	switch {
	case f.shape != "" && !slices.Contains(seed.Shapes(), seed.Shape(f.shape)):
		return seed.Fields{}, usagef("--shape: %q is none of auto, %v", f.shape, seed.Shapes())
	case (f.shape == string(seed.Mapped)) != (f.columns != nil):
		return seed.Fields{}, usagef("--shape map and --map go together")
	case f.columns == nil:
		return seed.Fields{}, nil
	}
	fields, err := seed.ParseMap(f.columns)
	if err != nil {
		return fields, usagef("--map: %w", err)
	}
	return fields, nil
}

// rules are the named rules with the flags that were given.
func (f *seedFlags) rules(flags *pflag.FlagSet) func(seed.Shape) seed.Rules {
	return func(shape seed.Shape) seed.Rules {
		r := seed.Paper()
		if f.published {
			r = seed.Published(shape)
		}
		set(flags, "min-length", &r.MinLength, f.min)
		set(flags, "max-length", &r.MaxLength, f.max)
		if f.keepPrint {
			r.Prints = seed.Keep
		}
		return r
	}
}

func (f *seedFlags) run(a *app, cmd *cobra.Command) error {
	fields, err := f.check(cmd.Flags())
	if err != nil {
		return err
	}
	opt, err := f.engine.options()
	if err != nil {
		return err
	}
	inputs, err := f.inputs(a.drain, cmd, fields)
	if err != nil {
		return err
	}
	parser, err := pyast.New(a.stop, pyast.Options{Python: opt.Python, Level: opt.Level, Jobs: opt.Jobs})
	if err != nil {
		return fmt.Errorf("start the parser: %w (acecoder doctor tells more)", err)
	}
	defer parser.Close()
	maker := seed.Maker{Inspect: parser.Inspect, Functions: parser.Functions, Rules: f.rules(cmd.Flags())}
	if maker.Benchmarks, err = f.readBenchmarks(a.drain, cmd, parser.Inspect); err != nil {
		return err
	}
	return f.write(a, cmd, inputs, maker)
}

// inputs returns what to read; data sets of the hub are fetched.
func (f *seedFlags) inputs(ctx context.Context, cmd *cobra.Command, fields seed.Fields) ([]seed.Input, error) {
	var inputs []seed.Input
	for _, in := range f.ins {
		paths, err := localPaths(ctx, cmd, in)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			inputs = append(inputs, seed.Input{Path: path, Shape: seed.Shape(f.shape), Source: f.source, Fields: fields})
		}
	}
	return inputs, nil
}

// localPaths is a path as it is, and what the hub has as files of its cache.
func localPaths(ctx context.Context, cmd *cobra.Command, path string) ([]string, error) {
	if !hub.IsRef(path) {
		return []string{path}, nil
	}
	ref, err := hub.ParseRef(path)
	if err != nil {
		return nil, usageError{err}
	}
	client := hub.New(hub.Options{Tell: func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) }})
	return client.DatasetFiles(ctx, ref)
}

// readBenchmarks returns the index of the benchmarks, or nil where there are none.
func (f *seedFlags) readBenchmarks(ctx context.Context, cmd *cobra.Command, inspect seed.Inspect) (*seed.Benchmarks, error) {
	if len(f.benchmarks) == 0 {
		return nil, nil
	}
	var tasks []seed.Task
	for _, name := range f.benchmarks {
		paths, err := localPaths(ctx, cmd, name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			more, err := seed.ReadBenchmark(ctx, path, f.benchmarkColumns)
			if err != nil {
				return nil, err
			}
			tasks = append(tasks, more...)
		}
	}
	if len(tasks) == 0 {
		return nil, errors.New("the benchmarks have no tasks")
	}
	return seed.NewBenchmarks(ctx, inspect, tasks, f.overlap)
}
