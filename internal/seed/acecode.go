package seed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
)

// publishedProblem is a row of AceCode-87K. Its context_messages, and whatever else it has, are kept as they are.
type publishedProblem struct {
	ID         string             `json:"id"`
	Source     string             `json:"source"`
	Question   string             `json:"question"`
	TestCases  []string           `json:"test_cases"`
	Tests      []string           `json:"tests"` // the same, in the set that the published training read
	Inferences []publishedProgram `json:"inferences"`
}

type publishedProgram struct {
	ModelName    string          `json:"model_name"`
	CompletionID json.RawMessage `json:"completion_id"`
	Completion   string          `json:"completion"`
	PassRate     *float64        `json:"pass_rate"`
}

// ReadProblem reads a row of AceCode-87K as a problem with its programs.
//
// The published pass rate is the passes among the tests that the oracle passes, which the row has, divided by all tests
// before filtering, which it does not have. So it is a pass_rate_all, and there is no pass_rate.
func ReadProblem(row jsonl.Row) (acecoder.Problem, error) {
	published, err := jsonl.Decode[publishedProblem](row, "id", "question", "inferences", "inferences[].completion")
	if err != nil {
		return acecoder.Problem{}, err
	}
	p := acecoder.Problem{ID: published.ID, Source: published.Source, Question: published.Question, Tests: published.TestCases}
	if p.Tests == nil {
		p.Tests = published.Tests
	}
	if p.Tests == nil {
		return p, &jsonl.RowError{File: row.File, Line: row.Line, Field: "test_cases", Err: errors.New("missing; a row has to have it")}
	}
	for i, program := range published.Inferences {
		id := strings.Trim(string(program.CompletionID), `"`)
		if id == "" || id == "null" {
			id = fmt.Sprint(i)
		}
		p.Programs = append(p.Programs, acecoder.Program{
			ID: id, Model: program.ModelName, Program: program.Completion, PassRateAll: program.PassRate,
		})
	}
	extra, err := columnsOf(row)
	if err != nil {
		return p, err
	}
	for _, name := range []string{"id", "source", "question", "test_cases", "tests", "inferences"} {
		delete(extra, name)
	}
	if len(extra) > 0 {
		p.Extra = extra
	}
	return p, nil
}

// PublishedPair is a pair of AceCodePair-300K. It has no scores, because the set has none.
type PublishedPair struct {
	ID        string   `json:"id"`
	ProblemID string   `json:"problem_id"` // derived from the question: the set does not have it
	Source    string   `json:"source,omitempty"`
	Question  string   `json:"question"`
	Tests     []string `json:"tests"` // the one that the prompt showed
	Chosen    string   `json:"chosen"`
	Rejected  string   `json:"rejected"`
}

// What the published pairs wrap their questions and programs in.
const (
	questionHead = "Please provide a self-contained Python script that solves the following problem in a markdown code block:\n```\n\"\"\"\n"
	questionTail = "\n\"\"\"\n\n```\n"
	programHead  = "Below is a Python script with a self-contained function that solves the problem and passes corresponding tests:\n```python\n"
	programTail  = "\n```"
)

// ReadPair reads a row of AceCodePair-300K: its question, the test shown with it, and its programs, out of the texts that
// they are wrapped in. An error is a *jsonl.RowError that names the field.
func ReadPair(row jsonl.Row, source string) (PublishedPair, error) {
	columns, err := columnsOf(row)
	if err != nil {
		return PublishedPair{}, err
	}
	get := &columnReader{row: row, columns: columns}
	unwrapped := func(field, head, tail string) string {
		text := get.required([]string{field})
		inner, hasHead := strings.CutPrefix(text, head)
		inner, hasTail := strings.CutSuffix(strings.TrimRight(inner, " \n"), strings.TrimRight(tail, " \n"))
		if text != "" && (!hasHead || !hasTail) {
			get.fail(field, errors.New("not in the words that the published pairs are wrapped in"))
		}
		return inner
	}
	p := PublishedPair{
		ID: get.optional([]string{"id"}), Source: source, Question: unwrapped("instruction", questionHead, questionTail), Tests: []string{},
		Chosen: unwrapped("chosen", programHead, programTail), Rejected: unwrapped("rejected", programHead, programTail),
	}
	if at := strings.LastIndex("\n"+p.Question, "\nassert "); at >= 0 {
		p.Question, p.Tests = strings.TrimSuffix(p.Question[:at], "\n"), []string{strings.TrimSpace(p.Question[at:])}
	}
	question := sha256.Sum256([]byte(p.Question))
	p.ProblemID = "question_" + hex.EncodeToString(question[:8])
	if p.ID == "" {
		p.ID = fmt.Sprintf("%s:%d", plainName(row.File), row.Line)
	}
	return p, get.err
}
