package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pyvalue"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// check is one comparison that a test consists of; the words are shared with split.py.
type check struct {
	op       string
	call     int
	expected []byte // by marshal; empty for true and false
	nan      bool   // expected holds a NaN, so equal bytes are not equal values
}

// plan is how one test is judged.
type plan struct {
	kind   string // checks, oracle, syntax, empty
	checks []check
	detail string // oracle: script, check or file; syntax: the compiler's words
}

// plans are a question's tests, split.
type plans struct {
	tests []plan
	calls []byte // the compiled calls, by marshal; what a program's process gets
	n     int    // number of calls
}

// split asks the slot's splitter for the plans of a question's tests. A text that breaks the splitter, or that it
// does not get done with, is found and left to the oracle, where it meets a limit of its own.
func (s *slot) split(ctx context.Context, tests []string, entry string) (*plans, error) {
	out, err := s.trySplit(ctx, tests, entry)
	if err == nil || ctx.Err() != nil {
		return out, err
	}
	rest := slices.Clone(tests)
	var broken []int
	for i, t := range tests {
		if _, err := s.trySplit(ctx, []string{t}, entry); err != nil {
			rest[i] = ""
			broken = append(broken, i)
		}
	}
	out, again := s.trySplit(ctx, rest, entry)
	if len(broken) == 0 || again != nil {
		return nil, fmt.Errorf("split %d tests: %w", len(tests), err)
	}
	for _, i := range broken {
		out.tests[i] = plan{kind: "oracle", detail: "script"}
	}
	return out, nil
}

// splitTime is the wall-clock time for splitting a question's tests; it takes a millisecond.
const splitTime = 5 * time.Second

func (s *slot) trySplit(ctx context.Context, tests []string, entry string) (*plans, error) {
	ctx, cancel := context.WithTimeout(ctx, splitTime)
	defer cancel()
	task := marshal.Strs(marshal.Str(marshal.Tuple(nil, 2), entry), tests)
	var out *plans
	var bad error
	err := s.run(ctx, splitter, nil, [][]byte{task}, sandbox.Limits{}, func(_ int, r sandbox.Result) {
		out, bad = readPlans(r.Data, len(tests))
	})
	return out, errors.Join(err, bad)
}

// readPlans reads split.py's answer: ([(kind, detail), ...], calls).
func readPlans(data []byte, n int) (*plans, error) {
	v, _, err := pyvalue.Decode(data, pyvalue.Limits{})
	if err != nil {
		return nil, err
	}
	parts := v.Items()
	if len(parts) != 2 || parts[0].Len() != n {
		return nil, fmt.Errorf("the splitter answered %s", pyvalue.Repr(v, 100))
	}
	out := &plans{calls: []byte(parts[1].Text())}
	for _, item := range parts[0].Items() {
		p := plan{kind: item.Items()[0].Text()}
		if p.kind != "checks" {
			p.detail = item.Items()[1].Text()
			out.tests = append(out.tests, p)
			continue
		}
		for _, c := range item.Items()[1].Items() {
			part := c.Items()
			call, _ := part[1].Int64()
			one := check{op: part[0].Text(), call: int(call), expected: []byte(part[2].Text())}
			if len(one.expected) > 0 {
				want, _, err := pyvalue.Decode(one.expected, pyvalue.Limits{})
				if err != nil {
					return nil, fmt.Errorf("an expected value: %w", err)
				}
				one.nan = pyvalue.HasNaN(want)
			}
			out.n = max(out.n, one.call+1)
			p.checks = append(p.checks, one)
		}
		out.tests = append(out.tests, p)
	}
	return out, nil
}

// entryPoint returns the function that the tests are about: the one that is given, or, where every test calls
// one name first, that name. It matters only where that name is a builtin's or check() has to be called.
func entryPoint(job Job) string {
	if job.EntryPoint != "" {
		return job.EntryPoint
	}
	name := ""
	for _, t := range job.Tests {
		rest, ok := strings.CutPrefix(strings.TrimSpace(t), "assert ")
		if !ok {
			return ""
		}
		called, _, ok := strings.Cut(strings.TrimLeft(rest, " ("), "(")
		if !ok || !isName(called) || (name != "" && called != name) {
			return ""
		}
		name = called
	}
	return name
}

func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
