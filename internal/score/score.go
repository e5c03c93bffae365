// Package score gives every program of a problem its pass rate. A problem with tests and programs goes in, the
// same problem comes out with verdicts, or a drop. A program's score depends on its text and the problem
// alone, so programs with the same text have the same score.
package score

import (
	"context"
	"fmt"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// Stage is the name under which drops of this package are reported.
const Stage = "score"

// Judge judges the programs of a job and returns an outcome for each, in their order, with full vectors of
// verdicts. Its error is its own failure.
type Judge = func(context.Context, verify.Job) ([]acecoder.Outcome, error)

// Config says what counts.
type Config struct {
	// AcceptInProcess counts passes that were found beside the program, which may have forged them.
	AcceptInProcess bool `json:"accept_in_process"`
	// OmitCPU leaves cpu_ms out. It is the one measured figure of a row: without it, two runs over the same
	// rows write the same bytes.
	OmitCPU bool `json:"omit_cpu"`
}

// Do judges the programs of p and returns p with their scores, or the reason why there is nothing to score. It
// does not change what p holds. The error is the judge's failure or ctx's end, never a program's.
func Do(ctx context.Context, judge Judge, p acecoder.Problem, cfg Config) (acecoder.Problem, *acecoder.Drop, error) {
	if len(p.Tests) == 0 {
		return p, &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: acecoder.DropNoTests}, nil
	}
	if len(p.Programs) == 0 {
		return p, &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: acecoder.DropNoPrograms}, nil
	}
	job, which := newJob(p)
	outcomes, err := judge(ctx, job)
	if err != nil {
		return p, nil, fmt.Errorf("score %s: %w", p.ID, err)
	}
	if err := check(job, outcomes); err != nil {
		return p, nil, fmt.Errorf("score %s: %w", p.ID, err)
	}
	p.Programs = slices.Clone(p.Programs)
	for i := range p.Programs {
		fill(&p.Programs[i], outcomes[which[i]], len(p.TestsDropped), cfg)
	}
	return p, nil, nil
}

// newJob returns a job with each program text once, and for each program the place of its text. Samples of
// one model repeat themselves often, and a text judged once cannot get two different scores.
func newJob(p acecoder.Problem) (verify.Job, []int) {
	job := verify.Job{
		ID:         p.ID,
		Tests:      p.Tests,
		Prelude:    p.Prelude,
		Setup:      p.Setup,
		EntryPoint: p.EntryPoint,
		Limits:     p.Limits,
	}
	which := make([]int, len(p.Programs))
	at := make(map[string]int, len(p.Programs))
	for i, program := range p.Programs {
		place, ok := at[program.Program]
		if !ok {
			place = len(job.Programs)
			at[program.Program] = place
			job.Programs = append(job.Programs, acecoder.Program{ID: program.ID, Program: program.Program})
		}
		which[i] = place
	}
	return job, which
}

// fill writes an outcome into a program, over what an earlier scoring left there.
func fill(program *acecoder.Program, outcome acecoder.Outcome, dropped int, cfg Config) {
	passed, trust := 0, acecoder.Trust("")
	verdicts := make([]acecoder.Status, len(outcome.Tests))
	for i, verdict := range outcome.Tests {
		verdicts[i] = verdict.Status
		trust = acecoder.Weaker(trust, verdict.Trust)
		if verdict.Passed(cfg.AcceptInProcess) {
			passed++
		}
	}
	rate := float64(passed) / float64(len(verdicts))
	rateAll := float64(passed) / float64(len(verdicts)+dropped)
	program.Passed, program.PassRate, program.PassRateAll = &passed, &rate, &rateAll
	program.Verdicts = verdicts
	program.Status, program.Trust = outcome.Status, trust
	program.CheatSuspected = outcome.CheatSuspected
	program.CPUMS = outcome.CPUMS
	if cfg.OmitCPU {
		program.CPUMS = 0
	}
}

// check refuses answers that do not fit the job; scores read from them would be about other programs.
func check(job verify.Job, outcomes []acecoder.Outcome) error {
	if len(outcomes) != len(job.Programs) {
		return fmt.Errorf("%d outcomes for %d programs", len(outcomes), len(job.Programs))
	}
	for i, outcome := range outcomes {
		if len(outcome.Tests) != len(job.Tests) {
			return fmt.Errorf("program %s: %d verdicts for %d tests", job.Programs[i].ID, len(outcome.Tests), len(job.Tests))
		}
	}
	return nil
}
