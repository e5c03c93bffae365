package verify

import (
	"context"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// inProcess runs tests beside the program, in the order given, and marks what they come to: the program can have
// tampered with all of it. A zygote of its own serves for that: the tests go through its memory, expected values
// and all, and a program that is judged by its values must not find them there.
func (c *session) inProcess(ctx context.Context, t *trial, tests []int) error {
	common := c.common("asserts", func(b []byte) []byte {
		b = marshal.List(b, len(tests))
		for _, i := range tests {
			b = marshal.Tuple(b, 2)
			b = marshal.Str(b, c.job.Tests[i])
			b = marshal.Str(b, c.kindOf(i))
		}
		return b
	})
	t.quick, t.first, t.part, t.reruns = false, 0, c.profile.Test, 0
	for again := true; again; {
		again = false
		task := [][]byte{c.task(t, c.profile.StopAtFirst)}
		err := c.s.run(ctx, beside, common, task, c.limits(t), func(_ int, r sandbox.Result) {
			again = c.takeInProcess(t, tests, r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// kindOf says how a test is run as a whole.
func (c *session) kindOf(i int) string {
	if c.plans != nil && c.plans.tests[i].detail != "" {
		return c.plans.tests[i].detail
	}
	return "script"
}

// takeInProcess reads what a process left and reports whether the rest of the tests has to be run in another.
func (c *session) takeInProcess(t *trial, tests []int, r sandbox.Result) (again bool) {
	t.cpu += r.CPU
	give := func(at int, status acecoder.Status, note string, cpu float64) {
		t.give(tests[at], acecoder.Verdict{Status: status, Trust: acecoder.TrustInProcess, Message: note, CPUMS: cpu})
	}
	giveFrom := func(at int, status acecoder.Status, note string) {
		for ; at < len(tests); at++ {
			give(at, status, note, 0)
		}
	}
	body, _, rest, err := next(r.Data, nil)
	if err != nil || body.code != recOK {
		status, note := ended(r, len(r.Data) > 0)
		if err == nil {
			status, note = c.refused(body, t)
		}
		if t.message == "" {
			t.message = note
		}
		giveFrom(t.first, status, note)
		return false
	}
	for at := t.first; at < len(tests); at++ {
		var rec record
		if rec, _, rest, err = next(rest, nil); err != nil {
			status, note := ended(r, len(rest) > 0)
			give(at, status, note, 0)
			if !c.goesOn(t, r) {
				giveFrom(at+1, status, "not reached: "+note)
				return false
			}
			t.first = at + 1
			return t.first < len(tests)
		}
		status, note := c.asserted(rec, t)
		give(at, status, note, milliseconds(rec.cpu))
		if rec.code == recTime && c.profile.StopAtFirst {
			return false
		}
	}
	return false
}

// asserted says what a test's record means where the test ran beside the program.
func (c *session) asserted(r record, t *trial) (acecoder.Status, string) {
	if r.code == recOK {
		return acecoder.Pass, ""
	}
	if r.code == recRaised {
		v, err := r.value()
		if err == nil && v.Len() == 3 && v.Items()[0].Text() == "AssertionError" {
			return acecoder.Fail, clip(v.Items()[1].Text())
		}
	}
	res := c.read(r, t)
	return res.status, res.note
}
