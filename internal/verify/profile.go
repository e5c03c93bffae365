package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// Profile is a set of rules to judge by. All times are CPU time unless they say otherwise.
type Profile struct {
	Name string
	Doc  string

	Body         time.Duration // the program's body, prelude and setup
	Test         time.Duration // one test
	AfterTimeout time.Duration // one test of a program that has already gone over Test once; 0: as Test
	Program      time.Duration // everything together
	Memory       sandbox.Size  // address space above the interpreter's own

	// Import is added to Body for a program that imports modules which are not preloaded: their loading is
	// not the program's work, and a tight limit would call it a timeout.
	Import time.Duration

	StopAtFirst   bool // binary reward: tests after the first that does not pass are not run
	ProblemLimits bool // a problem's own calibrated limits replace Body and Test

	// FirstLane is how long a test may run in the first of two lanes. What is still running then is run anew,
	// by the limits above, after its neighbours: it schedules and never decides.
	FirstLane time.Duration
}

// profiles are the rules by name. Sources: AceCoder's evaluator and label runs, HumanEval's, MBPP's and EvalPlus's
// published harnesses, as far as their limits go; those limit wall-clock time, these CPU time.
var profiles = map[string]Profile{
	"acecoder": {
		Doc:  "AceCoder's evaluator: 4 s a test, 15 s a program, 4 GiB",
		Body: 15 * time.Second, Test: 4 * time.Second, AfterTimeout: 100 * time.Millisecond, Program: 15 * time.Second,
		Memory: 4 * sandbox.GiB, FirstLane: 50 * time.Millisecond,
	},
	"acecoder-labels": {
		Doc:  "the published label runs of sampled programs: 0.2 s, full vectors",
		Body: 200 * time.Millisecond, Test: 200 * time.Millisecond, AfterTimeout: 20 * time.Millisecond,
		// Far above what tests that each keep to their limit add up to: a limit that is hardly ever met hardly ever
		// makes a verdict depend on a millisecond.
		Program: 3 * time.Second, Memory: 512 * sandbox.MiB, Import: 500 * time.Millisecond, FirstLane: 20 * time.Millisecond,
	},
	"acecoder-labels-oracle": {
		Doc:  "the published label runs of the oracle's programs: 0.8 s, full vectors",
		Body: 800 * time.Millisecond, Test: 800 * time.Millisecond, AfterTimeout: 80 * time.Millisecond,
		Program: 4 * time.Second, Memory: 512 * sandbox.MiB, Import: 500 * time.Millisecond, FirstLane: 20 * time.Millisecond,
	},
	"reward": {
		Doc:  "binary reward: stops at the first failure, 50 ms a test or the problem's own limits",
		Body: 50 * time.Millisecond, Test: 50 * time.Millisecond, Program: 10 * time.Second,
		Memory: 512 * sandbox.MiB, Import: 500 * time.Millisecond, StopAtFirst: true, ProblemLimits: true,
		FirstLane: 50 * time.Millisecond,
	},
	"humaneval": {
		Doc:  "HumanEval: 3 s a program",
		Body: 3 * time.Second, Test: 3 * time.Second, AfterTimeout: 100 * time.Millisecond, Program: 3 * time.Second,
		Memory: 2 * sandbox.GiB, FirstLane: 50 * time.Millisecond,
	},
	"mbpp": {
		Doc:  "MBPP: 3 s a program",
		Body: 3 * time.Second, Test: 3 * time.Second, AfterTimeout: 100 * time.Millisecond, Program: 3 * time.Second,
		Memory: 2 * sandbox.GiB, FirstLane: 50 * time.Millisecond,
	},
	"evalplus": {
		Doc:  "EvalPlus: 4 s an input, 60 s a program, 4 GiB",
		Body: 60 * time.Second, Test: 4 * time.Second, AfterTimeout: 200 * time.Millisecond, Program: 60 * time.Second,
		Memory: 4 * sandbox.GiB, FirstLane: 50 * time.Millisecond,
	},
	"bigcodebench": {
		Doc:  "BigCodeBench: 240 s a program, 30 GiB",
		Body: 240 * time.Second, Test: 240 * time.Second, AfterTimeout: time.Second, Program: 240 * time.Second,
		Memory: 30 * sandbox.GiB, FirstLane: time.Second,
	},
	"livecodebench": {
		Doc:  "LiveCodeBench: 6 s a test, stops at the first failure",
		Body: 6 * time.Second, Test: 6 * time.Second, Program: 5 * time.Minute, Memory: 4 * sandbox.GiB,
		StopAtFirst: true, FirstLane: 50 * time.Millisecond,
	},
	"pytest": {
		Doc:  "whole files of pytest or unittest tests: 10 s a file",
		Body: 10 * time.Second, Test: 10 * time.Second, AfterTimeout: time.Second, Program: 30 * time.Second,
		Memory: 2 * sandbox.GiB, FirstLane: 10 * time.Second,
	},
}

// DefaultProfile is the profile that is used when none is named.
const DefaultProfile = "acecoder"

// ProfileByName returns a profile.
func ProfileByName(name string) (Profile, error) {
	if name == "" {
		name = DefaultProfile
	}
	p, ok := profiles[name]
	if !ok {
		return Profile{}, fmt.Errorf("profile %q is not known; there are %s", name, strings.Join(ProfileNames(), ", "))
	}
	p.Name = name
	return p, nil
}

// ProfileNames returns the names of all profiles, sorted.
func ProfileNames() []string { return slices.Sorted(maps.Keys(profiles)) }

// forJob is the profile with a problem's own limits, where the profile honours them.
func (p Profile) forJob(l *acecoder.Limits) Profile {
	if l == nil || !p.ProblemLimits {
		return p
	}
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	p.Body, p.Test = max(p.Body, ms(l.BodyMS)), max(p.Test, ms(l.TestMS))
	p.Program = max(p.Program, p.Body+p.Test)
	return p
}

// wall is the safety net for what sleeps: far above what the CPU limit allows.
func (p Profile) wall() time.Duration { return max(2*time.Second, 10*p.Test) }

// firstLane is the limit of all calls together in a program's first, quick run.
func (p Profile) firstLane() time.Duration {
	if p.FirstLane == 0 || p.Test <= 3*p.FirstLane {
		return p.Test // a second run would cost more than it saves
	}
	return p.FirstLane
}

// afterTimeout is the limit of a test once the program has gone over its limit.
func (p Profile) afterTimeout() time.Duration {
	if p.AfterTimeout == 0 {
		return p.Test
	}
	return min(p.AfterTimeout, p.Test)
}
