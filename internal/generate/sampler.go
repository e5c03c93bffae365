package generate

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// Sampler draws tokens. The zero value is ready; it keeps its scratch space, up to 28 bytes for each token of the
// vocabulary, and belongs to one goroutine. Time is linear in the vocabulary whatever the parameters, and nothing is
// allocated but what [Draw.Top] needs.
type Sampler struct {
	scores  []float64 // logits with penalties
	counts  []int32   // of tokens in the answer; all 0 between calls
	weights []float64 // exp((score - highest) / temperature): probabilities up to a factor; 0 where cut away
	room    []float64 // for selections
	source  rand.ChaCha8
}

// History is what was there before a token.
type History struct{ Prompt, Generated []int32 }

// Draw draws the token of answer number sample that comes after h. Params are sound ([Params.Check]) and tokens are below
// len(logits). The error tells of logits that are no distribution.
func (s *Sampler) Draw(p *Params, logits []float32, h History, sample int) (Draw, error) {
	s.weights = sized(s.weights, len(logits))
	highest, sum, err := weigh(s.weights, logits, 1)
	if err != nil {
		return Draw{}, err
	}
	logSum := highest + math.Log(sum)
	var d Draw
	if p.Temperature == 0 {
		if d.Token, err = s.best(p, logits, h); err != nil {
			return Draw{}, err
		}
	} else {
		if p.Temperature != 1 || p.penalizes() {
			if sum, err = s.weighAs(p, logits, h); err != nil {
				return Draw{}, err
			}
		}
		sum = s.cut(p, sum)
		d.Token = pick(s.weights, sum*s.uniform(p.Seed, sample, len(h.Generated)))
		d.DrawnLogProb = float32(math.Log(s.weights[d.Token] / sum))
	}
	d.LogProb = float32(float64(logits[d.Token]) - logSum)
	if p.TopLogprobs > 0 {
		d.Top = top(logits, p.TopLogprobs, logSum)
	}
	return d, nil
}

// Probabilities returns the distribution that tokens after h are drawn from, one for each logit. It is good until the next
// call. The temperature is not 0.
func (s *Sampler) Probabilities(p *Params, logits []float32, h History) ([]float64, error) {
	s.weights = sized(s.weights, len(logits))
	sum, err := s.weighAs(p, logits, h)
	if err != nil {
		return nil, err
	}
	sum = s.cut(p, sum)
	for i := range s.weights {
		s.weights[i] /= sum
	}
	return s.weights, nil
}

// best returns the most likely token, the first of equal ones.
func (s *Sampler) best(p *Params, logits []float32, h History) (int32, error) {
	if !p.penalizes() {
		token, _ := first(logits)
		return token, nil
	}
	token, score := first(s.penalized(p, logits, h))
	return token, sound(score, 1)
}

// weighAs weighs tokens with penalties and temperature.
func (s *Sampler) weighAs(p *Params, logits []float32, h History) (sum float64, err error) {
	if p.penalizes() {
		_, sum, err = weigh(s.weights, s.penalized(p, logits, h), p.Temperature)
	} else {
		_, sum, err = weigh(s.weights, logits, p.Temperature)
	}
	return sum, err
}

// weigh fills in weights with exp((score - highest) / temperature) and returns the highest score and the weights' sum.
func weigh[F float32 | float64](weights []float64, scores []F, temperature float64) (highest, sum float64, err error) {
	_, highest = first(scores)
	for i, score := range scores {
		w := exp((float64(score) - highest) / temperature)
		weights[i] = w
		sum += w
	}
	return highest, sum, sound(highest, sum)
}

// penalized returns the logits with penalties. The history is gone through instead of being counted along, so that a
// sampler knows nothing of sequences; it is shorter than the vocabulary as a rule.
func (s *Sampler) penalized(p *Params, logits []float32, h History) []float64 {
	const done = -1
	s.scores, s.counts = sized(s.scores, len(logits)), sized(s.counts, len(logits))
	for i, l := range logits {
		s.scores[i] = float64(l)
	}
	for _, t := range h.Generated {
		s.counts[t]++
	}
	for _, t := range h.Generated {
		if n := s.counts[t]; n > 0 {
			s.scores[t] = repeated(s.scores[t], p.RepetitionPenalty) - p.PresencePenalty - p.FrequencyPenalty*float64(n)
			s.counts[t] = done
		}
	}
	for _, t := range h.Prompt {
		if s.counts[t] == 0 {
			s.scores[t] = repeated(s.scores[t], p.RepetitionPenalty)
			s.counts[t] = done
		}
	}
	for _, all := range [2][]int32{h.Prompt, h.Generated} {
		for _, t := range all {
			s.counts[t] = 0
		}
	}
	return s.scores
}

// repeated is the score of a token that was there before (Keskar et al., CTRL, section 4.1; negative scores are multiplied,
// as in transformers' RepetitionPenaltyLogitsProcessor).
func repeated(score, penalty float64) float64 {
	if score < 0 {
		return score * penalty
	}
	return score / penalty
}

// first returns the first of the highest scores and its place; -Inf where there is none.
func first[F float32 | float64](scores []F) (int32, float64) {
	best, highest := 0, F(math.Inf(-1))
	for i, score := range scores {
		if score > highest {
			best, highest = i, score
		}
	}
	return int32(best), float64(highest)
}

// sound refuses scores that are no distribution. One NaN makes the sum one; an infinite highest score makes it one too.
func sound(highest, sum float64) error {
	if math.IsInf(highest, 0) || !finite(sum) {
		return fmt.Errorf("the logits are no distribution: the highest is %v and the sum of exponentials %v; the model's weights may be damaged",
			highest, sum)
	}
	return nil
}

// pick returns the first place at which the sum of the weights is above target; the last one with a weight where rounding
// keeps the sum below.
func pick(weights []float64, target float64) int32 {
	sum, last := 0.0, 0
	for i, w := range weights {
		if w == 0 {
			continue
		}
		if sum += w; sum > target {
			return int32(i)
		}
		last = i
	}
	return int32(last)
}

// uniform returns a number from 0 to 1, without 1, which is independent for each seed, answer and place in it. A stream of
// numbers would tie what is drawn to what was drawn before it.
func (s *Sampler) uniform(seed uint64, sample, place int) float64 {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(sample))
	binary.LittleEndian.PutUint64(key[16:], uint64(place))
	s.source.Seed(key)
	return float64(s.source.Uint64()>>11) / (1 << 53)
}

// top returns the n most likely tokens, the first of equal ones first.
func top(logits []float32, n int, logSum float64) []Likely {
	out := make([]Likely, 0, min(n, len(logits)))
	for i, l := range logits {
		if len(out) == cap(out) && !(l > out[len(out)-1].LogProb) {
			continue
		}
		if len(out) < cap(out) {
			out = append(out, Likely{})
		}
		at := len(out) - 1
		for ; at > 0 && l > out[at-1].LogProb; at-- {
			out[at] = out[at-1]
		}
		out[at] = Likely{int32(i), l}
	}
	for i := range out {
		out[i].LogProb = float32(float64(out[i].LogProb) - logSum)
	}
	return out
}

// sized returns a slice of a length with what it had; what is new is zero.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		s = append(s[:cap(s)], make([]T, n-cap(s))...)
	}
	return s[:n]
}
