package verify

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/acecoder/acecoder"
)

// Job is one question: its tests, and the programs to judge by them. Programs of one question go together
// because preparing the tests is then done once for all of them; no verdict depends on the company.
type Job struct {
	ID         string
	Tests      []string
	Prelude    string // code run before each program
	Setup      string // code run after each program, before the tests
	EntryPoint string // the function the tests call; needed for scripts that define check() and do not call it
	Limits     *acecoder.Limits
	Programs   []acecoder.Program // ID and Program are read
}

// valid returns the job with valid text throughout: Python takes no other. What is replaced in a test makes it
// another test or none; a program that is no text is no program, and newTrial says so.
func (j Job) valid() Job {
	text := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	j.Prelude, j.Setup, j.EntryPoint = text(j.Prelude), text(j.Setup), text(j.EntryPoint)
	if !slices.ContainsFunc(j.Tests, func(s string) bool { return !utf8.ValidString(s) }) {
		return j
	}
	j.Tests = slices.Clone(j.Tests)
	for i, s := range j.Tests {
		j.Tests[i] = text(s)
	}
	return j
}
