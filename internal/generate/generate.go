// Package generate has a model write answers: it draws tokens, and it keeps the slots of a decoder busy with the samples
// of many requests.
//
// In: requests of token ids, and a [Decoder], which computes logits. Out: answers: tokens, their log-probabilities, and
// text. Its one invariant: what is drawn depends on the request and on the logits alone, never on the number of slots,
// on who else is in the batch, or on when a request came. Equal logits give equal answers; how far logits depend on the
// company is the decoder's matter.
package generate

import (
	"errors"
	"fmt"
)

// Decoder holds what a model remembers of a batch of sequences. Each is in a slot; slots are numbered from 0. One
// goroutine calls it. Its errors are failures of the machine, after which it is not used again.
type Decoder interface {
	// Slots returns how many sequences there is room for.
	Slots() int
	// Capacity returns how many tokens a slot can hold.
	Capacity() int
	// Prefill puts prompts, of one token at least, into empty slots. It returns the logits after each prompt's last
	// token, [len(slots)][vocabulary], which are good until the next call.
	Prefill(slots []int, prompts [][]int32) ([][]float32, error)
	// Step appends one token to each of the slots and returns the logits after it, as Prefill does. Other slots stay as
	// they are.
	Step(slots []int, tokens []int32) ([][]float32, error)
	// Copy has slot dst, which is empty, hold what slot src holds.
	Copy(dst, src int) error
	// Free empties a slot. It may be empty already.
	Free(slot int)
}

// Request asks for the answers to one prompt. What it refers to must not change afterwards.
type Request struct {
	Prompt []int32
	Params Params
	// Text returns a decoder for the text of one answer. Nil: answers have no text. Stop strings need it.
	Text func() Text
	// Emit is given an answer piece by piece, on the goroutine that asks. Nil: only whole answers are wanted. Its error
	// ends the request.
	Emit func(Piece) error
}

// Text turns tokens into text, one at a time. It never returns a part of a character.
type Text interface {
	Next(token int32) string
	// End returns what is left when no token comes any more.
	End() string
}

// Answer is one sample.
type Answer struct {
	Draws []Draw // all tokens that were drawn, the one that ended the answer too
	Said  int    // so many of them, from the first, make up Text; the others are a stop token or were cut off
	Text  string // what is before the stop string; empty where Request.Text is nil
	// Finish says why it ended.
	Finish Finish
}

// Draw is one token and how likely it was.
type Draw struct {
	Token int32
	// LogProb is its log-probability under the model: temperature 1, no penalty, nothing cut away.
	LogProb float32
	// DrawnLogProb is that under the distribution which it was drawn from; 0 where the most likely token is taken.
	DrawnLogProb float32
	// Top are the most likely tokens under the model, the first first, Params.TopLogprobs of them.
	Top []Likely
}

// Likely is a token with its log-probability under the model.
type Likely struct {
	Token   int32
	LogProb float32
}

// Piece is what is new of an answer.
type Piece struct {
	Sample int    // which answer of its request
	Text   string // it may be empty in the last piece
	Draws  []Draw // the tokens whose text begins in it, or before it without having been given out
	Finish Finish // empty in all pieces but the last
}

// Finish is why an answer ended, a closed list.
type Finish string

// What ends an answer: a stop token or a stop string; or that it is as long as it may be.
const (
	FinishStop   Finish = "stop"
	FinishLength Finish = "length"
)

// ErrBusy is returned for a request that comes while as many wait as may.
var ErrBusy = errors.New("generate: the queue is full; try again later")

// ErrEnded is returned for requests that cannot be answered because the scheduler has ended.
var ErrEnded = errors.New("generate: the model is not running any more")

// ContextError tells of a request that does not fit into a slot.
type ContextError struct {
	Prompt    int // tokens of the prompt
	MaxTokens int // tokens that were asked for; 0 where no number was said
	Capacity  int // tokens that a slot holds
}

// Error says all the numbers.
func (e *ContextError) Error() string {
	if e.MaxTokens == 0 {
		return fmt.Sprintf("the context of the model is %d tokens, and the prompt has %d, which leaves no room for an answer; shorten it",
			e.Capacity, e.Prompt)
	}
	return fmt.Sprintf("the context of the model is %d tokens, and %d were asked for: %d of the prompt and %d of the answer; shorten either",
		e.Capacity, e.Prompt+e.MaxTokens, e.Prompt, e.MaxTokens)
}
