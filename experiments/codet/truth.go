package main

import (
	"context"
	"fmt"
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

// perInput is the CPU time for one input. EvalPlus allows 4 s of wall-clock time; the canonical programs take 0.2 s
// at most, and many of the sampled ones never end. With 4 s, 11 of the 16,400 programs are right in place of wrong.
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

func (e *experiment) findTruths(ctx context.Context, byTask map[string]expected, others []published) error {
	path := e.path("truth.jsonl")
	if _, err := os.Stat(path); err == nil {
		return e.knownTruths(ctx, path)
	}
	v, err := e.verifier(ctx, "evalplus", func(p *verify.Profile) {
		p.StopAtFirst, p.Test, p.Body = true, perInput, 5*time.Second
	})
	if err != nil {
		return err
	}
	defer v.Close()
	ask := func(ctx context.Context, p *problem) ([]judged, error) {
		return p.findTruth(ctx, v.Judge, byTask[p.id], others)
	}
	var rows []judged
	for r, err := range flow.Map(ctx, v.Jobs(), e.each(), ask) {
		if err != nil {
			return err
		}
		rows = append(rows, r...)
	}
	return writeRows(path, rows)
}

// findTruth judges the programs of one problem, those with published verdicts too, each text once.
func (p *problem) findTruth(ctx context.Context, ask judge, plus expected, others []published) ([]judged, error) {
	programs := append(slices.Clone(p.programs), p.canonical, p.plus)
	for _, o := range others {
		if o.TaskID == p.id {
			programs = append(programs, acecoder.Program{ID: o.ID, Program: o.Program})
		}
	}
	job := verify.Job{ID: p.id, Tests: slices.Concat(plus.Base, plus.Plus), EntryPoint: p.entry}
	seen := map[string]bool{}
	for _, x := range programs {
		if !seen[x.Program] {
			seen[x.Program] = true
			job.Programs = append(job.Programs, x)
		}
	}
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
