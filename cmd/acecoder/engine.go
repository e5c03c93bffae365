package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/verify"
)

// engineFlags are the flags of every command that judges.
type engineFlags struct {
	profile   string
	jobs      int
	isolation string
	python    string
	inProcess string
	noCache   bool
}

// inProcessModes are the values of --in-process.
var inProcessModes = []string{"auto", "only", "never"}

func (f *engineFlags) add(cmd *cobra.Command, profile string) {
	cmd.Flags().StringVar(&f.profile, "profile", profile, "rules to judge by: "+strings.Join(verify.ProfileNames(), ", "))
	f.addPlace(cmd)
	cmd.Flags().StringVar(&f.inProcess, "in-process", "auto",
		"judge tests beside the program: auto (where nothing else can), only, never")
	cmd.Flags().BoolVar(&f.noCache, "no-cache", false, "judge a program anew each time it comes")
	complete(cmd, "profile", verify.ProfileNames())
	complete(cmd, "in-process", inProcessModes)
}

// addPlace adds the flags that say where programs run and not by which rules.
func (f *engineFlags) addPlace(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.jobs, "jobs", 0, "questions judged at the same time (0: one a core)")
	cmd.Flags().StringVar(&f.isolation, "isolation", "auto", "isolation level: auto (the strongest that works), A, B, C")
	f.addPython(cmd)
	complete(cmd, "isolation", []string{"auto", "A", "B", "C"})
}

func (f *engineFlags) addPython(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.python, "python", "", "interpreter for the programs (default "+sandbox.DefaultPython+")")
}

// complete offers the values of a flag to the shell.
func complete(cmd *cobra.Command, flag string, values []string) {
	// The only error is a flag that does not exist, and the tests would show it.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// options checks the flags.
func (f *engineFlags) options() (verify.Options, error) {
	profile, err := verify.ProfileByName(f.profile)
	if err != nil {
		return verify.Options{}, usagef("--profile: %w", err)
	}
	opt := verify.Options{Profile: profile, Jobs: f.jobs, Python: f.python, InProcess: f.inProcess}
	if f.jobs < 0 {
		return opt, usagef("--jobs: %d is below 0", f.jobs)
	}
	if f.isolation != "" && f.isolation != "auto" {
		opt.Level = sandbox.Level(f.isolation)
		if !slices.Contains(sandbox.Levels(), opt.Level) {
			return opt, usagef("--isolation: %q is none of auto, A, B, C", f.isolation)
		}
	}
	if f.inProcess != "" && !slices.Contains(inProcessModes, f.inProcess) {
		return opt, usagef("--in-process: %q is none of %s", f.inProcess, strings.Join(inProcessModes, ", "))
	}
	if f.noCache {
		opt.CacheSize = -1
	}
	return opt, nil
}

// fullVectors refuses profiles under which not every test has a verdict of its own.
func fullVectors(opt verify.Options) error {
	if opt.Profile.StopAtFirst {
		return usagef("--profile: %s stops at the first failure, and this command needs a verdict for every test", opt.Profile.Name)
	}
	return nil
}

// open starts the engine. Nothing else of a command is begun before: an engine that cannot judge leaves no files.
func open(ctx context.Context, opt verify.Options) (*verify.Verifier, error) {
	v, err := verify.New(ctx, opt)
	if err != nil {
		return nil, fmt.Errorf("start the engine: %w (acecoder doctor tells more)", err)
	}
	return v, nil
}

// engineReport says by what a run was judged.
type engineReport struct {
	Profile   string        `json:"profile"`
	Isolation sandbox.Level `json:"isolation"`
	Jobs      int           `json:"jobs"`
	Python    string        `json:"python"`
}

func reportEngine(v *verify.Verifier, opt verify.Options) *engineReport {
	return &engineReport{Profile: opt.Profile.Name, Isolation: v.Level(), Jobs: v.Jobs(), Python: v.Python().Version}
}
