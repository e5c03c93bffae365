package seed

import (
	"context"
	"fmt"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
)

// Inspect says what is known of sources, as (*pyast.Parser).Inspect does.
type Inspect = func(context.Context, []string) ([]pyast.Inspection, error)

// Result is what became of a row: a seed, a problem or a pair, unless it was dropped.
type Result struct {
	Place      string // the row's, or the id of a problem or pair
	Source     string
	Seed       acecoder.Seed
	Inspection pyast.Inspection  // of the seed's program
	Problem    *acecoder.Problem // of a row of AceCode-87K
	Pair       *PublishedPair    // of a row of AceCodePair-300K
	Drop       *acecoder.Drop    // nil if it goes on; its id is the place
	Evidence   *Evidence         // with what it overlaps, if it was dropped for that
}

// The kinds of rows that come of inputs.
const (
	SeedRow    = "seeds"
	ProblemRow = "problems"
	PairRow    = "pairs"
)

// Row returns what is to be written of a result that was not dropped, and its kind.
func (r *Result) Row() (kind string, row any) {
	switch {
	case r.Problem != nil:
		return ProblemRow, r.Problem
	case r.Pair != nil:
		return PairRow, r.Pair
	}
	return SeedRow, r.Seed
}

// Tests is the number of tests that the row has; seeds have none.
func (r *Result) Tests() int {
	switch {
	case r.Problem != nil:
		return len(r.Problem.Tests)
	case r.Pair != nil:
		return len(r.Pair.Tests)
	}
	return 0
}

// Make applies the rules to rows and returns what became of each, in their order. Many rows at once are faster: they
// share processes. The error is that of inspect, never a row's.
func Make(ctx context.Context, inspect Inspect, rows []Row, rules Rules) ([]Result, error) {
	if err := rules.Validate(); err != nil {
		return nil, err
	}
	found := make([][]candidate, len(rows))
	var sources []string
	for i := range rows {
		found[i] = candidates(&rows[i], rules)
		for _, c := range found[i] {
			sources = append(sources, c.code)
		}
	}
	inspections, err := inspect(ctx, sources)
	if err != nil {
		return nil, fmt.Errorf("look at the programs of %s: %w", places(rows), err)
	}
	results := make([]Result, len(rows))
	var changed []int
	for i := range rows {
		n := len(found[i])
		for k := range found[i] {
			found[i][k].in = inspections[k]
		}
		inspections = inspections[n:]
		program := ""
		results[i], program = one(&rows[i], found[i], rules)
		if results[i].Drop == nil && results[i].Seed.Program != program {
			changed = append(changed, i)
		}
	}
	sources = sources[:0]
	for _, i := range changed {
		sources = append(sources, results[i].Seed.Program)
	}
	if inspections, err = inspect(ctx, sources); err != nil {
		return nil, fmt.Errorf("look at the programs of %s without prints: %w", places(rows), err)
	}
	for k, i := range changed {
		results[i].Inspection = inspections[k]
	}
	return results, nil
}

// one makes the seed of one row, or says why not. The program is the seed's with its prints.
func one(row *Row, found []candidate, rules Rules) (Result, string) {
	c, reason, detail := choose(row, found, rules)
	if reason == "" {
		reason, detail = rules.check(c.code, c.in)
	}
	result := Result{Place: row.Place, Source: row.Source}
	if reason != "" {
		result.Drop = drop(row.Place, reason, "%s", detail)
		return result, ""
	}
	s := acecoder.Seed{
		Source: row.Source, Instruction: row.Instruction, Program: rules.withoutPrints(c.code, c.in),
		Origin: row.origin(), License: row.License, Extra: row.Extra,
	}
	s.ID = ID(s)
	result.Seed, result.Inspection = s, c.in
	return result, c.code
}

func places(rows []Row) string {
	if len(rows) == 0 {
		return "no rows"
	}
	return fmt.Sprintf("%s and %d rows after it", rows[0].Place, len(rows)-1)
}
