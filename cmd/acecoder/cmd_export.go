package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/export"
	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/stats"
)

type exportFlags struct {
	stageFlags
	pairs       string
	format      string
	name        string
	heldOut     float64
	denominator string
	dropped     []string

	push    string
	private bool
	yes     bool
}

func newExport(a *app) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:     "export --in FILE [--pairs FILE] --format FORMAT --out FOLDER",
		GroupID: "stage",
		Short:   "Write problems or pairs as a data set for trainers and the hub",
		Long: `Writes a folder that is a data set: rows, a card (README.md) with what was counted while they were written, and a
manifest. The same input gives the same bytes. A folder that is there is replaced if it is an earlier export.

Of problems, what score writes:
  acecode        AceCode-87K: questions, tests, programs with pass rates
  trl-grpo       TRL's GRPOTrainer
  openrlhf-rl    OpenRLHF's prompts with labels
  verl           verl's train.parquet and test.parquet
Of pairs, what pairs writes; their licenses are those of the problems of --in:
  pairs          AceCodePair-300K
  trl-rm         TRL's RewardTrainer
  openrlhf-rm    OpenRLHF's reward model
  llama-factory  LLaMA-Factory's stage rm, with dataset_info.json

Tests that prompts show earn no reward: formats for reinforcement learning have them apart.

--push sends the folder to the Hugging Face hub, in one commit; without --yes it says what it would send. It needs
a token: HF_TOKEN, or that of hf auth login.`,
		Example: `  acecoder export --in scored.jsonl --format acecode --out acecode --held-out 0.005
  acecoder export --in scored.jsonl --pairs pairs.jsonl --format trl-rm --out trl-rm --dropped drops.jsonl
  acecoder export --in hard.jsonl --format verl --out verl --held-out 0.01 --push org/name --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.in, "in", "i", "", "scored problems: .jsonl, .gz, .zst, .parquet, - for standard input")
	flags.StringVar(&f.pairs, "pairs", "", "pairs, for the formats that are made of them")
	flags.StringVar(&f.format, "format", "", "the form of the data set (required)")
	flags.StringVarP(&f.out, "out", "o", "", "the folder to write (required)")
	flags.StringVar(&f.name, "name", "", "what the card calls the data set (the folder's name)")
	flags.Float64Var(&f.heldOut, "held-out", 0, "share of the problems that become the split test, by a hash of their ids")
	flags.StringVar(&f.denominator, "denominator", string(stats.Kept), "pass rates of acecode over the kept tests or over all")
	flags.StringArrayVar(&f.dropped, "dropped", nil, "what an earlier stage wrote with --drops, for the card; may be given several times")
	flags.StringVar(&f.drops, "drops", "", "write what is dropped here, and why, to this file")
	flags.Float64Var(&f.maxDrops, "max-drops", 1, "share of the problems that may be dropped; above it the exit code is 3")
	flags.BoolVar(&f.json, "json", false, "print the figures as JSON on standard output")
	flags.StringVar(&f.push, "push", "", "send the folder to this data set of the hub, org/name; without --yes only say what would be sent")
	flags.BoolVar(&f.private, "private", false, "make the data set private if --push makes it")
	flags.BoolVar(&f.yes, "yes", false, "do send it")
	var formats []string
	for _, name := range export.Formats() {
		formats = append(formats, string(name))
	}
	complete(cmd, "format", formats)
	complete(cmd, "denominator", []string{string(stats.Kept), string(stats.All)})
	return cmd
}

// check refuses what cannot work before anything is begun.
func (f *exportFlags) check() error {
	if err := f.checkFiles(); err != nil {
		return err
	}
	switch {
	case !(f.maxDrops >= 0 && f.maxDrops <= 1):
		return usagef("--max-drops: %v is not within 0 to 1", f.maxDrops)
	case !(f.heldOut >= 0 && f.heldOut < 1):
		return usagef("--held-out: %v is not at least 0 and below 1", f.heldOut)
	case !stats.Denominator(f.denominator).Valid():
		return usagef("--denominator: %q is neither kept nor all", f.denominator)
	case f.push == "" && (f.yes || f.private):
		return usagef("--yes and --private are about --push")
	}
	return nil
}

func (f *exportFlags) checkFiles() error {
	format := export.Format(f.format)
	switch {
	case !slices.Contains(export.Formats(), format):
		return usagef("--format: %q is none; --help lists them", f.format)
	case f.out == "" || f.out == "-":
		return usagef("--out is missing: name a folder")
	case !format.OfPairs() && f.in == "":
		return usagef("--in is missing: name a file of scored problems, or - for standard input")
	case !format.OfPairs() && f.pairs != "":
		return usagef("--pairs: %s is made of problems, not of pairs", format)
	case format.OfPairs() && f.pairs == "":
		return usagef("--pairs is missing: %s is made of what acecoder pairs writes", format)
	case f.in == "-" && f.pairs == "-":
		return usagef("--in and --pairs cannot both be standard input")
	case f.drops == "-" && f.json:
		return usagef("--drops -: standard output is taken")
	}
	return nil
}

// exportReport are the figures of an export.
type exportReport struct {
	Stage   string         `json:"stage"`
	Config  export.Options `json:"config"`
	Rows    int            `json:"rows"`
	BadRows int            `json:"bad_rows"`
	Drops   int            `json:"drops"`
	Set     export.Summary `json:"set"`
	Push    *hub.Pushed    `json:"push,omitempty"`
	Seconds float64        `json:"seconds"`
}

func (f *exportFlags) run(a *app, cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	r := exportReport{Stage: export.Stage, Config: export.Options{
		Format: export.Format(f.format), Name: cmp.Or(f.name, filepath.Base(filepath.Clean(f.out))), HeldOut: f.heldOut,
		Denominator: stats.Denominator(f.denominator),
	}}
	var err error
	if r.Config.Drops, err = countDrops(a.drain, f.dropped); err != nil {
		return err
	}
	p := newProgress(cmd.ErrOrStderr(), export.Stage)
	err = f.write(a, cmd, &r, p)
	r.Seconds = p.stop()
	if err != nil {
		return err
	}
	if f.push != "" && r.failure(f.maxDrops) == nil {
		if r.Push, err = f.send(a.stop, cmd.ErrOrStderr(), &r); err != nil {
			return err
		}
	}
	if f.json {
		err = printJSON(cmd.OutOrStdout(), &r)
	} else {
		r.print(cmd.ErrOrStderr())
	}
	return errors.Join(err, r.failure(f.maxDrops))
}

// write makes the folder.
func (f *exportFlags) write(a *app, cmd *cobra.Command, r *exportReport, p *progress) error {
	set, err := export.Create(f.out, r.Config)
	if err != nil {
		return err
	}
	drops, err := create(f.drops, false)
	if err == nil {
		err = drops.finish(f.put(a.drain, cmd, set, &exportSink{r, p, drops}), false)
	}
	if err != nil {
		return errors.Join(err, set.Abort())
	}
	r.Set, err = set.Close()
	return err
}

// send sends the folder to the hub, or says what it would send.
func (f *exportFlags) send(ctx context.Context, to io.Writer, r *exportReport) (*hub.Pushed, error) {
	p := hub.Push{
		Folder: r.Set.Folder, Repo: f.push, Private: f.private, Message: "Write " + r.Config.Name + " with acecoder export",
	}
	if !f.yes {
		done, err := hub.Plan(p)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(to, "export: --push %s would send these files, those of them that have changed:\n", f.push)
		for _, file := range done.Files {
			fmt.Fprintf(to, "  %s, %s bytes\n", file.Path, stats.Grouped(int(file.Size)))
		}
		fmt.Fprintln(to, "export: nothing was sent; --yes sends them")
		return &done, nil
	}
	client := hub.New(hub.Options{Tell: func(line string) { fmt.Fprintln(to, "export: "+line) }})
	done, err := client.Push(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("%w; the folder %s is complete, the same command goes on", err, f.out)
	}
	if done.Commit == "" {
		fmt.Fprintf(to, "export: %s has all of it already\n", f.push)
	}
	return &done, nil
}

// failure is what is not well with an export that is complete.
func (r *exportReport) failure(maxDrops float64) error {
	good := r.Rows - r.BadRows
	switch {
	case r.BadRows > 0:
		return badRowsError{r.BadRows, r.Rows}
	case good > 0 && float64(r.Drops) > maxDrops*float64(good):
		return dropsError{r.Drops, good, maxDrops}
	}
	return nil
}

// print writes the figures for people.
func (r *exportReport) print(to io.Writer) {
	for _, s := range r.Set.Splits {
		fmt.Fprintf(to, "%s: %s rows in %d files\n", s.Name, stats.Grouped(s.Rows), s.Files)
	}
	fmt.Fprintf(to, "export: %d rows, %d of them bad, %d dropped, as %s in %s, %s bytes, in %.1f s\n", r.Rows, r.BadRows, r.Drops,
		r.Config.Format, r.Set.Folder, stats.Grouped(int(r.Set.Bytes)), r.Seconds)
}
