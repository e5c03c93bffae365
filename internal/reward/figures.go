package reward

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Scored is a pair with its scores.
type Scored struct {
	Chosen, Rejected             float64
	Margin                       float64
	ChosenLength, RejectedLength int // tokens
	Subset                       string
}

// right reports whether the chosen text has the higher score; a tie is wrong.
func (s Scored) right() bool { return s.Chosen > s.Rejected }

// Figures say how good scores of pairs are.
type Figures struct {
	Pairs    int     `json:"pairs"`
	Accuracy float64 `json:"accuracy"` // the share of pairs whose chosen text has the higher score
	Ties     int     `json:"ties"`
	Loss     float64 `json:"loss"` // the mean of −log σ(chosen − rejected)

	// Calibration is the expected difference between how sure σ(|d|) is of a pair and how often it is right, over ten steps
	// of being sure.
	Calibration float64 `json:"calibration"`

	Chosen   Moments `json:"chosen"`
	Rejected Moments `json:"rejected"`

	ByMargin []Part `json:"by_margin,omitempty"` // of the labels, each up to its upper end
	ByLength []Part `json:"by_length,omitempty"` // of the longer text, tokens
	BySubset []Part `json:"by_subset,omitempty"`
	// Matched are the pairs whose lengths differ by at most a tenth, where length tells nothing. Longer and Shorter are what
	// a rule would reach that looks at length alone.
	Matched Part    `json:"length_matched"`
	Longer  float64 `json:"longer_is_better"`
	Shorter float64 `json:"shorter_is_better"`
}

// Moments are the mean and the deviation of scores.
type Moments struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

// Part is the accuracy over a part of the pairs.
type Part struct {
	Name     string  `json:"name"`
	Pairs    int     `json:"pairs"`
	Accuracy float64 `json:"accuracy"` // 0 where there is no pair

	right int
}

func (p *Part) add(s Scored) {
	p.Pairs++
	if s.right() {
		p.right++
	}
	p.Accuracy = float64(p.right) / float64(p.Pairs)
}

// FiguresOf are the figures of scored pairs; at least one.
func FiguresOf(all []Scored) Figures {
	f := Figures{Pairs: len(all), Matched: Part{Name: "lengths within a tenth"}}
	whole := Part{}
	margins, lengths, subsets := map[int]*Part{}, map[int]*Part{}, map[string]*Part{}
	var chosen, rejected []float64
	n := float64(len(all))
	for _, s := range all {
		whole.add(s)
		if s.Chosen == s.Rejected {
			f.Ties++
		}
		f.Loss += lossOf(s.Chosen-s.Rejected) / n
		switch {
		case s.ChosenLength > s.RejectedLength:
			f.Longer += 1 / n
		case s.ChosenLength < s.RejectedLength:
			f.Shorter += 1 / n
		}
		longer, shorter := max(s.ChosenLength, s.RejectedLength), min(s.ChosenLength, s.RejectedLength)
		if 10*(longer-shorter) <= longer {
			f.Matched.add(s)
		}
		if s.Margin != 0 {
			part(margins, int(math.Ceil(s.Margin*5-1e-9))-1).add(s) // 0.6·5 is not quite 3
		}
		part(lengths, octave(longer)).add(s)
		if s.Subset != "" {
			part(subsets, s.Subset).add(s)
		}
		chosen, rejected = append(chosen, s.Chosen), append(rejected, s.Rejected)
	}
	f.Accuracy = whole.Accuracy
	f.Calibration = calibration(all)
	f.Chosen, f.Rejected = momentsOf(chosen), momentsOf(rejected)
	f.ByMargin = sorted(margins, func(k int) string { return fmt.Sprintf("%.1f to %.1f", float64(k)/5, float64(k+1)/5) })
	f.ByLength = sorted(lengths, func(k int) string {
		if k == 0 {
			return fmt.Sprintf("below %d", leastOctave)
		}
		return fmt.Sprintf("%d to %d", k, 2*k-1)
	})
	f.BySubset = sorted(subsets, func(k string) string { return k })
	return f
}

// leastOctave is where the parts by length begin; what is shorter is one part.
const leastOctave = 128

// octave is the largest power of two that is not above n; 0 below leastOctave.
func octave(n int) int {
	if n < leastOctave {
		return 0
	}
	return 1 << (bits.Len(uint(n)) - 1)
}

func part[K comparable](parts map[K]*Part, key K) *Part {
	if parts[key] == nil {
		parts[key] = &Part{}
	}
	return parts[key]
}

func sorted[K int | string](parts map[K]*Part, name func(K) string) []Part {
	var out []Part
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		p := *parts[key]
		p.Name = name(key)
		out = append(out, p)
	}
	return out
}

// lossOf is −log σ(d).
func lossOf(d float64) float64 { return max(-d, 0) + math.Log1p(math.Exp(-math.Abs(d))) }

func momentsOf(xs []float64) Moments {
	s := ScoresOf(xs)
	return Moments{s.Mean, s.Std}
}

// steps is into how many parts calibration divides being sure.
const steps = 10

func calibration(all []Scored) float64 {
	var count, right, sure [steps]float64
	for _, s := range all {
		p := 1 / (1 + math.Exp(-math.Abs(s.Chosen-s.Rejected))) // 0.5 to 1
		k := min(int((2*p-1)*steps), steps-1)
		count[k]++
		sure[k] += p
		switch {
		case s.right():
			right[k]++
		case s.Chosen == s.Rejected:
			right[k] += 0.5
		}
	}
	sum := 0.0
	for k := range count {
		sum += math.Abs(right[k] - sure[k])
	}
	return sum / float64(len(all))
}

// String are the figures as lines for people.
func (f Figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pairs           %d, %d ties\n", f.Pairs, f.Ties)
	fmt.Fprintf(&b, "accuracy        %.4f (length matched %.4f of %d; longer is better %.4f, shorter is better %.4f)\n",
		f.Accuracy, f.Matched.Accuracy, f.Matched.Pairs, f.Longer, f.Shorter)
	fmt.Fprintf(&b, "loss            %.4f, calibration error %.4f\n", f.Loss, f.Calibration)
	fmt.Fprintf(&b, "scores          chosen %.4f ± %.4f, rejected %.4f ± %.4f\n", f.Chosen.Mean, f.Chosen.Std, f.Rejected.Mean, f.Rejected.Std)
	for _, group := range []struct {
		name  string
		parts []Part
	}{{"margin", f.ByMargin}, {"tokens", f.ByLength}, {"subset", f.BySubset}} {
		for _, p := range group.parts {
			fmt.Fprintf(&b, "  %s %-24s %.4f of %d\n", group.name, p.Name, p.Accuracy, p.Pairs)
		}
	}
	return b.String()
}
