package verify

import (
	"context"
	"fmt"

	"github.com/acecoder/acecoder"
)

// known are programs whose verdicts are certain. They go through the same zygotes, jail and limits as every
// program after them, one of each way that leads to a verdict.
var known = []struct {
	name    string
	program string
	want    acecoder.Status
}{
	{"a right program", "def f(x):\n    return 2 * x", acecoder.Pass},
	{"the standard library", "import json, decimal, hashlib, sqlite3, asyncio, unittest, xml.etree.ElementTree, zoneinfo\n" +
		"def f(x):\n    return int(decimal.Decimal(2) * x)", acecoder.Pass},
	{"a wrong program", "def f(x):\n    return 3 * x", acecoder.Fail},
	{"an exception", "def f(x):\n    raise ValueError(x)", acecoder.Exception},
	{"no syntax", "def f(x)", acecoder.Syntax},
	{"a loop", "def f(x):\n    while True: pass", acecoder.Timeout},
	{"a missing module", "import surely_no_such_module\ndef f(x):\n    return 2 * x", acecoder.MissingDependency},
	{"an object that equals everything", "class A:\n    def __eq__(s, o): return True\ndef f(x):\n    return A()", acecoder.Fail},
	{"an early end", "import os\nos._exit(0)", acecoder.Crash},
}

var knownTests = []string{"assert f(1) == 2", "assert abs(f(2) - 4) < 1e-9"}

// selfTest judges what is known on every slot. What the sandbox breaks must never look like a program's failure.
func (v *Verifier) selfTest(ctx context.Context) error {
	job := Job{ID: "self-test", Tests: knownTests}
	want := []acecoder.Status{}
	for _, k := range known {
		job.Programs = append(job.Programs, acecoder.Program{ID: k.name, Program: k.program})
		want = append(want, k.want)
	}
	if v.python.NumPy != "" {
		job.Programs = append(job.Programs, acecoder.Program{ID: "numpy", Program: "import numpy as np\ndef f(x):\n    return np.int64(2) * x"})
		want = append(want, acecoder.Pass)
	}
	profile := v.opt.Profile
	profile.Body, profile.Test, profile.StopAtFirst = max(profile.Body, selfTestBody), min(profile.Test, selfTestLoop), false
	profile.FirstLane = 0
	for _, s := range v.all {
		c := &session{v: &Verifier{opt: Options{Profile: profile}, python: v.python, level: v.level}, s: s, job: job, entry: "f", profile: profile}
		got, err := c.judge(ctx)
		if err != nil {
			return fmt.Errorf("self-test: %w", err)
		}
		for i, o := range got {
			if o.Status != want[i] {
				return fmt.Errorf("self-test: %s is judged %q instead of %q at isolation level %s (%s); nothing is judged on this machine until that is right",
					job.Programs[i].ID, o.Status, want[i], v.level, firstMessage(o))
			}
		}
		if v.opt.Profile.StopAtFirst || len(v.all) > 1 {
			job.Programs, want = job.Programs[:1], want[:1] // the slots are alike: after the first, one program each
		}
	}
	return nil
}

// The self-test's own limits: generous where a slow machine loads modules, short where it waits for a loop.
const (
	selfTestBody = 5e9
	selfTestLoop = 1e8
)

func firstMessage(o acecoder.Outcome) string {
	for _, t := range o.Tests {
		if t.Status != acecoder.Pass {
			return t.Message
		}
	}
	return o.Message
}
