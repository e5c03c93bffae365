package generatetest

import (
	"bytes"
	"hash/fnv"
	"unicode/utf8"
)

// Tokens are bytes, and one that ends an answer.
const (
	End   = 256 // the token that ends an answer
	Vocab = 257
)

// Encode returns the tokens of a text.
func Encode(text string) []int32 {
	out := make([]int32, len(text))
	for i := range len(text) {
		out[i] = int32(text[i])
	}
	return out
}

// Bytes returns what a token stands for.
func Bytes(token int32) []byte {
	if token == End {
		return nil
	}
	return []byte{byte(token)}
}

// Text decodes tokens one at a time and holds back a character until it is complete.
type Text struct{ open []byte }

// Next returns the characters that are complete.
func (t *Text) Next(token int32) string {
	t.open = append(t.open, Bytes(token)...)
	if !utf8.FullRune(t.open) {
		return ""
	}
	return t.End()
}

// End returns what is left.
func (t *Text) End() string {
	out := string(bytes.ToValidUTF8(t.open, []byte(string(utf8.RuneError))))
	t.open = nil
	return out
}

// Random returns logits that depend on all tokens, as a model's do. They are between 0 and spread.
func Random(spread float64) func(tokens []int32, logits []float32) {
	return func(tokens []int32, logits []float32) {
		h := fnv.New64a()
		for _, t := range tokens {
			_, _ = h.Write([]byte{byte(t), byte(t >> 8), byte(t >> 16)})
		}
		state := h.Sum64()
		for i := range logits {
			state = state*6364136223846793005 + 1442695040888963407
			logits[i] = float32(spread * float64(state>>40) / (1 << 24))
		}
	}
}

// Says returns the logits of a model that answers a prompt with a text and ends there: certain of each byte, in so far as
// its logit is 30 above all others.
func Says(answer func(prompt string) string) func(tokens []int32, logits []float32) {
	return func(tokens []int32, logits []float32) {
		clear(logits)
		text := make([]byte, len(tokens))
		for i, t := range tokens {
			text[i] = byte(t)
		}
		// Prompts end in a 0 byte, so that the answer's beginning is known.
		prompt, said, _ := bytes.Cut(text, []byte{0})
		next := int32(End)
		if want := answer(string(prompt)); len(said) < len(want) {
			next = int32(want[len(said)])
		}
		logits[next] = 30
	}
}
