package bestof

import (
	"context"
	"fmt"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pycode"
	"github.com/acecoder/acecoder/internal/verify"
)

// Judge judges the programs of a job and returns an outcome for each, in their order, with what they returned
// ([verify.Options].Values). Its error is its own failure.
type Judge = func(context.Context, verify.Job) ([]acecoder.Outcome, error)

// Behaviours runs the programs of p and says for each what it does on the inputs, as a text that is equal for programs
// that behave alike: what each call returns, as Python writes it, or how it ends. A program that returns nothing
// readable on any input has an empty text, and no vote: else programs that do not even compile would outvote the others.
//
// Without inputs (0 is returned) programs with the same text behave alike, and nothing else is known. The error is the
// judge's failure or ctx's end, never a program's.
func Behaviours(ctx context.Context, judge Judge, p *acecoder.Problem, cfg Config) (behaviour []string, inputs int, err error) {
	behaviour = make([]string, len(p.Programs))
	calls := Inputs(p, cfg)
	if len(calls) == 0 {
		for i := range p.Programs {
			behaviour[i] = "\x00" + strings.Join(pycode.Words(p.Programs[i].Program), "\x00")
		}
		return behaviour, 0, nil
	}
	job := verify.Job{ID: p.ID, Prelude: p.Prelude, Setup: p.Setup, EntryPoint: p.EntryPoint, Limits: p.Limits, Programs: p.Programs}
	for _, call := range calls {
		// What is asked is what the call returns; that it is None or not is of no interest.
		job.Tests = append(job.Tests, "assert "+call+" is None")
	}
	outcomes, err := judge(ctx, job)
	if err != nil {
		return nil, 0, fmt.Errorf("bestof %s: %w", p.ID, err)
	}
	if len(outcomes) != len(p.Programs) {
		return nil, 0, fmt.Errorf("bestof %s: %d outcomes for %d programs", p.ID, len(outcomes), len(p.Programs))
	}
	for i, outcome := range outcomes {
		behaviour[i] = does(outcome.Tests)
	}
	return behaviour, len(calls), nil
}

// does is the text of one program's behaviour.
func does(verdicts []acecoder.Verdict) string {
	var b strings.Builder
	returns := false
	for _, v := range verdicts {
		switch {
		case v.Value != "":
			returns = true
			b.WriteString("= " + v.Value)
		case v.Status == acecoder.Exception:
			// The exception's class is what callers go by; its words are the program's own.
			class, _, _ := strings.Cut(v.Message, ":")
			b.WriteString(string(v.Status) + " " + class)
		default:
			b.WriteString(string(v.Status))
		}
		b.WriteByte('\x00')
	}
	if !returns {
		return ""
	}
	return b.String()
}
