// Package seed makes seeds of what people have: published instruction sets, sets of functions, folders of source code
// (AceCoder §3).
//
// In: rows of some [Shape], or files of a folder. Out: [acecoder.Seed] rows, or drops that say why not: the rules of the
// method, duplicates, and what overlaps with a benchmark. Two published sets that are further along than seeds come out
// as problems and pairs. Its one invariant: the same inputs in the same order give the same seeds, whatever the number
// of workers, and a seed's id depends on nothing but its source, instruction and program.
package seed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/acecoder/acecoder"
)

// Stage is the name under which drops of this package are reported.
const Stage = "seed"

// Row is one row of a set, or one function of a file, before the rules.
type Row struct {
	Place       string // where it stands, for people: file and line
	Source      string // the name of the set
	Instruction string // what the program was written for; may be empty
	Text        string // the program, or an answer that holds it
	Answer      bool   // Text is an answer: prose with fenced blocks, or a bare program
	Lang        string // the language as the set names it; empty: not told
	ID          string // the row's own id; may be empty
	Origin      string // where it comes from within the set; empty: its id, else its place
	License     string
	Extra       map[string]json.RawMessage // what else the seed is to have
}

// origin is what a seed of the row says of where it comes from.
func (r *Row) origin() string {
	for _, s := range []string{r.Origin, r.ID} {
		if s != "" {
			return s
		}
	}
	return r.Place
}

// ID returns the id of a seed: its source and 16 digits of a hash of its instruction and program.
func ID(s acecoder.Seed) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%s", len(s.Instruction), s.Instruction, s.Program)
	return s.Source + "_" + hex.EncodeToString(h.Sum(nil)[:8])
}

// drop says why a record goes no further.
func drop(id string, reason acecoder.DropReason, format string, args ...any) *acecoder.Drop {
	return &acecoder.Drop{ID: id, Stage: Stage, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
