package seed

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
)

// Overlap says what is too much alike with a benchmark's task. Start from DefaultOverlap.
type Overlap struct {
	// Words is the length of the runs of words that are compared. A question that is shorter, but not below six words,
	// is one run; a program that is not twice as long is compared by its functions' shapes only.
	Words int `json:"words"`
	// Text is the share of the runs of a task's question that have to be in a text, and Code that of its canonical
	// program. MostRuns of a question are enough, however long it is.
	Text     float64 `json:"text"`
	Code     float64 `json:"code"`
	MostRuns int     `json:"most_runs"`
	// Nodes is the least size of functions that are compared by shape: of shorter ones, many are alike by chance.
	Nodes int `json:"nodes"`
}

// shortText is the fewest words of a question that are compared.
const shortText = 6

// DefaultOverlap returns the values that were chosen by looking at what they find in real seeds. A single run of ten words
// finds mostly idioms, such as two loops in each other, and the numbers from 1 to 10.
func DefaultOverlap() Overlap {
	return Overlap{Words: 10, Text: 0.5, Code: 0.8, MostRuns: 20, Nodes: 20}
}

// Validate says what is wrong with the values, by field.
func (o Overlap) Validate() error {
	switch {
	case o.Words < 3:
		return fmt.Errorf("overlap: words: %d is below 3", o.Words)
	case !(o.Text > 0 && o.Text <= 1):
		return fmt.Errorf("overlap: text: %v is not within 0 to 1", o.Text)
	case !(o.Code > 0 && o.Code <= 1):
		return fmt.Errorf("overlap: code: %v is not within 0 to 1", o.Code)
	case o.MostRuns < 1:
		return fmt.Errorf("overlap: most_runs: %d is below 1", o.MostRuns)
	case o.Nodes < 1:
		return fmt.Errorf("overlap: nodes: %d is below 1", o.Nodes)
	}
	return nil
}

// EvidenceRule is a word from a closed list: in what something overlaps with a benchmark.
type EvidenceRule string

// The rules.
const (
	ByText   EvidenceRule = "text"   // runs of words of the question
	ByCode   EvidenceRule = "code"   // runs of words of the canonical program
	ByShape  EvidenceRule = "shape"  // a function that differs in names only
	ByAnswer EvidenceRule = "answer" // the canonical program passes the tests
)

// Evidence says with what a seed, or a problem, overlaps.
type Evidence struct {
	ID        string       `json:"id,omitempty"` // of the record, as in its drop
	Benchmark string       `json:"benchmark"`
	Task      string       `json:"task"`
	Rule      EvidenceRule `json:"rule"`
	Detail    string       `json:"detail"`
}

func (e *Evidence) String() string { return fmt.Sprintf("%s by %s: %s", e.Task, e.Rule, e.Detail) }

// Drop is the drop of a record that is contaminated.
func (e *Evidence) Drop(id string) *acecoder.Drop {
	return drop(id, acecoder.DropContaminated, "%s", e)
}

// Benchmarks are tasks that must not get into training data. It is safe for concurrent use.
type Benchmarks struct {
	overlap Overlap
	parts   []part
	runs    map[int]map[uint64][]int32 // by length, by hash: the parts that have it
	shapes  map[string]function
}

// part is a task's question or canonical program.
type part struct {
	task   *Task
	rule   EvidenceRule
	needed int // runs that are too many
	total  int
}

// function is one of a canonical program's.
type function struct {
	task *Task
	name string
}

// NewBenchmarks indexes tasks. Tasks of one id, in different files, are one task with several texts and programs. The
// error is that of inspect.
func NewBenchmarks(ctx context.Context, inspect Inspect, tasks []Task, overlap Overlap) (*Benchmarks, error) {
	if err := overlap.Validate(); err != nil {
		return nil, err
	}
	b := &Benchmarks{overlap: overlap, runs: map[int]map[uint64][]int32{}, shapes: map[string]function{}}
	codes := make([]string, len(tasks))
	for i := range tasks {
		codes[i] = tasks[i].Code
		b.add(&tasks[i], ByText, tasks[i].Text, overlap.Text)
		b.add(&tasks[i], ByCode, tasks[i].Canonical, overlap.Code)
	}
	inspections, err := inspect(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("look at the programs of the benchmarks: %w", err)
	}
	for i, in := range inspections {
		for k, shape := range in.Shapes {
			if _, known := b.shapes[shape]; !known && in.Nodes[k] >= overlap.Nodes {
				b.shapes[shape] = function{&tasks[i], in.Functions[k]}
			}
		}
	}
	return b, nil
}

// add indexes the runs of a part.
func (b *Benchmarks) add(task *Task, rule EvidenceRule, text string, share float64) {
	w := wordsOf(text)
	n := min(b.overlap.Words, len(w.spans))
	if n < min(shortText, b.overlap.Words) || (rule == ByCode && len(w.spans) < 2*b.overlap.Words) {
		return
	}
	if b.runs[n] == nil {
		b.runs[n] = map[uint64][]int32{}
	}
	runs, at := b.runs[n], int32(len(b.parts))
	p := part{task: task, rule: rule}
	w.ngrams(n, func(hash uint64, _ int) {
		parts := runs[hash]
		if len(parts) == 0 || parts[len(parts)-1] != at {
			runs[hash] = append(parts, at)
			p.total++
		}
	})
	p.needed = int(math.Ceil(share * float64(p.total)))
	if rule == ByText {
		p.needed = min(p.needed, b.overlap.MostRuns)
	}
	b.parts = append(b.parts, p)
}

// hit counts the runs of a part that are in a text.
type hit struct {
	runs    map[uint64]bool
	example string
}

// Check returns with which task a text and the code beside it overlap the most, or nil. Either may be empty.
func (b *Benchmarks) Check(text, code string) *Evidence {
	hits := map[int32]*hit{}
	for _, w := range []words{wordsOf(text), wordsOf(code)} {
		for n, runs := range b.runs {
			w.ngrams(n, func(hash uint64, first int) {
				for _, at := range runs[hash] {
					h := hits[at]
					if h == nil {
						h = &hit{runs: map[uint64]bool{}, example: w.run(first, n)}
						hits[at] = h
					}
					h.runs[hash] = true
				}
			})
		}
	}
	var found []int32
	for at, h := range hits {
		if len(h.runs) >= b.parts[at].needed {
			found = append(found, at)
		}
	}
	if len(found) == 0 {
		return nil
	}
	// The largest share, and the first of equals: which it is must not hang on the order of a map.
	best := slices.MinFunc(found, func(x, y int32) int {
		return cmp.Or(-cmp.Compare(b.share(x, hits[x]), b.share(y, hits[y])), cmp.Compare(x, y))
	})
	p, h := b.parts[best], hits[best]
	return &Evidence{
		Benchmark: p.task.Benchmark, Task: p.task.ID, Rule: p.rule,
		Detail: fmt.Sprintf("%d of %d runs of words, such as %q", len(h.runs), p.total, h.example),
	}
}

func (b *Benchmarks) share(at int32, h *hit) float64 {
	return float64(len(h.runs)) / float64(b.parts[at].total)
}

// CheckShapes returns which task has a function that is one of these but for its names, or nil.
func (b *Benchmarks) CheckShapes(in pyast.Inspection) *Evidence {
	for i, shape := range in.Shapes {
		if f, ok := b.shapes[shape]; ok {
			return &Evidence{
				Benchmark: f.task.Benchmark, Task: f.task.ID, Rule: ByShape,
				Detail: fmt.Sprintf("function %s is its %s, %d nodes", in.Functions[i], f.name, in.Nodes[i]),
			}
		}
	}
	return nil
}

// CheckSeed returns with which task a seed overlaps, or nil: by its words first, then by its functions' shapes.
func (b *Benchmarks) CheckSeed(s acecoder.Seed, in pyast.Inspection) *Evidence {
	e := b.Check(s.Instruction, s.Program)
	if e == nil {
		e = b.CheckShapes(in)
	}
	return e
}
