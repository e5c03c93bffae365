package export

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// The rows of problems. The order of the fields is that of the columns; every column may be null, as in files that
// the datasets library writes. Names and order may not change: they are other programs' formats.

// message is one of a chat's.
type message struct {
	Content *string `parquet:"content,optional" json:"content"`
	Role    *string `parquet:"role,optional" json:"role"`
}

func user(text string) []*message      { return []*message{{new(text), new("user")}} }
func assistant(text string) []*message { return []*message{{new(text), new("assistant")}} }

// acecodeRow is a row of AceCode-87K.
type acecodeRow struct {
	ID        *string      `parquet:"id,optional"`
	Source    *string      `parquet:"source,optional"`
	Question  *string      `parquet:"question,optional"`
	TestCases []*string    `parquet:"test_cases,optional,list"`
	Programs  []*inference `parquet:"inferences,optional,list"`
	Context   []*message   `parquet:"context_messages,optional,list"`
}

type inference struct {
	ModelName    *string  `parquet:"model_name,optional"`
	CompletionID *int64   `parquet:"completion_id,optional"`
	Completion   *string  `parquet:"completion,optional"`
	PassRate     *float64 `parquet:"pass_rate,optional"`
}

func acecodeOf(p *acecoder.Problem, at place) (any, acecoder.DropReason, error) {
	if drop, err := usable(p, p.Tests); drop != "" || err != nil {
		return nil, drop, err
	}
	row := acecodeRow{
		ID: new(p.ID), Source: known(p.Source), Question: new(p.Question), TestCases: pointers(p.Tests),
		Programs: []*inference{}, Context: user(p.Question),
	}
	rule := stats.RateRule{Denominator: at.options.Denominator}
	for i := range p.Programs {
		program := &p.Programs[i]
		rate, ok, err := rule.Of(p, program)
		if err != nil {
			return nil, "", fmt.Errorf("program %d (%s): %w", i, program.ID, err)
		}
		out := &inference{ModelName: known(program.Model), CompletionID: new(int64(i)), Completion: new(program.Program)}
		if ok {
			out.PassRate = new(rate.Float)
		}
		row.Programs = append(row.Programs, out)
	}
	return row, "", nil
}

// usable reports why a problem cannot be a row.
func usable(p *acecoder.Problem, tests []string) (acecoder.DropReason, error) {
	switch {
	case p.Question == "":
		return "", errors.New("question: empty")
	case len(tests) == 0:
		return acecoder.DropNoTests, nil
	}
	return "", nil
}

// grpoRow is a row for TRL's GRPOTrainer.
type grpoRow struct {
	Prompt     []*message `parquet:"prompt,optional,list"`
	Tests      []*string  `parquet:"tests,optional,list"`
	TestsShown []*string  `parquet:"tests_shown,optional,list"`
	TaskID     *string    `parquet:"task_id,optional"`
	EntryPoint *string    `parquet:"entry_point,optional"`
	Prelude    *string    `parquet:"prelude,optional"`
	Setup      *string    `parquet:"setup,optional"`
	Source     *string    `parquet:"source,optional"`
	License    *string    `parquet:"license,optional"`
}

func grpoOf(p *acecoder.Problem, _ place) (any, acecoder.DropReason, error) {
	tests := rewardTests(p)
	if drop, err := usable(p, tests); drop != "" || err != nil {
		return nil, drop, err
	}
	return grpoRow{
		Prompt: user(p.Question), Tests: pointers(tests), TestsShown: pointers(p.TestsShown), TaskID: new(p.ID),
		EntryPoint: known(p.EntryPoint), Prelude: known(p.Prelude), Setup: known(p.Setup),
		Source: known(p.Source), License: known(p.License),
	}, "", nil
}

// openRLRow is a row for OpenRLHF's PromptDataset.
type openRLRow struct {
	ID         *string    `parquet:"id,optional"`
	Context    []*message `parquet:"context_messages,optional,list"`
	Label      *string    `parquet:"label,optional"`
	TestsShown []*string  `parquet:"tests_shown,optional,list"`
	Datasource *string    `parquet:"datasource,optional"`
	License    *string    `parquet:"license,optional"`
}

// judged is what a reward service needs to judge programs.
type judged struct {
	ID         string   `json:"id,omitempty"`
	Tests      []string `json:"tests,omitempty"`
	Asserts    []string `json:"assert_case,omitempty"`
	EntryPoint string   `json:"entry_point,omitempty"`
	Prelude    string   `json:"prelude,omitempty"`
	Setup      string   `json:"setup,omitempty"`
}

func openRLOf(p *acecoder.Problem, _ place) (any, acecoder.DropReason, error) {
	tests := rewardTests(p)
	if drop, err := usable(p, tests); drop != "" || err != nil {
		return nil, drop, err
	}
	label, err := compact(judged{ID: p.ID, Tests: tests, EntryPoint: p.EntryPoint, Prelude: p.Prelude, Setup: p.Setup})
	return openRLRow{
		ID: new(p.ID), Context: user(p.Question), Label: new(label), TestsShown: pointers(p.TestsShown),
		// The key of the evaluation's figures: "default" is what OpenRLHF puts where there is none.
		Datasource: new(cmp.Or(p.Source, "default")), License: known(p.License),
	}, "", err
}

// verlSource is one of the names for which verl, as it comes, has its sandbox judge the asserts of the ground truth;
// others are an error there unless a reward function is given.
const verlSource = "codecontests"

// verlRow is a row of verl's RL data.
type verlRow struct {
	DataSource *string    `parquet:"data_source,optional"`
	Prompt     []*message `parquet:"prompt,optional,list"`
	Ability    *string    `parquet:"ability,optional"`
	Reward     *verlModel `parquet:"reward_model,optional"`
	Extra      *verlExtra `parquet:"extra_info,optional"`
}

type verlModel struct {
	Style       *string `parquet:"style,optional"`
	GroundTruth *string `parquet:"ground_truth,optional"`
}

type verlExtra struct {
	Split      *string   `parquet:"split,optional"`
	Index      *int64    `parquet:"index,optional"`
	ID         *string   `parquet:"id,optional"`
	Source     *string   `parquet:"source,optional"`
	License    *string   `parquet:"license,optional"`
	TestsShown []*string `parquet:"tests_shown,optional,list"`
}

func verlOf(p *acecoder.Problem, at place) (any, acecoder.DropReason, error) {
	tests := rewardTests(p)
	if drop, err := usable(p, tests); drop != "" || err != nil {
		return nil, drop, err
	}
	truth := judged{EntryPoint: p.EntryPoint, Prelude: p.Prelude}
	for _, test := range tests {
		// The sandbox runs program and assert and knows nothing else, so the set-up goes along with the assert.
		truth.Asserts = append(truth.Asserts, strings.TrimLeft(p.Setup+"\n", "\n")+test)
	}
	text, err := compact(truth)
	return verlRow{
		DataSource: new(verlSource), Prompt: user(p.Question), Ability: new("code"),
		Reward: &verlModel{new("rule"), new(text)},
		Extra: &verlExtra{
			new(at.split), new(at.index), new(p.ID), known(p.Source), known(p.License), pointers(p.TestsShown),
		},
	}, "", err
}

// known is a text, or null where there is none.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// pointers is a list of texts; none is an empty list and not null.
func pointers(texts []string) []*string {
	out := make([]*string, len(texts))
	for i, text := range texts {
		out[i] = &text
	}
	return out
}

// compact is a value as JSON with programs as they stand.
func compact(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
