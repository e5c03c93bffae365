package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
)

// problem is one of HumanEval's problems with what a model wrote for it and what is found out about that.
type problem struct {
	id, entry, prompt string
	canonical         acecoder.Program // HumanEval's own
	programs          []acecoder.Program
	texts             [][]string // candidates for tests, by text

	truth map[string]truth // by program text
	plus  acecoder.Program // HumanEval+'s canonical program
	tests []string         // those that parse, in the order of the model's texts
	wrong map[string]bool  // the tests that HumanEval+'s canonical program does not pass
	table table            // verdicts over all tests, once they are there
}

// The files' names, below the folder of the data.
const (
	codet       = "codet/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_"
	programFile = codet + "code_solution.jsonl"
	testFile    = codet + "test_case.jsonl"
	promptFile  = "codet/HumanEval_for_code_generation.jsonl"
	testPrompts = "codet/HumanEval_for_test_case_generation.jsonl"
)

// question is a row of the prompts' files.
type question struct {
	TaskID    string `json:"task_id"`
	Prompt    string `json:"prompt"`
	Entry     string `json:"entry_point"`
	Canonical string `json:"canonical_solution"`
}

// sampled is a row of the samples' files.
type sampled struct {
	Prompt  string   `json:"prompt"`
	Samples []string `json:"samples"`
}

// load reads the problems in HumanEval's order.
func load(ctx context.Context, data string) ([]*problem, error) {
	prompts, err := read[question](ctx, filepath.Join(data, promptFile))
	if err != nil {
		return nil, err
	}
	programs, err := samples(ctx, filepath.Join(data, programFile))
	if err != nil {
		return nil, err
	}
	askedTests, err := read[question](ctx, filepath.Join(data, testPrompts))
	if err != nil {
		return nil, err
	}
	tests, err := samples(ctx, filepath.Join(data, testFile))
	if err != nil {
		return nil, err
	}
	testsOf := map[string][]string{}
	for _, q := range askedTests {
		testsOf[q.TaskID] = tests[q.Prompt]
	}
	var out []*problem
	for _, q := range prompts {
		p := newProblem(q, programs[q.Prompt], testsOf[q.TaskID])
		if len(p.programs) == 0 || len(p.texts) == 0 {
			return nil, fmt.Errorf("%s: %d programs, %d texts of tests", p.id, len(p.programs), len(p.texts))
		}
		out = append(out, p)
	}
	return out, nil
}

func newProblem(q question, programs, texts []string) *problem {
	p := &problem{
		id: q.TaskID, entry: q.Entry, prompt: q.Prompt, truth: map[string]truth{}, wrong: map[string]bool{},
		canonical: acecoder.Program{ID: q.TaskID + "/canonical", Program: q.Prompt + q.Canonical},
	}
	for i, s := range programs {
		p.programs = append(p.programs, acecoder.Program{
			ID: fmt.Sprintf("%s/%d", p.id, i), Model: "codegen-16b", Program: p.prompt + cut(s),
		})
	}
	for _, s := range texts {
		p.texts = append(p.texts, candidates(s, p.entry))
	}
	return p
}

// shuffled returns the programs in an order that depends on their ids and the seed alone.
func (p *problem) shuffled(seed string) []acecoder.Program {
	key := func(x acecoder.Program) string {
		sum := sha256.Sum256([]byte(seed + "\x00" + x.ID))
		return string(sum[:])
	}
	return slices.SortedFunc(slices.Values(p.programs), func(a, b acecoder.Program) int {
		if key(a) < key(b) {
			return -1
		}
		return 1
	})
}

func samples(ctx context.Context, path string) (map[string][]string, error) {
	rows, err := read[sampled](ctx, path)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, r := range rows {
		out[r.Prompt] = r.Samples
	}
	return out, nil
}

// read returns all rows of a file.
func read[T any](ctx context.Context, path string) ([]T, error) {
	in, err := jsonl.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out []T
	for row, err := range in.All(ctx) {
		if err != nil {
			return nil, err
		}
		one, err := jsonl.Decode[T](row)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// writeRows writes a whole file.
func writeRows[T any](path string, rows []T) error {
	out, err := jsonl.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = out.Abort() }()
	for _, r := range rows {
		if err := out.Write(r); err != nil {
			return err
		}
	}
	return out.Close()
}
