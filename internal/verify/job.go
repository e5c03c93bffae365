package verify

import "github.com/acecoder/acecoder"

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
