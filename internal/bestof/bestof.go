// Package bestof measures how well the best of N programs can be found: by a reward model, by votes, by chance
// (AceCoder §2.1, Table 2). In: problems whose programs have pass rates, rewards where a reward model gave some, and what
// they do on inputs where that is asked for. Out: for each selector and N the share of problems whose chosen program
// passes all tests, with intervals; and the choices themselves.
//
// Its one invariant: the figures depend on the problems and on each one's set of programs, and never on an order.
package bestof

import (
	"fmt"
	"slices"

	"github.com/acecoder/acecoder"
)

// Stage is the name under which drops of this package are reported.
const Stage = "bestof"

// Selector is a way to choose one of N programs.
type Selector string

// The selectors.
const (
	Greedy  Selector = "greedy"  // the program that was asked for at temperature 0: no choice
	Average Selector = "average" // the mean over the programs: what chance chooses, on average
	Random  Selector = "random"  // one draw by chance, to see what chance alone does
	Oracle  Selector = "oracle"  // pass@N: a right program, if there is one
	Vote    Selector = "vote"    // the text that most programs have, comments and blanks aside
	Alike   Selector = "alike"   // the behaviour that most programs have
	Reward  Selector = "reward"  // the highest reward
	// RewardVote and RewardAlike vote with weights: that of a text, or of a behaviour, is Σ σ(reward) over its programs, and
	// the program with the highest reward among those of the heaviest is chosen.
	RewardVote  Selector = "reward_vote"
	RewardAlike Selector = "reward_alike"
)

// Selectors lists the selectors in the order of the tables.
func Selectors() []Selector {
	return []Selector{Greedy, Average, Random, Oracle, Vote, Alike, Reward, RewardVote, RewardAlike}
}

// Choosers lists the selectors that choose a program without knowing which ones are right.
func Choosers() []Selector {
	return []Selector{Greedy, Random, Vote, Alike, Reward, RewardVote, RewardAlike}
}

// constant reports whether a selector's figure is the same for every N.
func (s Selector) constant() bool { return s == Greedy || s == Average || s == Random }

// Config says what is measured.
type Config struct {
	N         []int    `json:"n,omitempty"`         // none: powers of two up to 64, as far as every problem has programs
	Models    []string `json:"models,omitempty"`    // the models whose programs count; none: all
	Reward    string   `json:"reward_field"`        // the field of a program that has its reward
	Behaviour string   `json:"behaviour,omitempty"` // Run, or a program's field: equal where programs behave alike; empty: no such votes
	Seed      uint64   `json:"seed"`                // of all that is drawn
	Draws     int      `json:"draws"`               // orders of a problem's programs that votes among N are averaged over
	Resamples int      `json:"resamples"`           // of the problems, for the intervals
	Inputs    int      `json:"inputs"`              // calls that programs are run on to see what they do

	AcceptInProcess bool `json:"accept_in_process"`
}

// Run is the Config.Behaviour that has the programs run to see which behave alike.
const Run = "run"

// Default returns what the command measures unless it is told otherwise.
func Default() Config {
	return Config{Reward: "reward", Seed: 1, Draws: 500, Resamples: 1000, Inputs: 32}
}

// Validate says what is wrong with the configuration, by field.
func (c Config) Validate() error {
	for i, n := range c.N {
		if n < 1 || (i > 0 && n <= c.N[i-1]) {
			return fmt.Errorf("bestof: n: %d: the numbers are above 0 and rising", n)
		}
	}
	switch {
	case c.Reward == "":
		return fmt.Errorf("bestof: reward_field: not set")
	case c.Draws < 1:
		return fmt.Errorf("bestof: draws: %d is below 1", c.Draws)
	case c.Resamples < 100:
		return fmt.Errorf("bestof: resamples: %d is below 100, too few for an interval", c.Resamples)
	case c.Behaviour == Run && c.Inputs < 1:
		return fmt.Errorf("bestof: inputs: %d is below 1", c.Inputs)
	}
	return nil
}

// numbers returns the N of a table for problems with so many programs each, or more.
func (c Config) numbers(programs int) []int {
	all := c.N
	if len(all) == 0 {
		all = []int{1, 2, 4, 8, 16, 32, 64}
	}
	at, _ := slices.BinarySearch(all, programs+1)
	return all[:at]
}

func drop(id string, reason acecoder.DropReason, detail string) *acecoder.Drop {
	return &acecoder.Drop{ID: id, Stage: Stage, Reason: reason, Detail: detail}
}
