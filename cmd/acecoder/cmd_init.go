package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/pipeline"
)

//go:embed run.yaml
var initialConfig []byte

func newInit(*app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "init [FOLDER]",
		GroupID: "run",
		Short:   "Write a configuration to begin with",
		Long: `Writes run.yaml, a configuration with the paper's values and a word on each, and run.schema.json, which lets an editor
check it while it is written.`,
		Example: `  acecoder init
  acecoder init my-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			schema, err := pipeline.Schema()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return fmt.Errorf("make the folder: %w", err)
			}
			for _, file := range []struct {
				name string
				data []byte
			}{{"run.yaml", initialConfig}, {"run.schema.json", schema}} {
				path := filepath.Join(folder, file.name)
				if err := writeNew(path, file.data, force || file.name != "run.yaml"); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "write over a run.yaml that is there")
	return cmd
}

// writeNew writes a file that may not be there, unless over says so.
func writeNew(path string, data []byte, over bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if over {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already; --force writes over it", path)
	}
	if err != nil {
		return fmt.Errorf("write a configuration: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write a configuration: %w", err)
	}
	return nil
}
