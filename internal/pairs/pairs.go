package pairs

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// Stage is the name under which drops of this package are reported.
const Stage = "pairs"

// candidate is a program with its pass rate.
type candidate struct {
	*acecoder.Program
	rate stats.Rate
}

// Make returns the pairs of a scored problem, or the reason why there are none; exactly one of the two is not
// nil. The error tells of an invalid rule, or of a row that contradicts itself, by field; it is about this row
// only.
//
// The order is the published one: programs by pass rate, best first and equal ones in their order; each of
// them with the others, worst first. Without a cap and with ids left aside, permuted programs give the same
// set of pairs. A program without a pass rate is passed over, and a program is never paired with its own text.
func Make(p acecoder.Problem, r Rule) ([]acecoder.Pair, *acecoder.Drop, error) {
	if err := r.Validate(); err != nil {
		return nil, nil, err
	}
	if r.ASCIIOnly && !ascii(p.Question) {
		return nil, drop(p, acecoder.DropNotASCII, ""), nil
	}
	if len(p.Programs) == 0 {
		return nil, drop(p, acecoder.DropNoPrograms, ""), nil
	}
	scored, err := candidates(p, r)
	if err != nil {
		return nil, nil, err
	}
	if len(scored) == 0 {
		return nil, drop(p, acecoder.DropUnscored, fmt.Sprintf("none of %d programs has a pass rate", len(p.Programs))), nil
	}
	m := maker{problem: p, judge: r.judge(), seen: map[[2]string]bool{}}
	for _, group := range groups(scored, r.SameModel) {
		m.add(group)
	}
	if len(m.pairs) == 0 {
		return nil, drop(p, acecoder.DropNoPair, fmt.Sprintf("%d of %d programs have a pass rate", len(scored), len(p.Programs))), nil
	}
	return m.pairs, nil, nil
}

// candidates reads the pass rates, in the order of the programs.
func candidates(p acecoder.Problem, r Rule) ([]candidate, error) {
	rule := stats.RateRule{Denominator: r.Denominator, AcceptInProcess: r.AcceptInProcess}
	scored := make([]candidate, 0, len(p.Programs))
	for i := range p.Programs {
		rate, ok, err := rule.Of(&p, &p.Programs[i])
		if err != nil {
			return nil, fmt.Errorf("pairs %s: program %d (%s): %w", p.ID, i, p.Programs[i].ID, err)
		}
		if ok {
			scored = append(scored, candidate{&p.Programs[i], rate})
		}
	}
	return scored, nil
}

// groups splits the candidates by model, in the order in which the models are first seen.
func groups(scored []candidate, byModel bool) [][]candidate {
	if !byModel {
		return [][]candidate{scored}
	}
	var split [][]candidate
	at := map[string]int{}
	for _, c := range scored {
		i, ok := at[c.Model]
		if !ok {
			i = len(split)
			at[c.Model] = i
			split = append(split, nil)
		}
		split[i] = append(split[i], c)
	}
	return split
}

// maker collects the pairs of one problem.
type maker struct {
	problem acecoder.Problem
	judge   judge
	seen    map[[2]string]bool
	pairs   []acecoder.Pair
}

// add appends the pairs among the programs of a group, which it sorts.
func (m *maker) add(group []candidate) {
	slices.SortStableFunc(group, func(a, b candidate) int { return m.judge.compare(b.rate, a.rate) })
	for j, chosen := range group {
		if !m.judge.mayBeChosen(chosen.rate) {
			return // nor may any after it
		}
		for k := len(group) - 1; k > j; k-- {
			rejected := group[k]
			if !m.judge.mayBeRejected(rejected.rate) {
				continue
			}
			if !m.judge.apart(chosen.rate, rejected.rate) {
				break // the ones before it are closer still
			}
			if m.full() {
				return
			}
			m.pair(chosen, rejected)
		}
	}
}

func (m *maker) full() bool {
	return m.judge.rule.Cap > 0 && len(m.pairs) >= m.judge.rule.Cap
}

// pair appends one pair, unless the same one is there.
func (m *maker) pair(chosen, rejected candidate) {
	key := [2]string{chosen.Program.Program, rejected.Program.Program}
	if key[0] == key[1] {
		return
	}
	if m.judge.rule.Dedupe == ByConcat {
		key = [2]string{key[0] + key[1]}
	}
	if m.seen[key] {
		return
	}
	m.seen[key] = true
	m.pairs = append(m.pairs, acecoder.Pair{
		ID:            pairID(m.problem.ID, chosen.Program.Program, rejected.Program.Program),
		ProblemID:     m.problem.ID,
		Source:        m.problem.Source,
		Question:      m.problem.Question,
		Tests:         m.problem.Tests,
		Chosen:        chosen.Program.Program,
		Rejected:      rejected.Program.Program,
		ChosenScore:   chosen.rate.Float,
		RejectedScore: rejected.rate.Float,
		Margin:        m.judge.margin(chosen.rate, rejected.rate),
		ChosenID:      chosen.ID,
		RejectedID:    rejected.ID,
		ChosenModel:   chosen.Model,
		RejectedModel: rejected.Model,
	})
}

// pairID derives a pair's id from its content alone. The format may not change: ids name pairs in files.
func pairID(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		// The length goes first, so that no two lists of parts are the same bytes.
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func drop(p acecoder.Problem, reason acecoder.DropReason, detail string) *acecoder.Drop {
	return &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: reason, Detail: detail}
}
