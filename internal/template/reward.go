package template

import "strings"

// The form in which AceCodePair-300K has questions and programs. Training, scoring and choosing have to use one form:
// a reward model that was trained on this one has never seen a bare question.
const (
	pairAsk    = "Please provide a self-contained Python script that solves the following problem in a markdown code block:\n"
	pairAnswer = "Below is a Python script with a self-contained function that solves the problem and passes corresponding tests:\n"
)

// PairInstruction is the question of a pair, with the one test that the published set shows, as that set has it.
func PairInstruction(question, firstTest string) string {
	return pairAsk + "```\n\"\"\"\n" + question + "\n" + strings.TrimSpace(firstTest) + "\n\"\"\"\n\n```\n"
}

// PairAnswer is a program of a pair, as the published set has it.
func PairAnswer(program string) string { return pairAnswer + "```python\n" + program + "\n```" }

// UnwrapInstruction takes the question out of what PairInstruction made of it; false where it is something else. The
// test stays with the question: where one ends and the other begins, the text does not say.
func UnwrapInstruction(text string) (question string, ok bool) {
	text, ok = strings.CutPrefix(text, pairAsk+"```\n\"\"\"\n")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(strings.TrimRight(text, "\n"), "\n\"\"\"\n\n```")
}

// UnwrapAnswer takes the program out of what PairAnswer made of it; false where it is something else.
func UnwrapAnswer(text string) (program string, ok bool) {
	text, ok = strings.CutPrefix(text, pairAnswer+"```python\n")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(strings.TrimRight(text, "\n"), "\n```")
}
