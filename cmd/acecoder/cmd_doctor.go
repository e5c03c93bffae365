package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/sandbox"
)

// diagnosis is what doctor finds.
type diagnosis struct {
	OK     bool              `json:"ok"`
	Use    sandbox.Level     `json:"use,omitempty"` // the level that would be used
	Levels []sandbox.Finding `json:"levels"`
	Python *sandbox.Python   `json:"python,omitempty"`
	Error  string            `json:"error,omitempty"` // why the interpreter cannot be used
	Cores  int               `json:"cores"`           // that this process may use
	Root   bool              `json:"root"`
}

func newDoctor(a *app) *cobra.Command {
	var (
		engine engineFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: "engine",
		Short:   "Say which isolation works here, why not a stronger one, and what to change",
		Long: `Tries every isolation level with a real task, strongest first, and the interpreter that programs run under.
It exits with 1 if nothing untrusted would be run on this machine.`,
		Example: `  acecoder doctor
  acecoder doctor --json --python /opt/python3.13/bin/python3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := diagnose(a.drain, engine.python)
			if err := a.drain.Err(); err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), d); err != nil {
					return err
				}
			} else {
				d.print(cmd.OutOrStdout())
			}
			if !d.OK {
				return errors.New("nothing untrusted would be run here")
			}
			return nil
		},
	}
	engine.addPython(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	return cmd
}

// diagnose looks at the machine.
func diagnose(ctx context.Context, path string) diagnosis {
	d := diagnosis{Cores: runtime.GOMAXPROCS(0), Root: os.Getuid() == 0, Levels: []sandbox.Finding{}}
	python, err := sandbox.FindPython(ctx, path)
	if err != nil {
		d.Error = err.Error()
		return d
	}
	d.Python = &python
	for _, level := range sandbox.Levels() {
		found := sandbox.Probe(ctx, python, level)
		d.Levels = append(d.Levels, found)
		if found.Works && d.Use == "" {
			d.Use = level
		}
	}
	d.OK = d.Use != ""
	return d
}

func (d diagnosis) print(to io.Writer) {
	account := "an ordinary account"
	if d.Root {
		account = "root"
	}
	fmt.Fprintf(to, "cores      %d\naccount    %s\n", d.Cores, account)
	if d.Python == nil {
		fmt.Fprintf(to, "python     %s\n", d.Error)
	} else {
		fmt.Fprintf(to, "python     %s, version %s, numpy %s, pytest %s\n",
			d.Python.Path, d.Python.Version, orMissing(d.Python.NumPy), orMissing(d.Python.PyTest))
	}
	for _, f := range d.Levels {
		switch {
		case f.Works && f.Level == d.Use:
			fmt.Fprintf(to, "level %s    works, and is used\n", f.Level)
		case f.Works:
			fmt.Fprintf(to, "level %s    works\n", f.Level)
		default:
			fmt.Fprintf(to, "level %s    does not work: %s\n", f.Level, f.Why)
			if f.Do != "" {
				fmt.Fprintf(to, "           to change that: %s\n", f.Do)
			}
		}
	}
}

func orMissing(version string) string {
	if version == "" {
		return "not installed"
	}
	return version
}
