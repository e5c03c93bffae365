// Package filter keeps the tests that the oracle's programs pass (AceCoder §3). A problem with tests and oracle
// programs goes in; the same problem comes out with the tests that enough oracles pass, the others set aside
// with the reason, or a drop where too few are left. No test is lost: kept and set-aside tests together are
// the tests that came in, duplicates apart where they are not wanted.
package filter

import (
	"context"
	"fmt"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// Stage is the name under which drops of this package are reported.
const Stage = "filter"

// Judge judges the programs of a job and returns an outcome for each, in their order, with full vectors of
// verdicts. Its error is its own failure.
type Judge = func(context.Context, verify.Job) ([]acecoder.Outcome, error)

// Config says which tests stay.
type Config struct {
	MinTests int `json:"min_tests"` // a problem with fewer kept tests is dropped
	Vote     int `json:"vote"`      // a test is kept if this many oracles pass it

	// AcceptInProcess counts passes that were found beside the oracle's program. A test that only such a
	// judge can read gives programs nothing later, unless it is accepted there too.
	AcceptInProcess bool `json:"accept_in_process"`
	Dedupe          bool `json:"dedupe"`    // of tests with the same text only the first stays
	Calibrate       bool `json:"calibrate"` // store the problem's CPU limits, measured on the oracles
	Shown           int  `json:"shown"`     // mark so many of the first kept tests as those that prompts show
}

// Paper returns the rule as the paper has it: one oracle, at least five tests.
func Paper() Config { return Config{MinTests: 5, Vote: 1} }

// Published returns the rule as the published code ran: it keeps problems with four tests.
func Published() Config { return Config{MinTests: 4, Vote: 1} }

// Validate says what is wrong with the configuration, by field.
func (c Config) Validate() error {
	if c.MinTests < 1 {
		return fmt.Errorf("filter: min_tests: %d is below 1", c.MinTests)
	}
	if c.Vote < 1 {
		return fmt.Errorf("filter: vote: %d is below 1", c.Vote)
	}
	if c.Shown < 0 {
		return fmt.Errorf("filter: shown: %d is below 0", c.Shown)
	}
	return nil
}

// Do judges the tests of p by its oracles and returns p with the tests that stay, or the reason why it goes no
// further. It does not change what p holds. The error is the judge's failure, ctx's end or an invalid
// configuration, never an oracle's.
//
// The judges in again judge the same under other hash seeds and random states; a test with another verdict under one
// of them hangs on chance and is set aside as flaky.
//
//   - no_oracle: the problem has fewer oracles than the vote asks for.
//   - few_tests: fewer than MinTests stay; where there are fewer to begin with, nothing is run.
//   - oracle_fails: no oracle came to an answer on any test, right or wrong: it does not compile, lacks a
//     module, crashes, hangs or has no such function. That speaks of the oracle and not of the tests.
//
// Where tests are set aside, scores that the problem's programs already had are removed: they were over
// other tests.
func Do(ctx context.Context, judge Judge, p acecoder.Problem, cfg Config, again ...Judge) (acecoder.Problem, *acecoder.Drop, error) {
	if err := cfg.Validate(); err != nil {
		return p, nil, err
	}
	if len(p.Oracles) < cfg.Vote {
		return p, drop(p, acecoder.DropNoOracle, "%d oracle programs, the vote asks for %d", len(p.Oracles), cfg.Vote), nil
	}
	job := newJob(p, cfg)
	if len(job.Tests) < cfg.MinTests {
		return p, drop(p, acecoder.DropFewTests, "%d tests to begin with, %d asked for", len(job.Tests), cfg.MinTests), nil
	}
	outcomes, err := ask(ctx, judge, job)
	if err != nil {
		return p, nil, fmt.Errorf("filter %s: %w", p.ID, err)
	}
	kept, aside := split(job.Tests, outcomes, cfg)
	stay := len(kept)
	for _, judge := range again {
		if len(kept) < cfg.MinTests {
			break
		}
		varied, err := ask(ctx, judge, job)
		if err != nil {
			return p, nil, fmt.Errorf("filter %s: again: %w", p.ID, err)
		}
		var flaky []acecoder.DroppedTest
		kept, flaky = steady(job.Tests, kept, outcomes, varied)
		aside = append(aside, flaky...)
	}
	if len(kept) < cfg.MinTests {
		return p, fewTests(p, len(kept), stay-len(kept), outcomes, job, cfg), nil
	}
	if cfg.Calibrate {
		p.Limits = calibrate(outcomes, kept, cfg.AcceptInProcess)
	}
	if len(kept) < len(p.Tests) {
		p.Programs = unscored(p.Programs)
	}
	p.Tests = pick(job.Tests, kept)
	p.TestsDropped = slices.Concat(p.TestsDropped, aside)
	p.TestsShown = shown(p, cfg)
	return p, nil, nil
}

// newJob returns the job of the oracles.
func newJob(p acecoder.Problem, cfg Config) verify.Job {
	job := verify.Job{
		ID:         p.ID,
		Tests:      p.Tests,
		Prelude:    p.Prelude,
		Setup:      p.Setup,
		EntryPoint: p.EntryPoint,
		Limits:     p.Limits,
		Programs:   p.Oracles,
	}
	if cfg.Calibrate {
		job.Limits = nil // limits of an earlier calibration must not decide the next one
	}
	if cfg.Dedupe {
		job.Tests = unique(p.Tests)
	}
	return job
}

// split divides the tests: the places of those that enough oracles pass, and the others with their status.
func split(tests []string, outcomes []acecoder.Outcome, cfg Config) (kept []int, aside []acecoder.DroppedTest) {
	for i, test := range tests {
		votes := 0
		for _, outcome := range outcomes {
			if outcome.Tests[i].Passed(cfg.AcceptInProcess) {
				votes++
			}
		}
		if votes >= cfg.Vote {
			kept = append(kept, i)
			continue
		}
		aside = append(aside, acecoder.DroppedTest{Test: test, Status: word(i, outcomes)})
	}
	return kept, aside
}

// word returns what test i did to the first oracle, or, where that one passes it, to the first that does not.
// It is pass where every oracle passes: the passes are then in-process ones.
func word(i int, outcomes []acecoder.Outcome) acecoder.Status {
	for _, outcome := range outcomes {
		if status := outcome.Tests[i].Status; status != acecoder.Pass {
			return status
		}
	}
	return acecoder.Pass
}

// fewTests says why too few tests stay.
func fewTests(p acecoder.Problem, kept, flaky int, outcomes []acecoder.Outcome, job verify.Job, cfg Config) *acecoder.Drop {
	answered := false
	for _, outcome := range outcomes {
		for _, verdict := range outcome.Tests {
			answered = answered || verdict.Status == acecoder.Pass || verdict.Status == acecoder.Fail
		}
	}
	if !answered {
		first := outcomes[0].Tests[0]
		message := first.Message
		if message == "" {
			message = outcomes[0].Message
		}
		return drop(p, acecoder.DropOracleFails, "%s: %s", first.Status, message)
	}
	detail := fmt.Sprintf("%d of %d tests stay, %d asked for", kept, len(job.Tests), cfg.MinTests)
	if flaky > 0 {
		detail += fmt.Sprintf("; %d more are flaky", flaky)
	}
	cfg.AcceptInProcess = true
	if accepted, _ := split(job.Tests, outcomes, cfg); len(accepted) > kept+flaky {
		detail += fmt.Sprintf("; %d more pass in process only", len(accepted)-kept-flaky)
	}
	return drop(p, acecoder.DropFewTests, "%s", detail)
}

// shown returns the tests that prompts show: the first ones, or those that were marked before and are still there.
func shown(p acecoder.Problem, cfg Config) []string {
	if cfg.Shown > 0 {
		return slices.Clone(p.Tests[:min(cfg.Shown, len(p.Tests))])
	}
	var still []string
	for _, test := range p.TestsShown {
		if slices.Contains(p.Tests, test) {
			still = append(still, test)
		}
	}
	return still
}

// unscored returns the programs without what an earlier scoring found out about them.
func unscored(programs []acecoder.Program) []acecoder.Program {
	programs = slices.Clone(programs)
	for i, p := range programs {
		programs[i] = acecoder.Program{ID: p.ID, Model: p.Model, Program: p.Program, Extra: p.Extra}
	}
	return programs
}

// unique returns the tests without repetitions, in their order.
func unique(tests []string) []string {
	seen := make(map[string]bool, len(tests))
	first := make([]string, 0, len(tests))
	for _, test := range tests {
		if !seen[test] {
			seen[test] = true
			first = append(first, test)
		}
	}
	return first
}

func pick(tests []string, places []int) []string {
	picked := make([]string, len(places))
	for i, place := range places {
		picked[i] = tests[place]
	}
	return picked
}

// steady divides the kept tests: the places of those with the same verdicts both times, and the flaky ones.
func steady(tests []string, kept []int, first, varied []acecoder.Outcome) (same []int, flaky []acecoder.DroppedTest) {
	for _, i := range kept {
		status, differs := acecoder.Pass, false
		for k := range first {
			if v := varied[k].Tests[i].Status; v != first[k].Tests[i].Status {
				status, differs = v, true
			}
		}
		if !differs {
			same = append(same, i)
			continue
		}
		flaky = append(flaky, acecoder.DroppedTest{Test: tests[i], Status: status, Fault: acecoder.TestFlaky})
	}
	return same, flaky
}

// ask judges the job and refuses an answer that does not fit it.
func ask(ctx context.Context, judge Judge, job verify.Job) ([]acecoder.Outcome, error) {
	outcomes, err := judge(ctx, job)
	if err != nil {
		return nil, err
	}
	return outcomes, check(job, outcomes)
}

// check refuses answers that do not fit the job; verdicts read from them would be about other tests.
func check(job verify.Job, outcomes []acecoder.Outcome) error {
	if len(outcomes) != len(job.Programs) {
		return fmt.Errorf("%d outcomes for %d oracles", len(outcomes), len(job.Programs))
	}
	for i, outcome := range outcomes {
		if len(outcome.Tests) != len(job.Tests) {
			return fmt.Errorf("oracle %s: %d verdicts for %d tests", job.Programs[i].ID, len(outcome.Tests), len(job.Tests))
		}
	}
	return nil
}

func drop(p acecoder.Problem, reason acecoder.DropReason, format string, args ...any) *acecoder.Drop {
	return &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
