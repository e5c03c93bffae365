package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pycode"
	"github.com/acecoder/acecoder/internal/pyvalue"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// callResult is what one call came to.
type callResult struct {
	have   bool
	status acecoder.Status // of a call that gave no value
	note   string
	cpu    time.Duration
	same   bool          // the value is, byte for byte, the one that is expected
	value  pyvalue.Value // unless same
	opaque bool          // the value is an object that Go does not compare
}

// byValue runs the calls of all trials and gives the verdicts of the tests that are made of them. Programs that
// died, or that ran out of the first lane's time, come round again after the others.
func (c *session) byValue(ctx context.Context, trials []*trial) error {
	common := c.common("calls", func(b []byte) []byte { return marshal.Bytes(b, c.plans.calls) })
	expected := c.expected()
	var todo []*trial
	for _, t := range trials {
		if len(t.open()) == 0 {
			continue
		}
		todo = append(todo, t)
		t.calls = make([]callResult, c.plans.n)
		t.quick, t.part = true, c.profile.firstLane()
	}
	for len(todo) > 0 {
		var again []*trial
		for len(todo) > 0 {
			var group []*trial
			group, todo = sameRun(c, todo)
			tasks := make([][]byte, len(group))
			for i, t := range group {
				tasks[i] = c.task(t, c.profile.StopAtFirst)
			}
			err := c.s.run(ctx, group[0].flavour, common, tasks, c.limits(group[0]), func(i int, r sandbox.Result) {
				if c.absorb(group[i], r, expected) {
					again = append(again, group[i])
				}
			})
			if err != nil {
				return err
			}
		}
		todo = again
	}
	for _, t := range trials {
		c.compare(t)
	}
	return nil
}

// sameRun takes the trials off the list that can share a frame with its first: same zygote, same limits.
func sameRun(c *session, list []*trial) (group, rest []*trial) {
	for _, t := range list {
		if t.flavour == list[0].flavour && c.limits(t) == c.limits(list[0]) {
			group = append(group, t)
		} else {
			rest = append(rest, t)
		}
	}
	return group, rest
}

// expected lists, by call, the value that makes its check hold if the check is an equality.
func (c *session) expected() [][]byte {
	out := make([][]byte, c.plans.n)
	for _, p := range c.plans.tests {
		for _, k := range p.checks {
			if k.op == "==" && !k.nan {
				out[k.call] = k.expected
			}
		}
	}
	return out
}

// absorb reads what a process left and reports whether the program has to be run again.
func (c *session) absorb(t *trial, r sandbox.Result, expected [][]byte) (again bool) {
	t.cpu += r.CPU
	body, _, rest, err := next(r.Data, nil)
	if err != nil && t.quick && r.Killed != sandbox.WallTime {
		return c.withCare(t)
	}
	if err != nil {
		status, note := ended(r, len(r.Data) > 0)
		return c.fallen(t, status, note)
	}
	if body.code != recOK {
		status, note := c.refused(body, t)
		return c.fallen(t, status, note)
	}
	for k := t.first; k < len(t.calls); k++ {
		var rec record
		rec, t.calls[k].same, rest, err = next(rest, expected[k])
		if err != nil {
			return c.died(t, k, r, len(rest) > 0)
		}
		if rec.code == recTime && t.quick && !(c.profile.StopAtFirst && t.part == c.profile.Test) {
			return c.withCare(t)
		}
		c.store(t, k, rec)
		if rec.code == recTime && c.profile.StopAtFirst {
			return false
		}
	}
	return false
}

// fallen is for a program whose body did not run through: every call ends as the body did.
func (c *session) fallen(t *trial, status acecoder.Status, note string) (again bool) {
	if t.message == "" {
		t.message = note
	}
	for k := t.first; k < len(t.calls); k++ {
		t.calls[k] = callResult{have: true, status: status, note: note}
	}
	return false
}

// withCare sends a program round again, with its own limits and each result left at once. Nothing of the quick
// run counts.
func (c *session) withCare(t *trial) bool {
	clear(t.calls)
	t.quick, t.first, t.part = false, 0, c.profile.Test
	return true
}

// died is for a process that ended during call k.
func (c *session) died(t *trial, k int, r sandbox.Result, garbled bool) (again bool) {
	if t.quick {
		return c.withCare(t)
	}
	status, note := ended(r, garbled)
	t.calls[k] = callResult{have: true, status: status, note: note}
	t.cheat = t.cheat || (r.Signal == 0 && r.Killed == sandbox.NotKilled)
	if c.goesOn(t, r) {
		t.first = k + 1
		return t.first < len(t.calls)
	}
	if !c.profile.StopAtFirst {
		for k++; k < len(t.calls); k++ {
			t.calls[k] = callResult{have: true, status: status, note: "not reached: " + note}
		}
	}
	return false
}

// goesOn reports whether a program that died is run again for the tests after the one it died in, and sets that
// run up.
func (c *session) goesOn(t *trial, r sandbox.Result) bool {
	// A call that is over its time ends from within or from outside, by chance: the end from outside must not count
	// where the other does not. What bounds those is the program's CPU time over all its runs.
	if r.Killed != sandbox.PartTime {
		t.reruns++
	}
	if t.reruns > maxReruns || t.cpu > c.profile.Program || r.Killed == sandbox.TotalTime || r.Killed == sandbox.WallTime || c.profile.StopAtFirst {
		return false
	}
	if r.Killed == sandbox.PartTime {
		t.part = c.profile.afterTimeout()
	}
	return true
}

// ended says what the end of a process that did not finish means.
func ended(r sandbox.Result, garbled bool) (acecoder.Status, string) {
	switch {
	case r.Killed == sandbox.PartTime:
		return acecoder.Timeout, "over its CPU time"
	case r.Killed == sandbox.TotalTime:
		return acecoder.Timeout, "the program is over its CPU time"
	case r.Killed == sandbox.WallTime:
		return acecoder.Timeout, "asleep, or over its wall-clock time"
	case r.Killed == sandbox.OutOfMemory:
		return acecoder.Memory, "out of memory"
	case r.Signal != 0:
		return acecoder.Crash, fmt.Sprintf("ended by signal %d", r.Signal)
	case garbled:
		return acecoder.Crash, "left something unreadable"
	}
	return acecoder.Crash, fmt.Sprintf("the process ended itself, exit code %d", r.Exit)
}

// refused says what a body that did not run through means.
func (c *session) refused(r record, t *trial) (acecoder.Status, string) {
	res := c.read(r, t)
	if res.status == "" {
		return acecoder.Crash, "left something unreadable"
	}
	return res.status, res.note
}

func (c *session) store(t *trial, k int, r record) {
	if r.code == recOK && t.calls[k].same {
		t.calls[k].have, t.calls[k].cpu = true, r.cpu
		return
	}
	t.calls[k] = c.read(r, t)
}

// read turns a record into what its call, or the body, came to.
func (c *session) read(r record, t *trial) callResult {
	out := callResult{have: true, cpu: r.cpu}
	switch r.code {
	case recOK, recTree:
		v, err := r.value()
		if err != nil {
			out.status, out.note = acecoder.Output, "a value that cannot be read: "+err.Error()
			return out
		}
		out.value, out.opaque = v, pyvalue.Undecidable(v)
	case recRaised:
		out.status, out.note = c.raised(r, t)
	case recTime:
		out.status, out.note = acecoder.Timeout, "over its CPU time"
	case recNoData:
		out.status, out.note = acecoder.Fail, noData(r, t)
	case recLarge:
		out.status, out.note = acecoder.Output, "returned more than is accepted"
	case recMemory:
		out.status, out.note = acecoder.Memory, "MemoryError"
	case recSyntax:
		v, _ := r.value()
		out.status, out.note = acecoder.Syntax, clip(v.Text())
	default:
		out.status, out.note = acecoder.Crash, "left something unreadable"
	}
	return out
}

// raised says what an exception means: (name, text, missing module).
func (c *session) raised(r record, t *trial) (acecoder.Status, string) {
	v, err := r.value()
	if err != nil || v.Len() != 3 {
		return acecoder.Exception, "an exception that cannot be read"
	}
	name, text, missing := v.Items()[0].Text(), v.Items()[1].Text(), v.Items()[2].Text()
	note := clip(name)
	if text != "" {
		note += ": " + clip(text)
	}
	if missing != "" && !pycode.IsStdlib(missing) {
		return acecoder.MissingDependency, note
	}
	if name == "SystemExit" {
		t.cheat = true
	}
	return acecoder.Exception, note
}

// noData says what was returned in place of data: (type name, whether it says itself what it equals).
func noData(r record, t *trial) string {
	v, err := r.value()
	if err != nil || v.Len() != 2 {
		return "returned an object"
	}
	note := "returned an object of " + clip(v.Items()[0].Text())
	if !pyvalue.Truth(v.Items()[1]) {
		return note + ", not data"
	}
	t.cheat = true
	return note + ", which says itself what it equals"
}

// compare gives the verdicts of the tests that are made of calls.
func (c *session) compare(t *trial) {
	for i, p := range c.plans.tests {
		if p.kind != "checks" || t.done[i] {
			continue
		}
		v, decided := c.verdict(t, p)
		if decided {
			t.give(i, v)
		}
	}
}

// verdict goes through a test's checks in order; the first that does not hold decides. decided is false where a
// value is for the oracle.
func (c *session) verdict(t *trial, p plan) (v acecoder.Verdict, decided bool) {
	v = acecoder.Verdict{Status: acecoder.Pass, Trust: acecoder.TrustValue}
	for _, k := range p.checks {
		r := &t.calls[k.call]
		if !r.have {
			v.Status = acecoder.NotRun
			return v, true
		}
		v.CPUMS += milliseconds(r.cpu)
		if r.status != "" {
			v.Status, v.Message = r.status, r.note
			return v, true
		}
		if r.same {
			if c.v.opt.Values {
				v.Value = expectedText(k.expected)
			}
			continue
		}
		if c.v.opt.Values {
			v.Value = pyvalue.Repr(r.value, 10_000)
		}
		holds, known := k.holds(r)
		if !known {
			return v, false
		}
		if !holds {
			v.Status, v.Message = acecoder.Fail, k.explain(r)
			return v, true
		}
	}
	return v, true
}

// holds reports whether a check holds for a value; known is false where Go cannot tell.
func (k check) holds(r *callResult) (holds, known bool) {
	if k.op == "true" || k.op == "false" {
		if r.value.Kind() == pyvalue.KindExt {
			return k.op == "true", alwaysTrue[r.value.Text()]
		}
		return pyvalue.Truth(r.value) == (k.op == "true"), true
	}
	want, _, err := pyvalue.Decode(k.expected, pyvalue.Limits{})
	if err != nil {
		return false, false
	}
	switch k.op {
	case "==":
		return pyvalue.Equal(r.value, want), !r.opaque
	case "!=":
		return !pyvalue.Equal(r.value, want), !r.opaque
	case "is":
		return pyvalue.Identical(r.value, want), true
	}
	return !pyvalue.Identical(r.value, want), true
}

// alwaysTrue are the types, among those that Go does not judge, of which every object counts as true.
var alwaysTrue = map[string]bool{"re.Match": true, "datetime.date": true, "datetime.datetime": true, "datetime.time": true}

func (k check) explain(r *callResult) string {
	got := pyvalue.Repr(r.value, 120)
	switch k.op {
	case "true":
		return "got " + got + ", which is not true"
	case "false":
		return "got " + got + ", which is true"
	}
	return "got " + got + ", want " + map[string]string{"==": "", "!=": "not ", "is": "", "is not": "not "}[k.op] + expectedText(k.expected)
}

func expectedText(data []byte) string {
	want, _, err := pyvalue.Decode(data, pyvalue.Limits{})
	if err != nil {
		return ""
	}
	return pyvalue.Repr(want, 120)
}

// clip shortens a program's own words and makes them one line of valid text.
func clip(s string) string {
	const most = 200
	out := make([]rune, 0, min(len(s), most))
	for _, r := range s {
		if len(out) == most {
			return string(out) + "…"
		}
		if r < ' ' {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
