package train

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// Micro is a micro-batch: some examples of a step, all padded to one length.
type Micro struct {
	Rows   []int // numbers of examples, the longest first; a power of two of them, never padded with empty ones
	Length int   // tokens a row, one of Lengths
}

// Batch is what one step is made from.
type Batch struct {
	Micros []Micro
	// Targets is the number of target tokens of all micro-batches. The step's loss is the sum over all of them by this
	// number, so it does not depend on how the examples are divided.
	Targets int64
	Tokens  int64 // of the examples
	Padded  int64 // tokens that are computed: rows × length over all micro-batches
}

// How the lengths to pad to are spread. With 4 rather than 8 an octave there are half as many graphs to compile for 2 to 4 %
// more padding, and below an eighth of the longest there is little to save.
const (
	perOctave = 4
	octaves   = 3
	shortest  = 16 // tokens; shorter sequences cost no less
)

// Lengths returns the lengths that sequences of at most longest tokens are padded to, at most 14 of them: from an eighth of
// the longest on, each at most a quarter longer than the one before.
func Lengths(longest int) []int {
	var all []int
	if longest < 1 {
		return all
	}
	for octave := max(shortest, longest>>octaves); ; octave *= 2 {
		for i := range perOctave {
			length := octave + i*octave/perOctave
			if length >= longest {
				return append(all, longest)
			}
			all = append(all, length)
		}
	}
}

// Batcher divides steps into micro-batches. Their shapes are few, since for each a graph is compiled: the lengths are those
// of Lengths, and the rows the largest power of two that fits, a quarter of it, a quarter of that, and so on down to 1.
type Batcher struct {
	sizes     []Size
	lengths   []int
	sequences int // of an example: 2 if any has a second one
	most      int
}

// Size is what the batcher needs to know of an example, in tokens.
type Size struct {
	Length, Targets int
	Second          int // length of a second sequence that has to be in the same micro-batch, not the longer one; 0: none
}

// NewBatcher makes a batcher for examples by their sizes. A micro-batch has at most the given number of tokens, padding
// included, which bounds its memory. It is an error if an example is empty, or alone has more.
func NewBatcher(sizes []Size, tokens int) (*Batcher, error) {
	longest, sequences := 0, 1
	for i, s := range sizes {
		if s.Length < 1 || s.Targets < 0 || s.Targets > s.Length || s.Second < 0 || s.Second > s.Length {
			return nil, fmt.Errorf("batches: example %d has %d tokens, %d of them targets, and %d in its second sequence", i, s.Length, s.Targets, s.Second)
		}
		if s.Second > 0 {
			sequences = 2
		}
		longest = max(longest, s.Length)
	}
	for i, s := range sizes {
		if n := sequences * s.Length; n > tokens {
			return nil, fmt.Errorf("batches: example %d has %d tokens, and a micro-batch at most %d; raise that, or lower the longest length",
				i, n, tokens)
		}
	}
	return &Batcher{sizes: sizes, lengths: Lengths(longest), sequences: sequences, most: tokens}, nil
}

// Shapes returns how many different shapes micro-batches can have at most, of whatever examples: what a cache of compiled
// graphs has to hold.
func (b *Batcher) Shapes() int {
	n := 0
	for _, length := range b.lengths {
		for range b.rows(length) {
			n++
		}
	}
	return n
}

// Step divides the examples of a step. Each is in one micro-batch; what comes out depends on which they are and not on
// their order, but for examples of equal length, which stay as they come.
func (b *Batcher) Step(rows []int) Batch {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(x, y int) int { return cmp.Compare(b.sizes[y].Length, b.sizes[x].Length) })
	var out Batch
	for _, row := range rows {
		out.Tokens += int64(b.sizes[row].Length + b.sizes[row].Second)
		out.Targets += int64(b.sizes[row].Targets)
	}
	for at, n := range b.divide(sorted) {
		if n == 0 {
			continue
		}
		m := Micro{Rows: sorted[at : at+n : at+n], Length: b.padded(sorted[at])}
		out.Micros = append(out.Micros, m)
		out.Padded += int64(n) * int64(b.sequences*m.Length)
	}
	return out
}

// divide finds the cheapest division of rows, which are sorted from long to short, and returns for each of them how many
// rows the micro-batch has that begins there; 0 where none does. With cost[i] that of the rows from i on:
//
//	cost[i] = min over n of rows(length(i))  n × length(i) + start + cost[i+n]
//
// start is what a micro-batch costs however small it is.
func (b *Batcher) divide(rows []int) []int {
	start := b.most / startShare
	cost := make([]int, len(rows)+1)
	size := make([]int, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		length := b.padded(rows[i])
		for n := range b.rows(length) {
			if n > len(rows)-i {
				continue
			}
			if c := n*b.sequences*length + start + cost[i+n]; size[i] == 0 || c < cost[i] {
				cost[i], size[i] = c, n
			}
		}
	}
	for i := 0; i < len(rows); {
		n := size[i]
		clear(size[i+1 : i+n])
		i += n
	}
	return size
}

// rows yields how many rows a micro-batch of a length may have, from many to one.
func (b *Batcher) rows(length int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := 1 << (bits.Len(uint(b.most/(b.sequences*length))) - 1); yield(n) && n > 1; n = max(1, n/4) {
		}
	}
}

// startShare says how small a micro-batch's fixed cost is beside a full one's.
const startShare = 32

// padded returns the length that an example is padded to.
func (b *Batcher) padded(row int) int {
	i, _ := slices.BinarySearch(b.lengths, b.sizes[row].Length)
	return b.lengths[i]
}
