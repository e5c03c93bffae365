// Package synth makes problems of seeds: a model rewrites a piece of code as a question that one function answers, and
// imagines about twenty tests for it (AceCoder §3, appendix A.1). A seed goes in, a problem comes out, or a drop. No test
// that the model gave is lost: what cannot be used is set aside with its fault. Nothing of the model's answer is trusted:
// which of the tests are right, the filter finds out.
package synth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/template"
)

// Stage is the name under which drops of this package are reported.
const Stage = "synth"

// Ask gives the samples first to first+n-1 of a model's answers, as [llm.Model] does.
type Ask = func(ctx context.Context, r llm.Request, first, n int) ([]llm.Answer, error)

// CheckTests takes texts that a model gave as tests apart, a list for each problem, as pyast's Tests does.
type CheckTests = func(ctx context.Context, sets [][]string, entry []string) ([]pyast.Tests, error)

// Prompt makes the chat of a seed.
type Prompt = template.Prompt[template.Seed]

// Config says how problems are asked for.
type Config struct {
	Model       string  `json:"model"`
	Temperature float64 `json:"temperature"`
	TopP        float64 `json:"top_p"`
	MaxTokens   int     `json:"max_tokens"` // of the answer
	Schema      bool    `json:"schema"`     // ask the server for JSON of the right shape; it is checked in any case
}

// Paper returns the paper's values; the model is the user's to choose.
func Paper() Config { return Config{Temperature: 0.7, TopP: 1, MaxTokens: 8192, Schema: true} }

// Validate says what is wrong with the configuration, by field.
func (c Config) Validate() error {
	switch {
	case c.Model == "":
		return errors.New("synth: model: not set")
	case !(c.Temperature >= 0 && c.Temperature <= 2):
		return fmt.Errorf("synth: temperature: %v is not within 0 to 2", c.Temperature)
	case !(c.TopP > 0 && c.TopP <= 1):
		return fmt.Errorf("synth: top_p: %v is not above 0 and at most 1", c.TopP)
	case c.MaxTokens < 0:
		return fmt.Errorf("synth: max_tokens: %d is below 0", c.MaxTokens)
	}
	return nil
}

// answer is what the model is to say.
type answer struct {
	Question string   `json:"question"`
	Tests    []string `json:"tests"`
}

// schema is what the answer has to be.
var schema = &llm.Schema{Name: "exercise", Schema: json.RawMessage(`{"type":"object","properties":{` +
	`"question":{"type":"string"},"tests":{"type":"array","items":{"type":"string"}}},` +
	`"required":["question","tests"],"additionalProperties":false}`)}

// Request is what the model is asked about a seed.
func Request(seed acecoder.Seed, prompt *Prompt, cfg Config) (llm.Request, error) {
	turns, err := prompt.Render(template.Seed{Instruction: seed.Instruction, Program: seed.Program})
	if err != nil {
		return llm.Request{}, err
	}
	r := llm.Request{Model: cfg.Model, Temperature: cfg.Temperature, TopP: cfg.TopP, MaxTokens: cfg.MaxTokens}
	for _, t := range turns {
		r.Messages = append(r.Messages, llm.Message{Role: llm.Role(t.Role), Content: t.Text})
	}
	if cfg.Schema {
		r.Schema = schema
	}
	return r, nil
}

// Do makes a problem of a seed, or says why there is none:
//
//   - cut_off: the answer ended at the token limit; refused: the server, its filter or the model refused;
//   - bad_answer: it is not JSON of the asked shape after repair, or has no question;
//   - no_tests: none of its tests can be used.
//
// The problem has the seed's id, source, origin and licence. The error is the model's or the checker's failure.
func Do(ctx context.Context, ask Ask, check CheckTests, seed acecoder.Seed, prompt *Prompt, cfg Config,
) (acecoder.Problem, *acecoder.Drop, error) {
	p := acecoder.Problem{ID: seed.ID, Source: seed.Source, Origin: seed.Origin, License: seed.License}
	r, err := Request(seed, prompt, cfg)
	if err != nil {
		return p, nil, fmt.Errorf("synth %s: %w", seed.ID, err)
	}
	answers, err := ask(ctx, r, 0, 1)
	if refused, ok := errors.AsType[*llm.RefusedError](err); ok {
		return p, drop(p, acecoder.DropRefused, refused.Error()), nil
	}
	if err != nil {
		return p, nil, fmt.Errorf("synth %s: %w", seed.ID, err)
	}
	if len(answers) != 1 {
		return p, nil, fmt.Errorf("synth %s: %d answers, want 1", seed.ID, len(answers))
	}
	said, reason, detail := read(answers[0])
	if reason != "" {
		return p, drop(p, reason, detail), nil
	}
	tests, err := check(ctx, [][]string{said.Tests}, []string{""})
	if err != nil {
		return p, nil, fmt.Errorf("synth %s: %w", seed.ID, err)
	}
	if len(tests) != 1 {
		return p, nil, fmt.Errorf("synth %s: %d lists of tests, want 1", seed.ID, len(tests))
	}
	fill(&p, said.Question, tests[0])
	if len(p.Tests) == 0 {
		return p, drop(p, acecoder.DropNoTests, noTests(tests[0])), nil
	}
	return p, nil, nil
}

// read takes the question and the tests out of an answer, or says what it is instead.
func read(a llm.Answer) (said answer, reason acecoder.DropReason, detail string) {
	if reason, detail := a.Unusable(); reason != "" {
		return said, reason, detail
	}
	if _, err := llm.JSON(a.Text, schema, &said); err != nil {
		return said, acecoder.DropBadAnswer, err.Error()
	}
	said.Question = strings.TrimSpace(strings.ToValidUTF8(said.Question, "\uFFFD"))
	if said.Question == "" {
		return said, acecoder.DropBadAnswer, "no question"
	}
	return said, "", ""
}

// fill puts question and tests into the problem, each test where it belongs.
func fill(p *acecoder.Problem, question string, tests pyast.Tests) {
	p.Question, p.EntryPoint = question, tests.EntryPoint
	for _, t := range tests.Tests {
		if t.Fault == "" {
			p.Tests = append(p.Tests, t.Text)
			continue
		}
		status := acecoder.NotRun
		if t.Fault == acecoder.TestSyntax {
			status = acecoder.Syntax
		}
		p.TestsDropped = append(p.TestsDropped, acecoder.DroppedTest{Test: t.Text, Status: status, Fault: t.Fault})
	}
}

// noTests counts the faults of tests of which none can be used.
func noTests(tests pyast.Tests) string {
	if len(tests.Tests) == 0 {
		return "the answer has none"
	}
	counts := map[acecoder.TestFault]int{}
	for _, t := range tests.Tests {
		counts[t.Fault]++
	}
	var parts []string
	for fault, n := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", n, fault))
	}
	slices.Sort(parts)
	return "none can be used: " + strings.Join(parts, ", ")
}

func drop(p acecoder.Problem, reason acecoder.DropReason, detail string) *acecoder.Drop {
	return &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: reason, Detail: detail}
}
