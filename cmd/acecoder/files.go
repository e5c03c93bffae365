package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// fileFlags are the flags of every command from a file to a file.
type fileFlags struct {
	in, out string
	resume  bool
	json    bool
}

func (f *fileFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.in, "in", "i", "", "rows to read: .jsonl, .gz, .zst, .parquet, - for standard input (required)")
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "rows to write, likewise (required)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the figures as JSON on standard output")
}

func (f *fileFlags) addResume(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.resume, "resume", false,
		"go on with the unfinished output of an interrupted run; give the same input and flags")
}

// check refuses what cannot work before anything is begun.
func (f *fileFlags) check() error {
	switch {
	case f.in == "":
		return usagef("--in is missing: name a file of rows, or - for standard input")
	case f.out == "":
		return usagef("--out is missing: name a file, or - for standard output")
	case f.json && f.out == "-":
		return usagef("--json and --out - would both write to standard output")
	case f.resume && !isFile(f.out):
		return usagef("--resume: only a file can be gone on with, not %s", f.out)
	}
	return nil
}

// printJSON writes figures for machines.
func printJSON(to io.Writer, figures any) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(figures); err != nil {
		return fmt.Errorf("print the figures: %w", err)
	}
	return nil
}
