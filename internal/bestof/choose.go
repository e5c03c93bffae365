package bestof

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/acecoder/acecoder"
)

// Choice is a problem's chosen program.
type Choice struct {
	ID        string   `json:"id"` // the problem's
	Source    string   `json:"source,omitempty"`
	Selector  Selector `json:"selector"`
	Score     *float64 `json:"score,omitempty"` // the reward; of a vote, the programs or the weight behind it
	N         int      `json:"n"`               // programs that it was chosen among
	ProgramID string   `json:"program_id"`
	Model     string   `json:"model,omitempty"`
	Program   string   `json:"program"`
	Passes    *bool    `json:"passes,omitempty"` // all tests, where that is known
}

// Choose chooses one of all programs of p, which s was read from, without a look at their verdicts; the first, in the
// row's order, where several are as good. A drop says why there is none to choose.
func (s *Scored) Choose(p *acecoder.Problem, by Selector) (Choice, *acecoder.Drop) {
	entry, score, missing := s.choose(by)
	if missing != "" {
		return Choice{}, drop(s.ID, acecoder.DropNoPrograms, fmt.Sprintf("%s: %s", by, missing))
	}
	program := &p.Programs[entry.place]
	c := Choice{
		ID: s.ID, Source: s.Source, Selector: by, Score: score, N: len(s.entries),
		ProgramID: program.ID, Model: program.Model, Program: program.Program,
	}
	if s.unjudged == "" {
		c.Passes = &entry.passes
	}
	return c, nil
}

// choose returns the entry that a selector chooses with its score, or what is missing.
func (s *Scored) choose(by Selector) (chosen entry, score *float64, missing string) {
	if missing := s.missing(by); missing != "" {
		return entry{}, nil, missing
	}
	switch by {
	case Greedy:
		return s.greedy[0], nil, ""
	case Random:
		return s.entries[s.drawnProgram()], nil, ""
	}
	programs := s.programs()
	slices.SortFunc(programs, func(a, b entry) int { return a.place - b.place })
	value := s.standing(by)
	chosen = slices.MaxFunc(programs, func(a, b entry) int {
		order := cmp.Compare(value(a), value(b))
		if order == 0 && (by == RewardVote || by == RewardAlike) {
			return cmp.Compare(a.reward, b.reward)
		}
		return order
	})
	best := value(chosen)
	if best == unreadable {
		return chosen, nil, ""
	}
	return chosen, &best, ""
}

// programs returns the entries that have a program.
func (s *Scored) programs() []entry {
	return slices.DeleteFunc(slices.Clone(s.entries), func(e entry) bool { return e.place < 0 })
}

// missing says what a selector needs and does not have.
func (s *Scored) missing(by Selector) string {
	switch by {
	case Greedy:
		if len(s.greedy) == 0 {
			return "no program is marked as greedy"
		}
		return ""
	case Reward, RewardVote, RewardAlike:
		if !s.rewarded {
			return "not every program has a reward"
		}
	}
	switch {
	case (by == Alike || by == RewardAlike) && !s.behaved:
		return "what the programs do is not known"
	case len(s.programs()) == 0:
		return "no programs"
	}
	return ""
}

// drawnProgram returns the entry that chance chooses among those with a program.
func (s *Scored) drawnProgram() int {
	random := s.random()
	for {
		if i := random.IntN(len(s.entries)); s.entries[i].place >= 0 {
			return i
		}
	}
}

// standing returns what a selector goes by: a program's reward, or the votes for what it says or does.
func (s *Scored) standing(by Selector) func(entry) float64 {
	b := newBallots(s.entries)
	for i := range s.entries {
		b.add(&s.entries[i])
	}
	votes := func(t *tally, at int, weighted bool) float64 {
		switch {
		case at < 0:
			return 0
		case weighted:
			return t.clusters[at].weight
		}
		return float64(t.clusters[at].n)
	}
	switch by {
	case Vote, RewardVote:
		return func(e entry) float64 { return votes(b.texts, e.texts, by == RewardVote) }
	case Alike, RewardAlike:
		return func(e entry) float64 { return votes(b.alike, e.alike, by == RewardAlike) }
	}
	return func(e entry) float64 { return e.reward }
}
