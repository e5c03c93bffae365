package bestof

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pycode"
	"github.com/acecoder/acecoder/internal/stats"
)

// Scored is what is known of one problem's programs. It holds no texts.
type Scored struct {
	ID, Source string

	entries []entry // in an order of their content
	greedy  []entry // those asked for at temperature 0, which are no part of the N

	unjudged string // the first program without a pass rate; empty: none
	rewarded bool   // every program has a reward, or null
	behaved  bool   // the behaviours are known
	seed     uint64
}

// entry is one program, or an answer that gave none.
type entry struct {
	place  int // in the problem's programs; -1: an answer that gave no program
	passes bool
	reward float64
	texts  int // the programs with the same number have the same text; -1: it has no vote
	alike  int // the same for behaviours
}

// unreadable is the reward of a program whose reward is null: the reward model could not read it, as one that is too
// long, so it is chosen after all others, and before an answer without a program.
const unreadable = -math.MaxFloat64

// reader reads the programs of one problem.
type reader struct {
	problem   *acecoder.Problem
	cfg       Config
	told      bool     // a field tells the behaviours
	behaviour []string // by program; empty: no vote
	texts     []string // by program
}

// Read reads a problem's programs. behaviour has a text for each of p.Programs, equal for two that behave alike and
// empty for one that has no vote, as Behaviours returns them; nil: not known, or in the field that cfg names. The
// error tells of a row that contradicts itself, by field.
//
// A program with the field "greedy" true, or "temperature" 0, is a greedy one. Answers of the same models that gave no
// program count among the N: they pass nothing, and are chosen only where there is nothing else.
func Read(p *acecoder.Problem, behaviour []string, cfg Config) (Scored, error) {
	r := reader{problem: p, cfg: cfg, behaviour: behaviour, texts: make([]string, len(p.Programs))}
	r.told = behaviour == nil && cfg.Behaviour != "" && cfg.Behaviour != Run
	s := Scored{ID: p.ID, Source: p.Source, rewarded: true, behaved: behaviour != nil || r.told, seed: cfg.Seed}
	if behaviour == nil {
		r.behaviour = make([]string, len(p.Programs))
	}
	models, ids := map[string]bool{}, map[string]bool{}
	for i := range p.Programs {
		program := &p.Programs[i]
		ids[program.ID] = true
		if len(cfg.Models) > 0 && !slices.Contains(cfg.Models, program.Model) {
			continue
		}
		models[program.Model] = true
		if err := r.add(&s, i); err != nil {
			return s, fmt.Errorf("bestof %s: program %d (%s): %w", p.ID, i, program.ID, err)
		}
	}
	r.cluster(&s)
	for _, d := range p.ProgramsDropped {
		// The oracle's answers are told from the policy's by the model; an id that is taken is the oracle's too.
		if models[d.Model] && !ids[d.ID] {
			s.entries = append(s.entries, entry{place: -1, reward: math.Inf(-1), texts: -1, alike: -1})
		}
	}
	return s, nil
}

// add reads one program.
func (r *reader) add(s *Scored, i int) error {
	program := &r.problem.Programs[i]
	e := entry{place: i}
	rate, ok, err := stats.RateRule{Denominator: stats.Kept, AcceptInProcess: r.cfg.AcceptInProcess}.Of(r.problem, program)
	if err != nil {
		return err
	}
	e.passes = ok && rate.Exact.Cmp(big.NewRat(1, 1)) == 0
	if !ok && s.unjudged == "" {
		s.unjudged = cmp.Or(program.ID, fmt.Sprint(i))
	}
	greedy, err := isGreedy(program)
	if err != nil {
		return err
	}
	if greedy {
		s.greedy = append(s.greedy, e)
		return nil
	}
	reward, err := field[float64](program, r.cfg.Reward)
	if err != nil {
		return err
	}
	switch _, looked := program.Extra[r.cfg.Reward]; {
	case reward != nil:
		e.reward = *reward
	case looked:
		e.reward = unreadable
	default:
		s.rewarded = false
	}
	if r.told {
		text, err := field[string](program, r.cfg.Behaviour)
		if err != nil {
			return err
		}
		if text == nil {
			s.behaved = false
		} else {
			r.behaviour[i] = *text
		}
	}
	r.texts[i] = strings.Join(pycode.Words(program.Program), "\x00")
	s.entries = append(s.entries, e)
	return nil
}

// cluster numbers the texts and the behaviours and puts the entries into an order of their content, so that what is
// drawn among them does not depend on the order of the row.
func (r *reader) cluster(s *Scored) {
	slices.SortStableFunc(s.entries, func(a, b entry) int {
		passes := func(e entry) int {
			if e.passes {
				return 1
			}
			return 0
		}
		return cmp.Or(
			strings.Compare(r.texts[a.place], r.texts[b.place]), strings.Compare(r.behaviour[a.place], r.behaviour[b.place]),
			cmp.Compare(a.reward, b.reward), passes(a)-passes(b),
		)
	})
	texts, behaviours := map[string]int{}, map[string]int{}
	for i := range s.entries {
		e := &s.entries[i]
		e.texts = number(texts, r.texts[e.place])
		e.alike = -1
		if b := r.behaviour[e.place]; b != "" {
			e.alike = number(behaviours, b)
		}
	}
}

func number(known map[string]int, key string) int {
	n, ok := known[key]
	if !ok {
		n = len(known)
		known[key] = n
	}
	return n
}

// isGreedy reports whether a program was asked for at temperature 0.
func isGreedy(program *acecoder.Program) (bool, error) {
	greedy, err := field[bool](program, "greedy")
	if err != nil || greedy != nil {
		return greedy != nil && *greedy, err
	}
	temperature, err := field[float64](program, "temperature")
	return temperature != nil && *temperature == 0, err
}

// field returns a field that the records do not know; nil where there is none, or null.
func field[T any](program *acecoder.Program, name string) (*T, error) {
	raw, ok := program.Extra[name]
	if !ok {
		return nil, nil
	}
	var value *T
	if err := json.Unmarshal(raw, &value); err != nil {
		var want T
		return nil, fmt.Errorf("%s: %.40s is no %T", name, raw, want)
	}
	return value, nil
}

// Drop returns why a problem cannot be measured; nil where it can.
func (s *Scored) Drop(cfg Config) *acecoder.Drop {
	most := 1
	if len(cfg.N) > 0 {
		most = cfg.N[len(cfg.N)-1]
	}
	switch n := len(s.entries); {
	case n < most:
		return drop(s.ID, acecoder.DropNoPrograms, fmt.Sprintf("%d programs, %d asked for", n, most))
	case s.unjudged != "":
		return drop(s.ID, acecoder.DropUnscored, fmt.Sprintf("program %s has no pass rate", s.unjudged))
	}
	return nil
}

// random returns the source of all that is drawn for this problem, and for nothing else.
func (s *Scored) random() *rand.Rand { return newRandom(s.seed, s.ID) }

func newRandom(seed uint64, id string) *rand.Rand {
	sum := sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), id...))
	return rand.New(rand.NewChaCha8(sum))
}
