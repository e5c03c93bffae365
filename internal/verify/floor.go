package verify

import (
	"context"
	"time"

	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// Floor is what judging cannot be faster than on this machine, measured with the very zygote that judges.
type Floor struct {
	// Forks is processes made, ended and waited for in a second, each doing nothing.
	Forks float64
	// Programs is the same with each process compiling and running a program and its calls, and nothing else:
	// no limit is watched, nothing is encoded, said or compared.
	Programs float64
}

// MeasureFloor runs each program of the jobs once for either figure, on one slot.
func (v *Verifier) MeasureFloor(ctx context.Context, jobs []Job) (Floor, error) {
	s := <-v.slots
	defer func() { v.slots <- s }()
	var out Floor
	for _, full := range []bool{false, true} {
		var spent time.Duration
		programs := 0
		for _, job := range jobs {
			c := &session{v: v, s: s, job: job, entry: entryPoint(job), profile: v.opt.Profile}
			took, err := c.floor(ctx, full)
			if err != nil {
				return out, err
			}
			spent += took
			programs += len(job.Programs)
		}
		rate := float64(programs) / spent.Seconds()
		if full {
			out.Programs = rate
		} else {
			out.Forks = rate
		}
	}
	return out, nil
}

// floor returns how long the processes of one job take.
func (c *session) floor(ctx context.Context, full bool) (time.Duration, error) {
	plans, err := c.s.split(ctx, c.job.Tests, c.entry)
	if err != nil {
		return 0, err
	}
	common := c.common("floor", func(b []byte) []byte {
		if full {
			return marshal.Bytes(b, plans.calls)
		}
		return marshal.None(b)
	})
	tasks := map[flavour][][]byte{}
	for _, p := range c.job.Programs {
		t := c.newTrial(p.Program)
		tasks[t.flavour] = append(tasks[t.flavour], c.task(t, false))
	}
	start := time.Now()
	for f, list := range tasks {
		if err := c.s.run(ctx, f, common, list, sandbox.Limits{Body: time.Minute, Wall: time.Minute}, func(int, sandbox.Result) {}); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}
