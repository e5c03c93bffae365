// Package export writes scored problems and pairs as data sets that trainers and the Hugging Face hub read.
//
// In: problems or pairs, one at a time. Out: a folder with rows, a card that describes them, and a manifest. Its one
// invariant: the folder is there complete or not at all, and the same records in the same order give the same bytes.
package export

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// Stage is the name under which drops of this package are reported.
const Stage = "export"

// shardBytes is the size that files of Parquet stay below: what the hub recommends.
const shardBytes = 500_000_000

// Options say what to write. The zero value but for Format and Name is valid.
type Options struct {
	Format      Format            `json:"format"`
	Name        string            `json:"name"` // of the data set, for its card
	HeldOut     float64           `json:"held_out"`
	Denominator stats.Denominator `json:"denominator"` // of pass rates in acecode; empty: kept
	Drops       []DropCount       `json:"drops,omitempty"`

	shard int64 // in place of shardBytes
}

// DropCount is how many records a stage has dropped for a reason on the way to this data set.
type DropCount struct {
	Stage  string              `json:"stage"`
	Reason acecoder.DropReason `json:"reason"`
	Count  int                 `json:"count"`
}

// Origin is what a pair does not say about itself and its problem does.
type Origin struct {
	License string
	Origin  string
}

// Set is a data set that is being written. End it with one of Close and Abort; later calls do nothing.
type Set struct {
	options Options
	layout  *layout
	folder  *folder
	parts   [2]*part // train, and what is held out
	sources *provenance
	rows    int64
	ended   bool
}

// Summary tells of a finished data set.
type Summary struct {
	Folder string  `json:"folder"`
	Splits []Split `json:"splits"`
	Bytes  int64   `json:"bytes"` // of all its files
}

// Split is a part of a finished data set.
type Split struct {
	Name  string `json:"name"`
	Rows  int    `json:"rows"`
	Files int    `json:"files"`
	Bytes int64  `json:"num_bytes"` // of the rows in memory, as Arrow has them
}

// Create begins a data set in a folder, which is replaced at the end if it is empty or an earlier export. Any other
// folder that is there is an error, as are options that make no sense and a second run that writes the same.
func Create(path string, o Options) (*Set, error) {
	if o.Denominator == "" {
		o.Denominator = stats.Kept
	}
	if o.shard == 0 {
		o.shard = shardBytes
	}
	l := layouts[o.Format]
	switch {
	case l == nil:
		return nil, fmt.Errorf("export: %q is no format; the formats: %s", o.Format, formatNames())
	case o.Name == "" || strings.ContainsAny(o.Name, "\r\n"):
		return nil, errors.New("export: the data set has no name, or one of several lines")
	case !(o.HeldOut >= 0 && o.HeldOut < 1):
		return nil, fmt.Errorf("export: a share of %v cannot be held out; it is at least 0 and below 1", o.HeldOut)
	case !o.Denominator.Valid():
		return nil, fmt.Errorf("export: the denominator %q is neither %s nor %s", o.Denominator, stats.Kept, stats.All)
	}
	f, err := beginFolder(path)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	s := &Set{options: o, layout: l, folder: f}
	for i, name := range []string{"train", "test"} {
		s.parts[i] = &part{name: name, tally: newTally(), rows: l.open(f.work, name, o.shard)}
	}
	if l.exact {
		if s.sources, err = createProvenance(f.work); err != nil {
			return nil, errors.Join(fmt.Errorf("export: %w", err), f.abort())
		}
	}
	return s, nil
}

// Problem writes a problem, or says why it is not in the set. The error is about this row only if it is a
// [*RecordError]; any other is ours.
func (s *Set) Problem(p acecoder.Problem) (*acecoder.Drop, error) {
	if s.layout.problem == nil {
		return nil, fmt.Errorf("export: %s is made of pairs, not of problems", s.options.Format)
	}
	to := s.part(p.ID)
	row, drop, err := s.layout.problem(&p, s.place(to))
	if err != nil {
		return nil, &RecordError{fmt.Errorf("export %s: %w", p.ID, err)}
	}
	if drop != "" {
		detail := ""
		if len(p.Tests) > 0 {
			detail = fmt.Sprintf("prompts show all of its %d tests", len(p.Tests))
		}
		return &acecoder.Drop{ID: p.ID, Stage: Stage, Reason: drop, Detail: detail}, nil
	}
	to.tally.problem(&p, rewardTests(&p), s.options)
	return nil, s.write(to, row, source{
		ID: p.ID, Split: to.name, Source: p.Source, Origin: p.Origin, License: p.License, TestsShown: p.TestsShown,
	})
}

// Pair writes a pair. The error is about this row only if it is a [*RecordError].
func (s *Set) Pair(p acecoder.Pair, from Origin) error {
	if s.layout.pair == nil {
		return fmt.Errorf("export: %s is made of problems, not of pairs", s.options.Format)
	}
	to := s.part(p.ProblemID)
	row, err := s.layout.pair(&p, from, s.place(to))
	if err != nil {
		return &RecordError{fmt.Errorf("export %s: %w", p.ID, err)}
	}
	to.tally.pair(&p, from.License)
	return s.write(to, row, source{
		ID: p.ID, Split: to.name, ProblemID: p.ProblemID, Source: p.Source, Origin: from.Origin, License: from.License,
		Margin: new(p.Margin),
	})
}

// RecordError is a record that cannot become a row. Those after it can.
type RecordError struct{ err error }

// Error says which record and what is wrong with it.
func (e *RecordError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong.
func (e *RecordError) Unwrap() error { return e.err }

// place is where a row comes to stand.
type place struct {
	options Options
	split   string
	row     int64 // in the set, from 0
	index   int64 // in the split, from 0
}

func (s *Set) place(to *part) place { return place{s.options, to.name, s.rows, int64(to.tally.rows)} }

// part is one split that is being written.
type part struct {
	name  string
	tally *tally
	rows  rowWriter
}

// rowWriter takes rows of one type. Parquet and JSON Lines have one each.
type rowWriter interface {
	write(row any, bytes int) error
	// close finishes the files, of which there is at least one if must is set, and returns their names.
	close(must bool) ([]string, error)
	abort() error
}

// write writes a row, which the tally has counted.
func (s *Set) write(to *part, row any, from source) error {
	bytes := sizeOf(row)
	to.tally.bytes += int64(bytes)
	if err := to.rows.write(row, bytes); err != nil {
		return fmt.Errorf("export: write row %d: %w", s.rows, err)
	}
	from.Row = s.rows
	s.rows++
	if s.sources == nil {
		return nil
	}
	return s.sources.write(from)
}

func (s *Set) part(problem string) *part {
	if HeldOut(problem, s.options.HeldOut) {
		return s.parts[1]
	}
	return s.parts[0]
}

// HeldOut reports whether a problem belongs to the share that is held out. It depends on nothing but the two: all
// rows of a problem are on one side, in every format and every run, and what a smaller share holds out a larger one
// does too. The rule may not change: it keeps training and test data of different exports apart.
func HeldOut(problem string, share float64) bool {
	sum := sha256.Sum256([]byte("acecoder held out\x00" + problem))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11)/(1<<53) < share
}

// Abort gives the data set up; what was at its place before stays.
func (s *Set) Abort() error {
	if s.ended {
		return nil
	}
	s.ended = true
	var all []error
	for _, p := range s.parts {
		all = append(all, p.rows.abort())
	}
	if s.sources != nil {
		all = append(all, s.sources.abort())
	}
	return errors.Join(append(all, s.folder.abort())...)
}

// Close finishes the data set and puts it in its place.
func (s *Set) Close() (Summary, error) {
	if s.ended {
		return Summary{}, nil
	}
	summary, err := s.finish()
	if err != nil {
		return Summary{}, errors.Join(fmt.Errorf("export: %w", err), s.Abort())
	}
	s.ended = true
	if err := s.folder.commit(); err != nil {
		return Summary{}, fmt.Errorf("export: %w", err)
	}
	return summary, nil
}

func (s *Set) finish() (Summary, error) {
	var done []finished
	for i, p := range s.parts {
		files, err := p.rows.close(i == 0)
		if err != nil {
			return Summary{}, err
		}
		if len(files) > 0 {
			done = append(done, finished{p.name, files, p.tally})
		}
	}
	if s.sources != nil {
		if err := s.sources.close(); err != nil {
			return Summary{}, err
		}
	}
	summary := Summary{Folder: s.folder.path}
	for _, d := range done {
		summary.Splits = append(summary.Splits, Split{d.name, d.tally.rows, len(d.files), d.tally.bytes})
	}
	if err := s.describe(done, summary); err != nil {
		return Summary{}, err
	}
	size, err := s.folder.size()
	summary.Bytes = size
	return summary, err
}

// finished is a split whose files are complete.
type finished struct {
	name  string
	files []string // below the folder
	tally *tally
}

// rewardTests are the tests that earn a reward: those that no prompt has shown, in their order.
func rewardTests(p *acecoder.Problem) []string {
	if len(p.TestsShown) == 0 {
		return p.Tests
	}
	shown := map[string]bool{}
	for _, test := range p.TestsShown {
		shown[test] = true
	}
	var tests []string
	for _, test := range p.Tests {
		if !shown[test] {
			tests = append(tests, test)
		}
	}
	return tests
}
