// Package generatetest stands in for a model, in tests of what generates with one.
//
// In: a function from tokens to the logits after them. Out: a [Decoder] of it, and texts as tokens, a byte each. Its
// invariant: what a decoder of package generate may not be asked is an error here, and logits are spoiled by the next call.
package generatetest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Decoder is a decoder over Logits. The fields are set before its first use; one goroutine calls its methods.
type Decoder struct {
	Room  int // slots
	Most  int // tokens that a slot holds
	Vocab int
	// Logits fills in the logits after tokens.
	Logits func(tokens []int32, logits []float32)
	// Before is called before each Prefill and Step; its error is theirs. It may be nil.
	Before func(call string, slots []int) error

	// Prompts is how many prompts were read, and Steps how often Step was called.
	Prompts, Steps atomic.Int64

	mu     sync.Mutex // guards held, which tests look at
	held   [][]int32
	logits [][]float32
}

// Slots returns Room.
func (d *Decoder) Slots() int { return d.Room }

// Capacity returns Most.
func (d *Decoder) Capacity() int { return d.Most }

// Prefill puts prompts into empty slots.
func (d *Decoder) Prefill(slots []int, prompts [][]int32) ([][]float32, error) {
	if len(slots) != len(prompts) {
		return nil, fmt.Errorf("prefill of %d slots with %d prompts", len(slots), len(prompts))
	}
	if err := d.before("prefill", slots); err != nil {
		return nil, err
	}
	d.Prompts.Add(int64(len(slots)))
	for i, slot := range slots {
		if len(prompts[i]) == 0 {
			return nil, fmt.Errorf("prefill of slot %d with no token", slot)
		}
		if err := d.put(slot, prompts[i]); err != nil {
			return nil, err
		}
	}
	return d.after(slots), nil
}

// Step appends a token to each of the slots.
func (d *Decoder) Step(slots []int, tokens []int32) ([][]float32, error) {
	if len(slots) != len(tokens) || len(slots) == 0 {
		return nil, fmt.Errorf("step of %d slots with %d tokens", len(slots), len(tokens))
	}
	if err := d.before("step", slots); err != nil {
		return nil, err
	}
	d.Steps.Add(1)
	for i, slot := range slots {
		tokens := append(slices.Clone(d.at(slot)), tokens[i])
		if len(tokens) == 1 {
			return nil, fmt.Errorf("step of slot %d, which is empty", slot)
		}
		d.Free(slot)
		if err := d.put(slot, tokens); err != nil {
			return nil, err
		}
	}
	return d.after(slots), nil
}

// Copy fills an empty slot.
func (d *Decoder) Copy(dst, src int) error {
	if len(d.at(src)) == 0 {
		return fmt.Errorf("copy of slot %d, which is empty", src)
	}
	d.spoil()
	return d.put(dst, d.at(src))
}

// Free empties a slot.
func (d *Decoder) Free(slot int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grow()
	d.held[slot] = nil
}

// InUse returns the number of slots that are not empty. It may be called from any goroutine.
func (d *Decoder) InUse() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, tokens := range d.held {
		if len(tokens) > 0 {
			n++
		}
	}
	return n
}

func (d *Decoder) before(call string, slots []int) error {
	d.spoil()
	sorted := slices.Sorted(slices.Values(slots))
	if len(slices.Compact(sorted)) != len(slots) {
		return fmt.Errorf("%s of the slots %v, one of them twice", call, slots)
	}
	if d.Before == nil {
		return nil
	}
	return d.Before(call, slots)
}

// spoil makes logits useless that were returned before.
func (d *Decoder) spoil() {
	for _, logits := range d.logits {
		for i := range logits {
			logits[i] = float32(math.NaN())
		}
	}
}

func (d *Decoder) after(slots []int) [][]float32 {
	d.logits = make([][]float32, len(slots))
	for i, slot := range slots {
		d.logits[i] = make([]float32, d.Vocab)
		d.Logits(d.at(slot), d.logits[i])
	}
	return d.logits
}

func (d *Decoder) grow() {
	for len(d.held) < d.Room {
		d.held = append(d.held, nil)
	}
}

func (d *Decoder) at(slot int) []int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grow()
	return d.held[slot]
}

func (d *Decoder) put(slot int, tokens []int32) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grow()
	if len(d.held[slot]) > 0 {
		return fmt.Errorf("slot %d is not empty", slot)
	}
	if len(tokens) > d.Most {
		return fmt.Errorf("slot %d is to hold %d tokens, and %d fit", slot, len(tokens), d.Most)
	}
	d.held[slot] = slices.Clone(tokens)
	return nil
}
