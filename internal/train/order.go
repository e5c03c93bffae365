package train

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
)

// Data is what the order of a run's examples depends on.
type Data struct {
	Examples int    `json:"examples"`
	Batch    int    `json:"batch"` // examples a step
	Seed     uint64 `json:"seed"`
	DropLast bool   `json:"drop_last,omitempty"` // leave out an epoch's last examples if they are too few for a step
}

// Check says what is wrong, by field.
func (d Data) Check() error {
	switch {
	case d.Examples < 1 || d.Examples > math.MaxInt32:
		return fmt.Errorf("data: examples: %d, want 1 to %d", d.Examples, math.MaxInt32)
	case d.Batch < 1:
		return fmt.Errorf("data: batch: %d, want at least 1", d.Batch)
	case d.DropLast && d.Examples < d.Batch:
		return fmt.Errorf("data: %d examples are not enough for one step of %d; make the batch smaller or keep the last ones",
			d.Examples, d.Batch)
	}
	return nil
}

// StepsPerEpoch returns how many steps an epoch has; the last one may have fewer examples.
func (d Data) StepsPerEpoch() int {
	if d.DropLast {
		return d.Examples / d.Batch
	}
	return (d.Examples-1)/d.Batch + 1
}

// Steps returns how many steps a number of epochs has, rounded up where it ends within one. It is an error if it is none.
func (d Data) Steps(epochs float64) (int, error) {
	steps := math.Ceil(epochs * float64(d.StepsPerEpoch()))
	if !(epochs > 0) || steps > math.MaxInt32 {
		return 0, fmt.Errorf("data: %v epochs of %d steps: want more than 0 and at most %d steps", epochs, d.StepsPerEpoch(), math.MaxInt32)
	}
	return int(steps), nil
}

// Cursor is a place in the order. With the same Data it is all that is needed to go on there.
type Cursor struct {
	Data
	Epoch    int `json:"epoch"`    // from 0
	Position int `json:"position"` // examples of the epoch that are done
}

// Order gives the examples of a run, a step at a time. Each epoch has every example once, in an order that follows from
// the seed and the number of the epoch alone. It holds four bytes an example.
type Order struct {
	at   Cursor
	perm []int32 // of epoch at.Epoch; empty until it is asked for
}

// NewOrder begins at the first epoch.
func NewOrder(d Data) (*Order, error) { return ResumeOrder(d, Cursor{Data: d}) }

// ResumeOrder goes on at a cursor. It is an error if that is of other data: the order would be another one.
func ResumeOrder(d Data, at Cursor) (*Order, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if at.Data != d {
		return nil, fmt.Errorf("resume: the data is %+v and was %+v; resume with what the run began with, or begin a new one", d, at.Data)
	}
	whole := at.Position%d.Batch == 0 && at.Position < d.StepsPerEpoch()*d.Batch
	if at.Epoch < 0 || at.Position < 0 || !whole {
		return nil, fmt.Errorf("resume: epoch %d, position %d is no place between two steps of %+v", at.Epoch, at.Position, d)
	}
	return &Order{at: at}, nil
}

// Cursor returns the place of the next step.
func (o *Order) Cursor() Cursor { return o.at }

// Next returns the examples of the next step, by their numbers from 0. They are Batch ones, or what is left of an epoch;
// a step never has examples of two epochs. There is always a next step.
func (o *Order) Next() []int {
	if len(o.perm) == 0 {
		o.perm = permute(make([]int32, o.at.Examples), o.at.Seed, o.at.Epoch)
	}
	end := min(o.at.Position+o.at.Batch, o.at.Examples)
	rows := make([]int, 0, end-o.at.Position)
	for _, row := range o.perm[o.at.Position:end] {
		rows = append(rows, int(row))
	}
	o.at.Position += o.at.Batch
	if o.at.Position >= o.at.StepsPerEpoch()*o.at.Batch {
		o.at.Epoch, o.at.Position = o.at.Epoch+1, 0
		o.perm = nil
	}
	return rows
}

// orderUse keeps the order's random numbers apart from all others that are made of the same seed. It may not change, nor
// may anything in permute: a run that goes on would meet other examples.
const orderUse = "order of rows v1"

// permute fills perm with 0 … len(perm)-1 in the order of an epoch (Fisher and Yates).
func permute(perm []int32, seed uint64, epoch int) []int32 {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(epoch))
	copy(key[16:], orderUse)
	random := rand.NewChaCha8(key)
	for i := range perm {
		perm[i] = int32(i)
	}
	for i := len(perm) - 1; i > 0; i-- {
		j := below(random, uint64(i)+1)
		perm[i], perm[j] = perm[j], perm[i]
	}
	return perm
}

// below returns a number from 0 to n-1, each equally likely (Lemire, arXiv 1805.10941). It is ours because math/rand/v2
// does not promise that its own way stays.
func below(random *rand.ChaCha8, n uint64) uint64 {
	for {
		high, low := bits.Mul64(random.Uint64(), n)
		if low >= -n%n {
			return high
		}
	}
}
