package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/verify"
)

// programsAQuestion is how many programs of a question are judged together, as the paper samples them.
const programsAQuestion = 16

// workloadRow is one program of a workload.
type workloadRow struct {
	ID      json.Number `json:"id"`
	Q       int         `json:"q"` // its question
	Kind    string      `json:"kind"`
	Entry   string      `json:"entry"`
	Program string      `json:"program"`
	Tests   []string    `json:"tests"`
}

// question is the programs of one question of a workload.
type question struct {
	entry string
	tests []string
	all   []workloadRow
	quick []workloadRow // those that do not loop
	light bool          // its tests cost the machine next to nothing
}

// readWorkload reads the questions in an order that is always the same, and in which the costly ones are spread
// evenly: a run that is cut short has then seen a fair share of each sort.
func readWorkload(ctx context.Context, path string) ([]*question, error) {
	reader, err := jsonl.Open(path)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	byQ := map[int]*question{}
	var all []*question
	for row, err := range reader.All(ctx) {
		if err != nil {
			return nil, err
		}
		r, err := jsonl.Decode[workloadRow](row, "id", "q", "kind", "entry", "program", "tests")
		if err != nil {
			return nil, err
		}
		q := byQ[r.Q]
		if q == nil {
			q = &question{entry: r.Entry, tests: r.Tests}
			byQ[r.Q] = q
			all = append(all, q)
		}
		q.all = append(q.all, r)
		if r.Kind != "loop" {
			q.quick = append(q.quick, r)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("workload %s: it has no rows", path)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, nil
}

// job repeats a question's programs until there are as many as a question has.
func (q *question) job(id int, rows []workloadRow, n int) verify.Job {
	job := verify.Job{ID: fmt.Sprint(id), Tests: q.tests, EntryPoint: q.entry}
	for i := range n {
		r := rows[i%len(rows)]
		job.Programs = append(job.Programs, acecoder.Program{ID: fmt.Sprintf("%s/%d", r.ID, i), Program: r.Program})
	}
	return job
}

// lightMS is the CPU time below which all of a program's tests together show the harness and not themselves.
const lightMS = 0.2

// isLight reports whether the tests cost next to nothing with every program that runs at all. The passes are
// outcomes of the same programs; the middle one of each program's costs counts, as a neighbour's work or a first
// touch of some page shows in a single one.
func isLight(passes [][]acecoder.Outcome) bool {
	for i := range passes[0] {
		costs := make([]float64, len(passes))
		for k, pass := range passes {
			for _, v := range pass[i].Tests {
				costs[k] += v.CPUMS
			}
		}
		slices.Sort(costs)
		if passes[0][i].Status != acecoder.Syntax && costs[len(costs)/2] >= lightMS {
			return false
		}
	}
	return len(passes[0]) > 0
}

// jobsOf makes the jobs of one part of the benchmark.
func jobsOf(questions []*question, light, loops bool) []verify.Job {
	var jobs []verify.Job
	for i, q := range questions {
		rows := q.quick
		if loops {
			rows = q.all
		}
		if len(rows) > 0 && (q.light || !light) {
			jobs = append(jobs, q.job(i, rows, programsAQuestion))
		}
	}
	return slices.Clip(jobs)
}
