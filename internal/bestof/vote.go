package bestof

// A vote among N of M programs has no closed form that would be worth its time: it is averaged over the first N of
// cfg.Draws random orders of the programs, the same orders for every N and every vote. A vote among all M is exact, and
// one among 1 is the average.

// tally counts the votes for the texts, or the behaviours, of the programs drawn so far.
type tally struct {
	clusters []cluster
	rest     cluster // programs without a vote
}

// cluster is the programs that are voted for together.
type cluster struct {
	n, passes int
	weight    float64 // Σ σ(reward)

	top             float64 // the highest reward
	topN, topPasses int     // the programs that have it
}

// newTally returns a tally for clusters numbered below n.
func newTally(n int) *tally { return &tally{clusters: make([]cluster, n)} }

func (t *tally) clear() {
	clear(t.clusters)
	t.rest = cluster{}
}

// add counts a program that votes for cluster at; -1: for none.
func (t *tally) add(at int, e *entry) {
	if e.place < 0 {
		return
	}
	c := &t.rest
	if at >= 0 {
		c = &t.clusters[at]
	}
	passes := 0
	if e.passes {
		passes = 1
	}
	if c.n == 0 || e.reward > c.top {
		c.top, c.topN, c.topPasses = e.reward, 0, 0
	}
	if e.reward == c.top {
		c.topN++
		c.topPasses += passes
	}
	c.n++
	c.passes += passes
	c.weight += sigmoid(e.reward)
}

// most returns the probability that the plain vote's program passes: one by chance of a cluster with the most
// programs; where clusters are level, of one of them by chance.
func (t *tally) most() float64 {
	return t.winners(func(c *cluster) float64 { return float64(c.n) }, func(c *cluster) float64 { return ratio(c.passes, c.n) })
}

// heaviest returns the same of the weighted vote, which chooses the highest reward within the heaviest cluster.
func (t *tally) heaviest() float64 {
	return t.winners(func(c *cluster) float64 { return c.weight }, func(c *cluster) float64 { return ratio(c.topPasses, c.topN) })
}

// level is how near two weights count as equal: sums of the same weights in another order differ by less.
const level = 1e-12

// winners returns the mean of value over the clusters with the most votes. Where nobody votes, one of the programs
// drawn is chosen by the cluster of those without a vote.
func (t *tally) winners(votes, value func(*cluster) float64) float64 {
	best := -1.0 // a weight may be so small that it is 0
	for i := range t.clusters {
		if c := &t.clusters[i]; c.n > 0 {
			best = max(best, votes(c))
		}
	}
	switch {
	case best < 0 && t.rest.n == 0:
		return 0
	case best < 0:
		return value(&t.rest)
	}
	sum, n := 0.0, 0
	for i := range t.clusters {
		if c := &t.clusters[i]; c.n > 0 && votes(c) >= best*(1-level) {
			sum += value(c)
			n++
		}
	}
	return sum / float64(n)
}

func ratio(part, whole int) float64 { return float64(part) / float64(whole) }

// ballots are the two tallies that all votes are read from.
type ballots struct{ texts, alike *tally }

func newBallots(entries []entry) ballots {
	texts, alike := 0, 0
	for i := range entries {
		texts, alike = max(texts, entries[i].texts+1), max(alike, entries[i].alike+1)
	}
	return ballots{newTally(texts), newTally(alike)}
}

func (b ballots) add(e *entry) {
	b.texts.add(e.texts, e)
	b.alike.add(e.alike, e)
}

func (b ballots) clear() {
	b.texts.clear()
	b.alike.clear()
}

// read returns the outcome of one of the votes.
func (b ballots) read(s Selector) float64 {
	switch s {
	case Vote:
		return b.texts.most()
	case Alike:
		return b.alike.most()
	case RewardVote:
		return b.texts.heaviest()
	}
	return b.alike.heaviest()
}

// votes returns, for each of the votes asked for, its figure at each of ns.
func (s *Scored) votes(which []Selector, ns []int, draws int) map[Selector][]float64 {
	out := make(map[Selector][]float64, len(which))
	for _, v := range which {
		out[v] = make([]float64, len(ns))
	}
	b, random := newBallots(s.entries), s.random()
	count := func(k int, share float64) {
		for _, v := range which {
			out[v][k] += share * b.read(v)
		}
	}
	drawn := s.between(ns)
	for range draws {
		b.clear()
		order, at := random.Perm(len(s.entries)), 0
		for k, n := range ns[:drawn] {
			for ; at < n; at++ {
				b.add(&s.entries[order[at]])
			}
			count(k, 1/float64(draws))
		}
		if drawn == 0 {
			break
		}
	}
	if drawn < len(ns) {
		b.clear()
		for i := range s.entries {
			b.add(&s.entries[i])
		}
		count(drawn, 1)
	}
	if len(ns) > 0 && ns[0] == 1 {
		for _, v := range which {
			out[v][0] = mean(s.entries)
		}
	}
	return out
}

// between returns how many of ns are below the number of programs.
func (s *Scored) between(ns []int) int {
	for k, n := range ns {
		if n == len(s.entries) {
			return k
		}
	}
	return len(ns)
}
