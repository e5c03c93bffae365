package verify

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pycode"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// session is one job on one slot.
type session struct {
	v       *Verifier
	s       *slot
	job     Job
	entry   string
	profile Profile
	plans   *plans
}

// trial is one program on its way to its verdicts.
type trial struct {
	source   string
	code     []byte // the program compiled, by marshal; nil: its own process compiles it
	flavour  flavour
	body     time.Duration // limit of the body, imports allowed for
	calls    []callResult
	verdicts []acecoder.Verdict
	done     []bool // by test
	cpu      time.Duration
	message  string
	cheat    bool

	// The next run: first the quick one, in which calls leave their results together and all have the first
	// lane's time at most; what that does not settle is run anew with care.
	quick  bool
	first  int           // the call, or test, that the run starts with
	part   time.Duration // the limit of a call
	reruns int
}

// maxReruns bounds how often a program that keeps dying is started again for the tests after the one it died in.
const maxReruns = 3

func (c *session) judge(ctx context.Context) ([]acecoder.Outcome, error) {
	out := make([]acecoder.Outcome, len(c.job.Programs))
	var trials []*trial
	where := map[string]int{}               // program text -> index in trials: identical programs are run once
	use := make([]int, len(c.job.Programs)) // -1: from the cache
	var keys []cacheKey
	if c.v.cache != nil {
		keys = c.keys()
	}
	for i, p := range c.job.Programs {
		if keys != nil {
			if o, ok := c.v.cache.get(keys[i]); ok {
				out[i], use[i] = o, -1
				continue
			}
		}
		at, ok := where[p.Program]
		if !ok || c.v.cache == nil {
			at = len(trials)
			where[p.Program] = at
			trials = append(trials, c.newTrial(p.Program))
		}
		use[i] = at
	}
	if len(trials) > 0 {
		if err := c.run(ctx, trials); err != nil {
			return nil, err
		}
	}
	for i, p := range c.job.Programs {
		if use[i] >= 0 {
			out[i] = c.outcome(trials[use[i]])
			if keys != nil {
				c.v.cache.put(keys[i], out[i])
			}
		}
		out[i].ID = p.ID
		out[i].Tests = slices.Clone(out[i].Tests)
	}
	return out, nil
}

func (c *session) newTrial(source string) *trial {
	t := &trial{
		source: source, body: c.profile.Body, part: c.profile.Test,
		verdicts: make([]acecoder.Verdict, len(c.job.Tests)), done: make([]bool, len(c.job.Tests)),
	}
	if !utf8.ValidString(source) {
		t.message = "the program is not UTF-8"
		t.source = ""
		t.giveRest(t.open(), acecoder.Verdict{Status: acecoder.Syntax, Trust: acecoder.TrustValue, Message: t.message})
		return t
	}
	for _, name := range pycode.Imports(source) {
		if name == "numpy" && c.v.python.NumPy != "" {
			t.flavour = numeric
		} else if !slices.Contains(preload, name) {
			t.body = max(t.body, c.profile.Body+c.profile.Import)
		}
	}
	return t
}

// run judges the trials: by value what can be, then by the oracle, then in process.
func (c *session) run(ctx context.Context, trials []*trial) error {
	if c.v.opt.InProcess == "only" {
		return c.allInProcess(ctx, trials)
	}
	var err error
	if c.plans, err = c.s.split(ctx, c.job.Tests, c.entry); err != nil {
		return err
	}
	for _, t := range trials {
		c.settle(t)
	}
	if err := c.compile(ctx, trials); err != nil {
		return err
	}
	if c.plans.n > 0 {
		if err := c.byValue(ctx, trials); err != nil {
			return err
		}
	}
	for _, t := range trials {
		rest := t.open()
		if len(rest) == 0 || (c.profile.StopAtFirst && t.failed()) {
			continue
		}
		if err := c.byOracle(ctx, t, rest); err != nil {
			return err
		}
	}
	if c.profile.StopAtFirst {
		for _, t := range trials {
			t.stop()
		}
	}
	return nil
}

func (c *session) allInProcess(ctx context.Context, trials []*trial) error {
	for _, t := range trials {
		if err := c.inProcess(ctx, t, t.open()); err != nil {
			return err
		}
	}
	return nil
}

// settle gives the verdicts that need no run: a test that does not compile or says nothing.
func (c *session) settle(t *trial) {
	for i, p := range c.plans.tests {
		switch p.kind {
		case "syntax":
			t.give(i, acecoder.Verdict{Status: acecoder.Syntax, Trust: acecoder.TrustValue, Message: "the test: " + p.detail})
		case "empty":
			t.give(i, acecoder.Verdict{Status: acecoder.Fail, Trust: acecoder.TrustValue, Message: "the test is empty"})
		}
	}
}

func (t *trial) give(i int, v acecoder.Verdict) { t.verdicts[i], t.done[i] = v, true }

// giveRest gives every test that has no verdict yet the same one.
func (t *trial) giveRest(tests []int, v acecoder.Verdict) {
	for _, i := range tests {
		if !t.done[i] {
			t.give(i, v)
		}
	}
}

// open lists the tests without a verdict.
func (t *trial) open() []int {
	var out []int
	for i, done := range t.done {
		if !done {
			out = append(out, i)
		}
	}
	return out
}

func (t *trial) failed() bool {
	for i, done := range t.done {
		if done && t.verdicts[i].Status != acecoder.Pass {
			return true
		}
	}
	return false
}

// stop makes the vector that of a run which stops at its first failure, whatever was run beyond it: tests after
// the first that did not pass are not run, and neither is one that was left out because a later one had failed.
func (t *trial) stop() {
	failed := false
	for i := range t.verdicts {
		if failed || !t.done[i] {
			t.give(i, acecoder.Verdict{Status: acecoder.NotRun, Trust: acecoder.TrustValue})
			continue
		}
		failed = t.verdicts[i].Status != acecoder.Pass
	}
}

func (c *session) outcome(t *trial) acecoder.Outcome {
	o := acecoder.Outcome{CPUMS: milliseconds(t.cpu), Message: t.message, Tests: t.verdicts, CheatSuspected: t.cheat}
	o.Summarize()
	if o.Status != acecoder.Pass && suspicious(t.source) {
		o.CheatSuspected = true
	}
	return o
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// common is the part of a request that all programs of the job share.
func (c *session) common(mode string, payload func([]byte) []byte) []byte {
	b := marshal.Tuple(nil, 5)
	b = marshal.Str(b, mode)
	b = marshal.Str(b, c.job.Prelude)
	b = marshal.Str(b, c.job.Setup)
	b = marshal.Str(b, c.entry)
	return payload(b)
}

// task is the part of a request that is one program's.
func (c *session) task(t *trial, stop bool) []byte {
	b := marshal.Tuple(make([]byte, 0, len(t.source)+64), 7)
	if t.code != nil {
		b = marshal.Bytes(b, t.code)
	} else {
		b = marshal.Str(b, t.source)
	}
	b = marshal.Int(b, int64(t.first))
	b = marshal.Int(b, int64(t.body))
	b = marshal.Int(b, int64(t.part))
	b = marshal.Int(b, int64(c.profile.afterTimeout()))
	b = marshal.Bool(b, stop)
	return marshal.Bool(b, t.quick)
}

// limits are what the supervisor holds a program's process to.
func (c *session) limits(t *trial) sandbox.Limits {
	return sandbox.Limits{
		Body: t.body, Part: t.part, Program: c.profile.Program, Wall: c.profile.wall() + c.profile.Program,
		Idle: max(time.Second, c.profile.Test),
	}
}

// marks are what programs write that look into the process they run in. A program that passes is not held to
// them, and one that fails is only suspected.
var marks = []string{
	"__eq__", "_getframe", "gc.get_", "settrace", "setprofile", "os._exit", "builtins.", "__builtins__", "ctypes",
	"/proc/", "sys.modules[", "AssertionError =", "AssertionError=", "sys.exit", "currentframe", "os.kill", "os.fork",
}

func suspicious(source string) bool {
	return slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(source, m) })
}
