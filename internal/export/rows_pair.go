package export

import (
	"errors"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/template"
)

// The rows of pairs; what rows_problem.go says of order and names holds here too.

// pairRow is a row of AceCodePair-300K.
type pairRow struct {
	Instruction *string `parquet:"instruction,optional"`
	Input       *string `parquet:"input,optional"`
	Chosen      *string `parquet:"chosen,optional"`
	Rejected    *string `parquet:"rejected,optional"`
	ID          *int64  `parquet:"id,optional"`
}

func pairOf(p *acecoder.Pair, _ Origin, at place) (any, error) {
	question, err := instruction(p)
	return pairRow{
		Instruction: new(question), Input: new(""), Chosen: new(template.PairAnswer(p.Chosen)),
		Rejected: new(template.PairAnswer(p.Rejected)), ID: new(at.row),
	}, err
}

// instruction is the question as a reward model reads it.
func instruction(p *acecoder.Pair) (string, error) {
	switch {
	case p.ProblemID == "":
		return "", errors.New("problem_id: empty, and it says which split the pair belongs to")
	case p.Question == "":
		return "", errors.New("question: empty")
	case len(p.Tests) == 0:
		return "", errors.New("tests: none, and the instruction shows the first")
	case p.Chosen == p.Rejected:
		return "", errors.New("chosen and rejected are the same text")
	}
	return template.PairInstruction(p.Question, p.Tests[0]), nil
}

// pairNotes are what a row of pairs says beside what trainers read.
type pairNotes struct {
	ID            *string  `parquet:"id,optional" json:"id"`
	ProblemID     *string  `parquet:"problem_id,optional" json:"problem_id"`
	ChosenScore   *float64 `parquet:"chosen_score,optional" json:"chosen_score"`
	RejectedScore *float64 `parquet:"rejected_score,optional" json:"rejected_score"`
	Source        *string  `parquet:"source,optional" json:"source"`
	License       *string  `parquet:"license,optional" json:"license"`
}

func notes(p *acecoder.Pair, from Origin) pairNotes {
	return pairNotes{
		new(p.ID), new(p.ProblemID), new(p.ChosenScore), new(p.RejectedScore), known(p.Source), known(from.License),
	}
}

// llamaRow is a row of LLaMA-Factory's alpaca form with ranking.
type llamaRow struct {
	Instruction *string  `parquet:"instruction,optional" json:"instruction"`
	Input       *string  `parquet:"input,optional" json:"input"`
	Chosen      *string  `parquet:"chosen,optional" json:"chosen"`
	Rejected    *string  `parquet:"rejected,optional" json:"rejected"`
	Margin      *float64 `parquet:"margin,optional" json:"margin"`
	pairNotes
}

func llamaOf(p *acecoder.Pair, from Origin, _ place) (any, error) {
	question, err := instruction(p)
	return llamaRow{
		new(question), new(""), new(template.PairAnswer(p.Chosen)), new(template.PairAnswer(p.Rejected)), new(p.Margin), notes(p, from),
	}, err
}

// trlRMRow is a row for TRL's RewardTrainer.
type trlRMRow struct {
	Prompt   []*message `parquet:"prompt,optional,list"`
	Chosen   []*message `parquet:"chosen,optional,list"`
	Rejected []*message `parquet:"rejected,optional,list"`
	Margin   *float64   `parquet:"margin,optional"`
	pairNotes
}

func trlRMOf(p *acecoder.Pair, from Origin, _ place) (any, error) {
	question, err := instruction(p)
	return trlRMRow{
		user(question), assistant(template.PairAnswer(p.Chosen)), assistant(template.PairAnswer(p.Rejected)), new(p.Margin), notes(p, from),
	}, err
}

// openRMRow is a row for OpenRLHF's RewardDataset.
type openRMRow struct {
	Chosen   []*message `parquet:"chosen,optional,list"`
	Rejected []*message `parquet:"rejected,optional,list"`
	Margin   *float64   `parquet:"margin,optional"`
	pairNotes
}

func openRMOf(p *acecoder.Pair, from Origin, _ place) (any, error) {
	question, err := instruction(p)
	return openRMRow{
		append(user(question), assistant(template.PairAnswer(p.Chosen))...),
		append(user(question), assistant(template.PairAnswer(p.Rejected))...), new(p.Margin), notes(p, from),
	}, err
}
