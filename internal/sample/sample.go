// Package sample asks models for programs: the policy for sixteen of each problem, the oracle for one (AceCoder §3, §4.1).
// A problem goes in, the same problem with programs, or with oracles, comes out. An answer that gives no program is set
// aside with its reason; sample k of a model is always the same program.
package sample

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/pycode"
	"github.com/acecoder/acecoder/internal/template"
)

// Stage is the name under which drops of this package are reported.
const Stage = "sample"

// Ask gives the samples first to first+n-1 of a model's answers, as [llm.Model] does.
type Ask = func(ctx context.Context, r llm.Request, first, n int) ([]llm.Answer, error)

// Prompt makes the chat of a question.
type Prompt = template.Prompt[template.Question]

// Config says how programs are asked for.
type Config struct {
	Model       string  `json:"model"`
	N           int     `json:"n"` // programs a problem
	Temperature float64 `json:"temperature"`
	TopP        float64 `json:"top_p"`
	MaxTokens   int     `json:"max_tokens"` // of an answer
	Shown       int     `json:"shown"`      // tests that the prompt shows, where the problem does not say which
}

// Paper returns the paper's values for the policy; the model is the user's to choose.
func Paper() Config { return Config{N: 16, Temperature: 0.7, TopP: 1, MaxTokens: 1024, Shown: 2} }

// Oracle returns the paper's values for the oracle: one program, the most likely one.
func Oracle() Config { return Config{N: 1, Temperature: 0, TopP: 1, MaxTokens: 1024, Shown: 2} }

// Validate says what is wrong with the configuration, by field.
func (c Config) Validate() error {
	switch {
	case c.Model == "":
		return errors.New("sample: model: not set")
	case c.N < 1:
		return fmt.Errorf("sample: n: %d is below 1", c.N)
	case !(c.Temperature >= 0 && c.Temperature <= 2):
		return fmt.Errorf("sample: temperature: %v is not within 0 to 2", c.Temperature)
	case !(c.TopP > 0 && c.TopP <= 1):
		return fmt.Errorf("sample: top_p: %v is not above 0 and at most 1", c.TopP)
	case c.MaxTokens < 0:
		return fmt.Errorf("sample: max_tokens: %d is below 0", c.MaxTokens)
	case c.Shown < 0:
		return fmt.Errorf("sample: shown: %d is below 0", c.Shown)
	}
	return nil
}

// Do asks for programs and returns p with them, after those that it has. Tests that the prompt shows are marked in the
// problem. A problem none of whose answers is a program is dropped: refused where the request was, else no_programs.
// The error is the model's failure.
func Do(ctx context.Context, ask Ask, p acecoder.Problem, prompt *Prompt, cfg Config) (acecoder.Problem, *acecoder.Drop, error) {
	p.TestsShown = shown(p, cfg)
	programs, aside, err := programs(ctx, ask, p, prompt, cfg)
	if refused, ok := errors.AsType[*llm.RefusedError](err); ok {
		return p, &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: acecoder.DropRefused, Detail: refused.Error()}, nil
	}
	if err != nil {
		return p, nil, err
	}
	if len(programs) == 0 {
		return p, &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: acecoder.DropNoPrograms, Detail: reasons(aside)}, nil
	}
	p.Programs = slices.Concat(p.Programs, programs)
	p.ProgramsDropped = slices.Concat(p.ProgramsDropped, aside)
	return p, nil, nil
}

// Oracles asks the oracle for its programs and returns p with them. That there is none is for the filter to say. The
// error is the model's failure.
func Oracles(ctx context.Context, ask Ask, p acecoder.Problem, prompt *Prompt, cfg Config) (acecoder.Problem, error) {
	programs, aside, err := programs(ctx, ask, p, prompt, cfg)
	if refused, ok := errors.AsType[*llm.RefusedError](err); ok {
		aside = []acecoder.DroppedProgram{{ID: programID(cfg.Model, 0), Model: cfg.Model, Reason: acecoder.DropRefused, Detail: refused.Error()}}
		err = nil
	}
	if err != nil {
		return p, err
	}
	p.Oracles = slices.Concat(p.Oracles, programs)
	p.ProgramsDropped = slices.Concat(p.ProgramsDropped, aside)
	return p, nil
}

// shown are the tests that the prompt shows: those marked, or the first.
func shown(p acecoder.Problem, cfg Config) []string {
	if len(p.TestsShown) > 0 {
		return p.TestsShown
	}
	return slices.Clone(p.Tests[:min(cfg.Shown, len(p.Tests))])
}

// Request is what a model is asked about a problem.
func Request(p acecoder.Problem, prompt *Prompt, cfg Config) (llm.Request, error) {
	turns, err := prompt.Render(template.Question{Question: p.Question, Tests: shown(p, cfg), EntryPoint: p.EntryPoint})
	if err != nil {
		return llm.Request{}, err
	}
	r := llm.Request{Model: cfg.Model, Temperature: cfg.Temperature, TopP: cfg.TopP, MaxTokens: cfg.MaxTokens}
	for _, t := range turns {
		r.Messages = append(r.Messages, llm.Message{Role: llm.Role(t.Role), Content: t.Text})
	}
	r.Continue = r.Messages[len(r.Messages)-1].Role == llm.Assistant
	return r, nil
}

// programs asks and reads the answers.
func programs(ctx context.Context, ask Ask, p acecoder.Problem, prompt *Prompt, cfg Config,
) (good []acecoder.Program, aside []acecoder.DroppedProgram, err error) {
	r, err := Request(p, prompt, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("sample %s: %w", p.ID, err)
	}
	answers, err := ask(ctx, r, 0, cfg.N)
	if err != nil {
		return nil, nil, fmt.Errorf("sample %s: %w", p.ID, err)
	}
	if len(answers) != cfg.N {
		return nil, nil, fmt.Errorf("sample %s: %d answers, want %d", p.ID, len(answers), cfg.N)
	}
	for k, a := range answers {
		text, reason, detail := read(r, a, p.EntryPoint)
		id := programID(cfg.Model, k)
		if reason != "" {
			aside = append(aside, acecoder.DroppedProgram{ID: id, Model: cfg.Model, Reason: reason, Detail: detail})
			continue
		}
		good = append(good, acecoder.Program{ID: id, Model: cfg.Model, Program: text})
	}
	return good, aside, nil
}

// read finds the program in an answer. Where the prompt begins the answer, the two are read as one text.
func read(r llm.Request, a llm.Answer, entryPoint string) (program string, reason acecoder.DropReason, detail string) {
	if reason, detail := a.Unusable(); reason != "" {
		return "", reason, detail
	}
	text := a.Text
	if r.Continue {
		text = r.Messages[len(r.Messages)-1].Content + text
	}
	found := pycode.Extract(text, entryPoint)
	if found.Rule == pycode.RuleWhole {
		found.Code = a.Text // words in place of a program are judged as what they are, and without ours before them
	}
	if strings.Trim(found.Code, " \t\r\n`") == "" {
		return "", acecoder.DropBadAnswer, "no program in it"
	}
	return found.Code, "", ""
}

// programID names sample k of a model within its problem.
func programID(model string, k int) string { return fmt.Sprintf("%s/%d", model, k) }

// reasons counts why there is no program.
func reasons(aside []acecoder.DroppedProgram) string {
	counts := map[acecoder.DropReason]int{}
	for _, d := range aside {
		counts[d.Reason]++
	}
	var parts []string
	for reason, n := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", n, reason))
	}
	slices.Sort(parts)
	return fmt.Sprintf("of %d answers %s", len(aside), strings.Join(parts, ", "))
}
