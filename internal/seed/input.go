package seed

import (
	"context"
	"fmt"
	"iter"
	"os"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
)

// A batch holds at most so many rows, and so many bytes of them: processes are shared by a batch's rows.
const (
	batchRows  = 32
	batchBytes = 256 << 10
)

// Input says how an input is read. The zero value recognizes its shape.
type Input struct {
	Path   string // a file of rows, - for standard input, or a folder of source code
	Shape  Shape  // empty: as its first row looks
	Source string // the name of the set; empty: the shape's usual one
	Fields Fields // for the shape Mapped
}

// Batch is a piece of an input: rows, or one source file.
type Batch struct {
	Shape    Shape // empty for source files
	Rows     []Row
	Problems []acecoder.Problem // AceCode
	Pairs    []PublishedPair    // AceCodePair
	File     *File
	Read     int     // rows read, bad ones included; a file is none
	Bad      []error // rows that could not be read, each a *jsonl.RowError
}

// Batches yields an input piece by piece, in its order. An error ends it: the input cannot be read, or is of no known
// shape, or ctx has ended.
func (in Input) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	if info, err := os.Stat(in.Path); in.Path != "-" && err == nil && info.IsDir() {
		return in.files(ctx)
	}
	return in.rows(ctx)
}

func (in Input) files(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if in.Shape != "" {
			yield(Batch{}, fmt.Errorf("%s is a folder of source code, which has no shape %s", in.Path, in.Shape))
			return
		}
		for f, err := range Walk(ctx, in.Path, in.Source) {
			if !yield(Batch{File: &f}, err) || err != nil {
				return
			}
		}
	}
}

func (in Input) rows(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		rows, err := jsonl.Open(in.Path)
		if err != nil {
			yield(Batch{}, err)
			return
		}
		defer rows.Close()
		g := gatherer{in: in}
		for e, err := range rows.Entries(ctx) {
			if err == nil {
				err = g.take(e)
			}
			if err != nil { // what came before it is sound
				if g.batch.Read == 0 || yield(g.batch, nil) {
					yield(Batch{}, err)
				}
				return
			}
			if g.full() && !yield(g.flush(), nil) {
				return
			}
		}
		if g.batch.Read > 0 {
			yield(g.batch, nil)
		}
	}
}

// gatherer makes batches of rows.
type gatherer struct {
	in     Input
	reader *Reader // nil until the first good row
	batch  Batch
	bytes  int
}

func (g *gatherer) full() bool { return g.batch.Read >= batchRows || g.bytes >= batchBytes }

func (g *gatherer) flush() Batch {
	b := g.batch
	g.batch, g.bytes = Batch{Shape: b.Shape}, 0
	return b
}

// take adds a row. The error is that of an input whose shape is not known.
func (g *gatherer) take(e jsonl.Entry) error {
	if e.Bad == nil && g.reader == nil {
		reader, err := g.in.reader(e.Row)
		if err != nil {
			return err
		}
		g.reader, g.batch.Shape = reader, reader.Shape
	}
	g.batch.Read++
	if e.Bad != nil {
		g.batch.Bad = append(g.batch.Bad, e.Bad)
	} else {
		g.bytes += len(e.Row.Raw)
		g.batch.add(g.reader, e.Row)
	}
	return nil
}

func (in Input) reader(row jsonl.Row) (*Reader, error) {
	if in.Shape == Mapped {
		return NewMapped(row.File, in.Fields, in.Source), nil
	}
	return NewReader(row, in.Shape, in.Source)
}

// add reads a row into the batch.
func (b *Batch) add(reader *Reader, row jsonl.Row) {
	switch reader.Shape {
	case AceCode:
		p, err := ReadProblem(row)
		keep(b, &b.Problems, p, err)
	case AceCodePair:
		p, err := ReadPair(row, reader.Source)
		keep(b, &b.Pairs, p, err)
	default:
		r, err := reader.Read(row)
		keep(b, &b.Rows, r, err)
	}
}

// keep puts what was read on its list, or its error among the bad rows.
func keep[T any](b *Batch, list *[]T, v T, err error) {
	if err != nil {
		b.Bad = append(b.Bad, err)
		return
	}
	*list = append(*list, v)
}

// Maker makes seeds of batches. Its functions are those of a *pyast.Parser; batches of AceCode's sets need neither.
type Maker struct {
	Inspect    Inspect
	Functions  FunctionsOf
	Rules      func(Shape) Rules
	Benchmarks *Benchmarks // nil: nothing is contaminated
}

// Make returns what became of a batch's rows, or of the functions of its file, in their order. Duplicates are still among
// them: whether a row is one hangs on all before it. The error is that of the functions, never a row's.
func (m Maker) Make(ctx context.Context, b Batch) ([]Result, error) {
	if b.Problems != nil || b.Pairs != nil {
		return m.published(b), nil
	}
	rows := b.Rows
	if b.File != nil {
		found, dropped, err := b.File.Rows(ctx, m.Functions)
		if err != nil || dropped != nil {
			return []Result{{Place: b.File.Place, Source: b.File.Source, Drop: dropped}}, err
		}
		rows = found
	}
	results, err := Make(ctx, m.Inspect, rows, m.Rules(b.Shape))
	for i := range results {
		if r := &results[i]; r.Drop == nil && m.Benchmarks != nil {
			r.contaminated(m.Benchmarks.CheckSeed(r.Seed, r.Inspection))
		}
	}
	return results, err
}

// published passes problems and pairs on; their questions are compared with the benchmarks.
func (m Maker) published(b Batch) []Result {
	var results []Result
	for i := range b.Problems {
		p := &b.Problems[i]
		results = append(results, Result{Place: p.ID, Source: p.Source, Problem: p})
	}
	for i := range b.Pairs {
		p := &b.Pairs[i]
		results = append(results, Result{Place: p.ID, Source: p.Source, Pair: p})
	}
	for i := range results {
		if r := &results[i]; m.Benchmarks != nil {
			r.contaminated(m.Benchmarks.Check(r.question(), ""))
		}
	}
	return results
}

func (r *Result) question() string {
	if r.Pair != nil {
		return r.Pair.Question
	}
	return r.Problem.Question
}

func (r *Result) contaminated(e *Evidence) {
	if e != nil {
		e.ID = r.Place
		r.Evidence, r.Drop = e, e.Drop(r.Place)
	}
}
