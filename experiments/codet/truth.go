package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/flow"
	"github.com/acecoder/acecoder/internal/verify"
)

// truth is what HumanEval+ says of a program: base are HumanEval's own inputs, right all of them and the added ones.
type truth struct{ base, right bool }

// expected is a row of expected.jsonl: HumanEval+ as tests.
type expected struct {
	TaskID    string   `json:"task_id"`
	Entry     string   `json:"entry_point"`
	Canonical string   `json:"program"`
	Inputs    int      `json:"inputs"`
	Base      []string `json:"base"`
	Plus      []string `json:"plus"`
}

// published is a row of verdicts/evalplus_style.jsonl.
type published struct {
	ID        string `json:"id"`
	Bench     string `json:"bench"`
	TaskID    string `json:"task_id"`
	Program   string `json:"program"`
	Published struct {
		Base string `json:"base"`
		Plus string `json:"plus"`
	} `json:"published"`
}

// perInput is the CPU time for one input at the first look: the canonical programs take 0.2 s at most, and many of
// the sampled ones never end.
const perInput = 500 * time.Millisecond

// judged is a row of truth.jsonl, in which a later run finds what this one found.
type judged struct {
	ID      string `json:"id"`
	Program string `json:"program"`
	Base    bool   `json:"base"`
	Right   bool   `json:"right"`
}

// truths finds the truth about all programs, and how well this way of finding it agrees with published verdicts.
func (e *experiment) truths(ctx context.Context) error {
	begin := time.Now()
	rows, err := read[expected](ctx, e.path("expected.jsonl"))
	if err != nil {
		return fmt.Errorf("run experiments/codet/expected.py first: %w", err)
	}
	others, err := read[published](ctx, filepath.Join(e.cfg.data, "verdicts", "evalplus_style.jsonl"))
	if err != nil {
		return err
	}
	others = slices.DeleteFunc(others, func(r published) bool { return r.Bench != "humaneval" })
	inputs, byTask := 0, map[string]expected{}
	for _, r := range rows {
		byTask[r.TaskID] = r
		inputs += r.Inputs
	}
	for _, p := range e.problems {
		p.plus = acecoder.Program{ID: p.id + "/plus", Program: byTask[p.id].Canonical}
	}
	if err := e.findTruths(ctx, byTask, others); err != nil {
		return err
	}
	e.logf("truth: %d inputs, %s", inputs, time.Since(begin).Round(time.Second))
	e.checkTruths(others)
	return nil
}

// looks are the two looks at the programs: the first is quick, the second gives those that passed HumanEval's own
// inputs in time, and not all others, the time that EvalPlus gives.
var looks = []struct {
	file     string
	perInput time.Duration
	asked    func(t truth, known bool) bool
}{
	{"truth-quick.jsonl", perInput, func(_ truth, known bool) bool { return !known }},
	{"truth.jsonl", 4 * time.Second, func(t truth, _ bool) bool { return t.base && !t.right }},
}

func (e *experiment) findTruths(ctx context.Context, byTask map[string]expected, others []published) error {
	for _, look := range looks {
		path := e.path(look.file)
		if _, err := os.Stat(path); err == nil {
			if err := e.knownTruths(ctx, path); err != nil {
				return err
			}
			continue
		}
		v, err := e.verifier(ctx, "evalplus", func(p *verify.Profile) {
			p.StopAtFirst, p.Test, p.Body = true, look.perInput, 5*time.Second
		})
		if err != nil {
			return err
		}
		ask := func(ctx context.Context, p *problem) ([]judged, error) {
			return p.findTruth(ctx, v.Judge, byTask[p.id], p.undecided(others, look.asked))
		}
		err = writeAll(path, flow.Map(ctx, v.Jobs(), e.each(), ask))
		v.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func writeAll(path string, results iter.Seq2[[]judged, error]) error {
	var rows []judged
	for r, err := range results {
		if err != nil {
			return err
		}
		rows = append(rows, r...)
	}
	return writeRows(path, rows)
}

// undecided lists the problem's programs that a look asks about, those with published verdicts too, each text once.
func (p *problem) undecided(others []published, asked func(truth, bool) bool) []acecoder.Program {
	all := append(slices.Clone(p.programs), p.canonical, p.plus)
	for _, o := range others {
		if o.TaskID == p.id {
			all = append(all, acecoder.Program{ID: o.ID, Program: o.Program})
		}
	}
	seen := map[string]bool{}
	var out []acecoder.Program
	for _, x := range all {
		t, known := p.truth[x.Program]
		if !seen[x.Program] && asked(t, known) {
			seen[x.Program] = true
			out = append(out, x)
		}
	}
	return out
}

// findTruth judges programs of one problem.
func (p *problem) findTruth(ctx context.Context, ask judge, plus expected, programs []acecoder.Program) ([]judged, error) {
	if len(programs) == 0 {
		return nil, nil
	}
	job := verify.Job{ID: p.id, Tests: slices.Concat(plus.Base, plus.Plus), EntryPoint: p.entry, Programs: programs}
	outcomes, err := ask(ctx, job)
	if err != nil {
		return nil, err
	}
	rows := make([]judged, len(outcomes))
	for i, o := range outcomes {
		failed := slices.IndexFunc(o.Tests, func(v acecoder.Verdict) bool { return v.Status != acecoder.Pass })
		t := truth{base: failed < 0 || failed >= len(plus.Base), right: failed < 0}
		p.truth[job.Programs[i].Program] = t
		rows[i] = judged{ID: p.id, Program: job.Programs[i].Program, Base: t.base, Right: t.right}
	}
	return rows, nil
}

func (e *experiment) knownTruths(ctx context.Context, path string) error {
	rows, err := read[judged](ctx, path)
	if err != nil {
		return err
	}
	byID := map[string]*problem{}
	for _, p := range e.problems {
		byID[p.id] = p
	}
	for _, r := range rows {
		byID[r.ID].truth[r.Program] = truth{r.Base, r.Right}
	}
	return nil
}

// checkTruths says what the truths are, and how they agree with the canonical programs and published verdicts.
func (e *experiment) checkTruths(others []published) {
	byID := map[string]*problem{}
	var right, base, wrong, canonical, plus int
	for _, p := range e.problems {
		byID[p.id] = p
		for _, x := range p.programs {
			switch t := p.truth[x.Program]; {
			case t.right:
				right++
			case t.base:
				base++
			default:
				wrong++
			}
		}
		if p.truth[p.plus.Program].right {
			plus++
		}
		if p.truth[p.canonical.Program].right {
			canonical++
		} else {
			e.logf("truth: HumanEval's own program of %s is wrong by HumanEval+", p.id)
		}
	}
	e.logf("truth: %d programs right, %d right on HumanEval's inputs only, %d wrong", right, base, wrong)
	e.logf("truth: canonical programs right: HumanEval+ %d, HumanEval %d of %d", plus, canonical, len(e.problems))
	agree := 0
	for _, o := range others {
		t := byID[o.TaskID].truth[o.Program]
		pubBase := o.Published.Base == "pass"
		pubRight := pubBase && o.Published.Plus == "pass"
		if t.base == pubBase && t.right == pubRight {
			agree++
			continue
		}
		e.logf("truth: %s: published base %s, plus %s; here base %t, right %t", o.ID, o.Published.Base, o.Published.Plus, t.base, t.right)
	}
	e.logf("truth: agrees with %d of %d published verdicts: %s %%", agree, len(others), share(agree, len(others)))
}

// each yields the problems.
func (e *experiment) each() func(func(*problem, error) bool) {
	return func(yield func(*problem, error) bool) {
		for _, p := range e.problems {
			if !yield(p, nil) {
				return
			}
		}
	}
}
