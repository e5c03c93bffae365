package bestof

// Figures are what one problem adds to the table: for each selector, by the table's N, the probability that the program
// it chooses passes all tests. A selector that does not depend on N has one figure.
type Figures struct {
	ID, Source string
	Programs   int // those that the N are chosen among

	shares map[Selector][]float64
}

// Measure returns the figures of a problem for which Drop gives no reason.
func (s *Scored) Measure(cfg Config) Figures {
	f := Figures{ID: s.ID, Source: s.Source, Programs: len(s.entries)}
	ns := cfg.numbers(len(s.entries))
	which := []Selector{Vote}
	if s.behaved {
		which = append(which, Alike)
	}
	if s.rewarded {
		which = append(which, RewardVote)
	}
	if s.rewarded && s.behaved {
		which = append(which, RewardAlike)
	}
	f.shares = s.votes(which, ns, cfg.Draws)
	f.shares[Average] = []float64{mean(s.entries)}
	f.shares[Random] = []float64{mean(s.entries[s.drawn():][:1])}
	if len(s.greedy) > 0 {
		f.shares[Greedy] = []float64{mean(s.greedy)}
	}
	for _, n := range ns {
		f.shares[Oracle] = append(f.shares[Oracle], passAt(len(s.entries), n, passing(s.entries)))
		if s.rewarded {
			f.shares[Reward] = append(f.shares[Reward], highest(s.entries, n))
		}
	}
	return f
}

// drawn returns the entry that chance chooses.
func (s *Scored) drawn() int { return s.random().IntN(len(s.entries)) }
