package reward

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/train"
)

// Batch makes the tensors of micro-batches of pairs.
type Batch struct {
	Loss   Loss
	Hidden int // width of the model
	Seed   uint64
	pairs  []Pair
	shares []float32 // how much a pair counts; 1 on average
}

// NewBatch makes a Batch of pairs, which are the numbers that micro-batches have.
func NewBatch(l Loss, hidden int, seed uint64, pairs []Pair) *Batch {
	b := &Batch{Loss: l, Hidden: hidden, Seed: seed, pairs: pairs, shares: make([]float32, len(pairs))}
	count := map[string]int{}
	for _, p := range pairs {
		count[p.Question]++
	}
	for i, p := range pairs {
		b.shares[i] = 1
		if l.PerQuestion {
			b.shares[i] = float32(float64(len(pairs)) / float64(len(count)) / float64(count[p.Question]))
		}
	}
	return b
}

// Sizes are what a train.Batcher needs to know of the pairs. A pair is one target, so a step's loss is divided by its pairs.
func (b *Batch) Sizes() []train.Size {
	var all []train.Size
	for _, p := range b.pairs {
		all = append(all, train.Size{
			Length: max(len(p.Chosen), len(p.Rejected)), Second: min(len(p.Chosen), len(p.Rejected)), Targets: 1,
		})
	}
	return all
}

// Micro makes the tensors of a micro-batch of n pairs in a step, from 0: ids [2n, length] with a pair's two texts after each
// other, the places of their last tokens [2n], margins and weights [n], and with dropout what is multiplied with [2n, hidden].
func (b *Batch) Micro(m train.Micro, step int) []*tensors.Tensor {
	n := len(m.Rows)
	var texts [][]int32
	for _, row := range m.Rows {
		texts = append(texts, b.pairs[row].Chosen, b.pairs[row].Rejected)
	}
	ids, at := padded(texts, m.Length)
	margins, shares := tensors.FromShape(shapes.Make(dtypes.Float32, n)), tensors.FromShape(shapes.Make(dtypes.Float32, n))
	tensors.MustMutableFlatData(margins, func(flat []float32) {
		for i, row := range m.Rows {
			flat[i] = float32(b.pairs[row].Margin)
		}
	})
	tensors.MustMutableFlatData(shares, func(flat []float32) {
		for i, row := range m.Rows {
			flat[i] = b.shares[row]
		}
	})
	out := []*tensors.Tensor{ids, at, margins, shares}
	if b.Loss.Dropout > 0 {
		out = append(out, b.mask(m.Rows, step))
	}
	return out
}

// padded makes a tensor of texts, filled with 0 at their end, and the places of their last tokens in the flat ids.
func padded(texts [][]int32, length int) (ids, at *tensors.Tensor) {
	ids = tensors.FromShape(shapes.Make(dtypes.Int32, len(texts), length))
	at = tensors.FromShape(shapes.Make(dtypes.Int32, len(texts)))
	tensors.MustMutableFlatData(ids, func(flat []int32) {
		for i, text := range texts {
			copy(flat[i*length:], text)
		}
	})
	tensors.MustMutableFlatData(at, func(flat []int32) {
		for i, text := range texts {
			flat[i] = int32(i*length + len(text) - 1)
		}
	})
	return ids, at
}

// dropoutUse keeps dropout's random numbers apart from others of the same seed. It may not change, nor may anything in mask:
// a training that goes on would be another one.
const dropoutUse = "dropout "

// mask is 0 for the share of numbers that are left out, and 1/(1−share) for the others.
func (b *Batch) mask(rows []int, step int) *tensors.Tensor {
	keep := 1 - b.Loss.Dropout
	limit, value := uint64(keep*(1<<32)), float32(1/keep)
	t := tensors.FromShape(shapes.Make(dtypes.Float32, 2*len(rows), b.Hidden))
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for i, row := range rows {
			var key [32]byte
			binary.LittleEndian.PutUint64(key[0:], b.Seed)
			binary.LittleEndian.PutUint64(key[8:], uint64(step))
			binary.LittleEndian.PutUint64(key[16:], uint64(row))
			copy(key[24:], dropoutUse)
			random := rand.NewChaCha8(key)
			for k := 2 * i * b.Hidden; k < 2*(i+1)*b.Hidden; k++ {
				if random.Uint64()>>32 < limit {
					flat[k] = value
				}
			}
		}
	})
	return t
}
