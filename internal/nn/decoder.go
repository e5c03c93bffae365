package nn

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Decoder continues a batch of sequences token by token, and holds the keys and values of what they have. It is for one
// goroutine.
//
// The cache lies in the host's memory, [rows, kvHeads, capacity, dim] for each block's keys and values; a step gives it to
// the graph as it is and puts what is new into it. Rows and capacity grow and shrink by few sizes, and for each pair of
// them a graph is compiled. The rows in use are the first ones: a slot that is freed is filled by the last.
type Decoder struct {
	m       *Model
	slots   []slot
	rows    []int // the slot of each row in use
	packed  []*tensors.Tensor
	prefill *Exec
	step    *Exec

	capacity int
	size     int               // rows of the cache
	cache    []*tensors.Tensor // keys and values of each block
	logits   []float32
}

// slot is where a sequence lies.
type slot struct {
	row    int // or -1 if nothing is in the slot
	length int
}

// prefillTokens bounds what is computed at once of prompts, padding included.
const prefillTokens = 4096

// NewDecoder makes a decoder for so many sequences at the same time. It takes the weights as they are now, and a copy of
// most of them.
func NewDecoder(m *Model, slots int) (*Decoder, error) {
	d := &Decoder{m: m, slots: make([]slot, slots)}
	for i := range d.slots {
		d.slots[i].row = -1
	}
	pack, err := NewExec(m.Device, "pack", 1, func(in []*graph.Node) []*graph.Node {
		return m.pack(Parameters{Weights: in}).nodes()
	})
	if err != nil {
		return nil, err
	}
	if d.packed, err = pack.Call(m.Weights); err != nil {
		return nil, err
	}
	n := len(d.packed)
	if d.prefill, err = NewExec(m.Device, "prefill", 256, func(in []*graph.Node) []*graph.Node {
		return m.Config.prefill(m.unpack(in[:n]), in[n], in[n+1])
	}); err != nil {
		return nil, err
	}
	d.step, err = NewExec(m.Device, "step", 256, func(in []*graph.Node) []*graph.Node {
		return m.Config.step(m.unpack(in[:n]), in[n], in[n+1], in[n+2:])
	})
	return d, err
}

// Slots is how many sequences there can be.
func (d *Decoder) Slots() int { return len(d.slots) }

// Capacity is how many tokens a sequence can have.
func (d *Decoder) Capacity() int { return d.m.MaxPositions }

// Close gives the memory back.
func (d *Decoder) Close() {
	free(d.packed...)
	free(d.cache...)
	d.packed, d.cache = nil, nil
}

// Prefill puts sequences of at least one token into slots that have nothing, and returns the logits after the last token
// of each; they are valid until the next call.
func (d *Decoder) Prefill(slots []int, sequences [][]int32) ([][]float32, error) {
	if err := d.checkPrefill(slots, sequences); err != nil {
		return nil, err
	}
	// Those of like length are computed together; each one's logits go where the caller expects them.
	order := make([]int, len(slots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(sequences[a]) - len(sequences[b]) })
	out := make([][]float32, len(slots))
	logits := make([]float32, len(slots)*d.m.Vocab)
	for i := range out {
		out[i] = logits[i*d.m.Vocab : (i+1)*d.m.Vocab]
	}
	for len(order) > 0 {
		n := 1
		for n < len(order) && roundRows(n+1)*roundLength(len(sequences[order[n]])) <= prefillTokens {
			n++
		}
		if err := d.prefillSome(order[:n], slots, sequences, out); err != nil {
			return nil, err
		}
		order = order[n:]
	}
	return out, nil
}

func (d *Decoder) checkPrefill(slots []int, sequences [][]int32) error {
	if len(slots) != len(sequences) {
		return fmt.Errorf("%d slots for %d sequences", len(slots), len(sequences))
	}
	for i, s := range slots {
		switch n := len(sequences[i]); {
		case s < 0 || s >= len(d.slots) || d.slots[s].row >= 0 || slices.Contains(slots[:i], s):
			return fmt.Errorf("slot %d is not there or not free", s)
		case n == 0:
			return errors.New("a sequence has no token")
		case n > d.Capacity():
			return fmt.Errorf("a sequence has %d tokens, and the model's context %d", n, d.Capacity())
		}
		for _, id := range sequences[i] {
			if id < 0 || int(id) >= d.m.Vocab {
				return fmt.Errorf("token %d is not in the vocabulary of %d", id, d.m.Vocab)
			}
		}
	}
	return nil
}

// prefillSome computes those of the sequences that are chosen.
func (d *Decoder) prefillSome(chosen, slots []int, sequences [][]int32, out [][]float32) error {
	var rows [][]int32
	var last []int32
	longest := 0
	for _, i := range chosen {
		rows = append(rows, sequences[i])
		last = append(last, int32(len(sequences[i])-1))
		longest = max(longest, len(sequences[i]))
	}
	n, length := roundRows(len(chosen)), min(roundLength(longest), d.Capacity())
	made, err := d.prefill.Call(d.packed, []*tensors.Tensor{ids(rows, n, length), vector(last, n)})
	if err != nil {
		return err
	}
	defer free(made...)
	for k, i := range chosen {
		tensors.MustConstFlatData(made[0], func(flat []float32) { copy(out[i], flat[k*d.m.Vocab:]) })
		d.slots[slots[i]] = slot{len(d.rows), len(sequences[i])}
		d.rows = append(d.rows, slots[i])
	}
	if err := d.reserve(len(d.rows), longest); err != nil {
		return err
	}
	for b, from := range made[1:] {
		for k, i := range chosen {
			s := d.slots[slots[i]]
			copyPositions(d.cache[b], s.row, from, k, s.length)
		}
	}
	return nil
}

// Step adds a token to each of the slots, and returns the logits after it; they are valid until the next call. What is in
// other slots stays as it is.
func (d *Decoder) Step(slots []int, tokens []int32) ([][]float32, error) {
	if err := d.checkStep(slots, tokens); err != nil {
		return nil, err
	}
	longest := 0
	for _, s := range d.rows {
		longest = max(longest, d.slots[s].length+1)
	}
	if err := d.reserve(len(d.rows), longest); err != nil {
		return nil, err
	}
	next, positions := make([]int32, d.size), make([]int32, d.size)
	for i, s := range slots {
		next[d.slots[s].row], positions[d.slots[s].row] = tokens[i], int32(d.slots[s].length)
	}
	made, err := d.step.Call(d.packed, []*tensors.Tensor{vector(next, d.size), vector(positions, d.size)}, d.cache)
	if err != nil {
		return nil, err
	}
	defer free(made...)
	for b, from := range made[1:] {
		for _, s := range slots {
			copyPosition(d.cache[b], d.slots[s].row, d.slots[s].length, from)
		}
	}
	d.logits = slices.Grow(d.logits[:0], d.size*d.m.Vocab)[:d.size*d.m.Vocab]
	tensors.MustConstFlatData(made[0], func(flat []float32) { copy(d.logits, flat) })
	out := make([][]float32, len(slots))
	for i, s := range slots {
		row := d.slots[s].row
		out[i] = d.logits[row*d.m.Vocab : (row+1)*d.m.Vocab]
		d.slots[s].length++
	}
	return out, nil
}

func (d *Decoder) checkStep(slots []int, tokens []int32) error {
	if len(slots) != len(tokens) {
		return fmt.Errorf("%d slots for %d tokens", len(slots), len(tokens))
	}
	for i, s := range slots {
		switch {
		case s < 0 || s >= len(d.slots) || d.slots[s].row < 0 || slices.Contains(slots[:i], s):
			return fmt.Errorf("slot %d is not there or has nothing", s)
		case d.slots[s].length >= d.Capacity():
			return fmt.Errorf("a sequence has %d tokens, as many as the model's context", d.slots[s].length)
		case tokens[i] < 0 || int(tokens[i]) >= d.m.Vocab:
			return fmt.Errorf("token %d is not in the vocabulary of %d", tokens[i], d.m.Vocab)
		}
	}
	return nil
}

// Copy makes a free slot hold what another holds.
func (d *Decoder) Copy(dst, src int) error {
	if dst < 0 || dst >= len(d.slots) || d.slots[dst].row >= 0 || src < 0 || src >= len(d.slots) || d.slots[src].row < 0 {
		return fmt.Errorf("slot %d is not free, or slot %d has nothing", dst, src)
	}
	d.slots[dst] = slot{len(d.rows), d.slots[src].length}
	d.rows = append(d.rows, dst)
	if err := d.reserve(len(d.rows), d.slots[src].length); err != nil {
		return err
	}
	for _, c := range d.cache {
		copyPositions(c, d.slots[dst].row, c, d.slots[src].row, d.slots[src].length)
	}
	return nil
}

// Free empties a slot.
func (d *Decoder) Free(s int) {
	if s < 0 || s >= len(d.slots) || d.slots[s].row < 0 {
		return
	}
	row, last := d.slots[s].row, len(d.rows)-1
	if row != last {
		moved := d.rows[last]
		for _, c := range d.cache {
			copyPositions(c, row, c, last, d.slots[moved].length)
		}
		d.rows[row], d.slots[moved].row = moved, row
	}
	d.rows = d.rows[:last]
	d.slots[s] = slot{row: -1}
}

// reserve makes the cache large enough for so many rows of so many tokens, and not much larger.
func (d *Decoder) reserve(rows, length int) error {
	size, capacity := roundRows(rows), min(roundLength(length), d.Capacity())
	if capacity < d.capacity && len(d.rows) > 0 {
		capacity = d.capacity // what is there stays; a batch of short ones after long ones begins anew when all are done
	}
	if size == d.size && capacity == d.capacity {
		return nil
	}
	old := d.cache
	defer free(old...)
	d.cache = nil
	for range 2 * d.m.Layers {
		shape := shapes.Make(d.packed[0].DType(), size, d.m.KVHeads, capacity, d.m.HeadDim)
		t, err := tensors.FromShapeForBackend(d.m.Device, 0, shape)
		if err != nil {
			return fmt.Errorf("make room for %d sequences of %d tokens: %w", size, capacity, err)
		}
		d.cache = append(d.cache, t)
	}
	for b, from := range old {
		for row := range min(d.size, len(d.rows)) {
			copyPositions(d.cache[b], row, from, row, min(d.slots[d.rows[row]].length, d.capacity))
		}
	}
	d.size, d.capacity = size, capacity
	return nil
}

// roundRows is the next larger of 1, 2, 3, 4, 6, 8, 12, 16, 24 …
func roundRows(n int) int {
	if n <= 4 {
		return max(n, 1)
	}
	power := 1 << (bits.Len(uint(n-1)) - 1)
	if n <= power+power/2 {
		return power + power/2
	}
	return 2 * power
}

// roundLength is the next larger of 32, 64, 96, 128, 192, 256, 384, 512 …
func roundLength(n int) int {
	const least = 32
	return least * roundRows((n+least-1)/least)
}

// copyPositions copies the first n positions of a row of one cache [rows, heads, capacity, dim] to a row of another.
func copyPositions(to *tensors.Tensor, toRow int, from *tensors.Tensor, fromRow, n int) {
	dims := func(t *tensors.Tensor) (heads, capacity, position int) {
		s := t.Shape()
		return s.Dimensions[1], s.Dimensions[2], s.Dimensions[3] * s.DType.Size()
	}
	heads, toCapacity, size := dims(to)
	_, fromCapacity, _ := dims(from)
	inBytes(to, from, func(dst, src []byte) {
		for h := range heads {
			d := (toRow*heads + h) * toCapacity * size
			s := (fromRow*heads + h) * fromCapacity * size
			copy(dst[d:d+n*size], src[s:s+n*size])
		}
	})
}

// copyPosition copies a row of keys or values [rows, heads, dim] to one position of the same row of a cache.
func copyPosition(to *tensors.Tensor, row, at int, from *tensors.Tensor) {
	s := to.Shape()
	heads, capacity, size := s.Dimensions[1], s.Dimensions[2], s.Dimensions[3]*s.DType.Size()
	inBytes(to, from, func(dst, src []byte) {
		for h := range heads {
			d := ((row*heads+h)*capacity + at) * size
			copy(dst[d:d+size], src[(row*heads+h)*size:])
		}
	})
}

// inBytes gives the memory of two tensors, which may be the same.
func inBytes(to, from *tensors.Tensor, f func(dst, src []byte)) {
	err := to.MutableBytes(func(dst []byte) {
		if to == from {
			f(dst, dst)
			return
		}
		if err := from.ConstBytes(func(src []byte) { f(dst, src) }); err != nil {
			panic(err)
		}
	})
	if err != nil {
		panic(err)
	}
}
