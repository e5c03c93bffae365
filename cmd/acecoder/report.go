package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/stats"
)

// report are the figures of one stage's run.
type report struct {
	Stage    string        `json:"stage"`
	Engine   *engineReport `json:"engine,omitempty"`
	Config   any           `json:"config"`
	Rows     int           `json:"rows"`
	BadRows  int           `json:"bad_rows"`
	Drops    int           `json:"drops"`
	Funnel   stats.Report  `json:"funnel"`
	Choice   any           `json:"choice,omitempty"` // the thresholds of hard
	Verdicts *tally        `json:"verdicts,omitempty"`
	Usage    *usageTally   `json:"usage,omitempty"` // of models
	Seconds  float64       `json:"seconds"`
}

// print writes the figures: for machines on standard output, or for people on standard error.
func (r *report) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), r)
	}
	to := cmd.ErrOrStderr()
	fmt.Fprint(to, r.Funnel.Table())
	if r.Verdicts != nil {
		fmt.Fprint(to, r.Verdicts.text())
	}
	if r.Usage != nil {
		fmt.Fprint(to, r.Usage.text())
	}
	fmt.Fprintf(to, "%s: %d rows, %d of them bad, %d dropped, in %.1f s\n", r.Stage, r.Rows, r.BadRows, r.Drops, r.Seconds)
	return nil
}

// stageFlags are the flags of every stage.
type stageFlags struct {
	fileFlags
	drops    string
	maxDrops float64
}

func (f *stageFlags) add(cmd *cobra.Command) {
	f.fileFlags.add(cmd)
	cmd.Flags().StringVar(&f.drops, "drops", "", "write what is dropped, and why, to this file")
	cmd.Flags().Float64Var(&f.maxDrops, "max-drops", 1, "share of the problems that may be dropped; above it the exit code is 3")
}

func (f *stageFlags) check() error {
	if err := f.fileFlags.check(); err != nil {
		return err
	}
	switch {
	case f.drops == "-" && (f.out == "-" || f.json):
		return usagef("--drops -: standard output is taken")
	case f.drops != "" && f.drops == f.out:
		return usagef("--drops and --out name the same file")
	case f.drops != "" && f.resume && !isFile(f.drops):
		return usagef("--resume: only a file can be gone on with, not %s", f.drops)
	case !(f.maxDrops >= 0 && f.maxDrops <= 1):
		return usagef("--max-drops: %v is not within 0 to 1", f.maxDrops)
	}
	return nil
}

// conclude prints the figures of a run that is complete and says whether all is well with it.
func (f *stageFlags) conclude(cmd *cobra.Command, r *report) error {
	if err := r.print(cmd, f.json); err != nil {
		return err
	}
	good := r.Rows - r.BadRows
	switch {
	case r.BadRows > 0:
		return badRowsError{r.BadRows, r.Rows}
	case good > 0 && float64(r.Drops) > f.maxDrops*float64(good):
		return dropsError{r.Drops, good, f.maxDrops}
	}
	return nil
}
