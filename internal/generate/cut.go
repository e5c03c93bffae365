package generate

import "math/bits"

// cut sets the weights of tokens that top-k, top-p and min-p cut away to 0 and returns the sum of the others. The sum of
// all is given, and the highest weight is 1.
func (s *Sampler) cut(p *Params, sum float64) float64 {
	w := s.weights
	if p.TopK > 0 && p.TopK < len(w) {
		least := s.largest(w, p.TopK)
		sum = 0
		for i, v := range w {
			if v < least {
				w[i] = 0
			}
			sum += w[i]
		}
	}
	if p.TopP < 1 {
		sum = s.cutNucleus(p.TopP, sum)
	}
	if p.MinP > 0 {
		sum = 0
		for i, v := range w {
			if v < p.MinP {
				w[i] = 0
			}
			sum += w[i]
		}
	}
	return sum
}

// cutNucleus keeps tokens, from the most likely on, until they have the probability topP. Of equal tokens at the edge the
// first ones stay; transformers leaves it to a sort that is not stable.
func (s *Sampler) cutNucleus(topP, sum float64) float64 {
	w := s.weights
	// Tokens of less weight than this have less than 1-topP even all together, so none of them is in the nucleus. What is
	// left is short for a model that has learnt something.
	floor := (1 - topP) * sum / float64(len(w))
	s.room = s.room[:0]
	for _, v := range w {
		if v >= floor {
			s.room = append(s.room, v)
		}
	}
	least, n := nucleus(s.room, topP*sum)
	sum = 0
	for i, v := range w {
		if v == least {
			n--
		}
		if v < least || v == least && n < 0 {
			w[i] = 0
		}
		sum += w[i]
	}
	return sum
}

// nucleus returns the least of the largest values whose sum is target or more, and how many of those equal to it are
// needed. It is a quickselect that follows the sum instead of the number: linear whatever the values are. It reorders
// them. Without rounding, target is more than 0 and at most their sum.
func nucleus(values []float64, target float64) (least float64, n int) {
	for pivots := (pivots{}); ; {
		pivot := pivots.of(values)
		above, equal := partition(values, pivot)
		sum := 0.0
		for _, v := range values[:above] {
			sum += v
		}
		if sum >= target && above > 0 {
			values = values[:above]
			continue
		}
		for n = 1; n < equal && sum+float64(n)*pivot < target; n++ {
		}
		values = values[above+equal:]
		if target -= sum + float64(equal)*pivot; target <= 0 || len(values) == 0 {
			return pivot, n
		}
	}
}

// minRoom is the least number of values that are selected among at a time.
const minRoom = 1024

// largest returns the k-th largest value. The values stay where they are; k is at least 1 and at most their number.
func (s *Sampler) largest(values []float64, k int) float64 {
	room, most := s.room[:0], max(2*k, minRoom)
	floor := -1.0 // weights are not below 0
	for _, v := range values {
		if v <= floor {
			continue // there are k that are as large
		}
		if room = append(room, v); len(room) == most {
			floor = selectLargest(room, k)
			room = room[:k]
		}
	}
	s.room = room
	return selectLargest(room, k)
}

// selectLargest returns the k-th largest value and puts the k largest first.
func selectLargest(values []float64, k int) float64 {
	for pivots := (pivots{}); ; {
		pivot := pivots.of(values)
		above, equal := partition(values, pivot)
		switch {
		case k <= above:
			values = values[:above]
		case k <= above+equal:
			return pivot
		default:
			k -= above + equal
			values = values[above+equal:]
		}
	}
}

// partition puts values above the pivot first, then those equal to it, then the others, and returns the first two numbers.
func partition(values []float64, pivot float64) (above, equal int) {
	end := len(values)
	for at := 0; at < end; {
		switch v := values[at]; {
		case v > pivot:
			values[at], values[above] = values[above], v
			above++
			at++
		case v < pivot:
			end--
			values[at], values[end] = values[end], v
		default:
			at++
		}
	}
	return above, end - above
}

// pivots chooses pivots at random, so that no order of values is a slow one, and always in the same way.
type pivots struct{ state uint64 }

func (p *pivots) of(values []float64) float64 {
	p.state = p.state*6364136223846793005 + 1442695040888963407 // Knuth, MMIX
	at, _ := bits.Mul64(p.state, uint64(len(values)))
	return values[at]
}
