package generate_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/acecoder/acecoder/internal/generate"
)

// with returns the default parameters with a change.
func with(change func(*generate.Params)) generate.Params {
	p := generate.Default()
	change(&p)
	return p
}

// probabilities is the plain writing of what a token is drawn from: everything is sorted, and nothing is clever.
func probabilities(p generate.Params, logits []float32, h generate.History) []float64 {
	scores := make([]float64, len(logits))
	for i, l := range logits {
		scores[i] = float64(l)
		n := 0.0
		for _, t := range h.Generated {
			if int(t) == i {
				n++
			}
		}
		if n > 0 || slices.Contains(h.Prompt, int32(i)) {
			if scores[i] < 0 {
				scores[i] *= p.RepetitionPenalty
			} else {
				scores[i] /= p.RepetitionPenalty
			}
		}
		scores[i] -= n * p.FrequencyPenalty
		if n > 0 {
			scores[i] -= p.PresencePenalty
		}
	}
	order := make([]int, len(scores)) // upwards
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { // the first of equal ones last
		return cmp.Or(cmp.Compare(scores[a], scores[b]), b-a)
	})
	gone := make([]bool, len(scores))
	out := func() []float64 {
		highest, sum := math.Inf(-1), 0.0
		for i, s := range scores {
			if !gone[i] {
				highest = max(highest, s)
			}
		}
		out := make([]float64, len(scores))
		for i, s := range scores {
			if !gone[i] {
				out[i] = math.Exp((s - highest) / p.Temperature)
				sum += out[i]
			}
		}
		for i := range out {
			out[i] /= sum
		}
		return out
	}
	if p.TopK > 0 && p.TopK < len(scores) {
		least := scores[order[len(order)-p.TopK]]
		for i, s := range scores {
			gone[i] = s < least
		}
	}
	now, below := out(), 0.0
	for _, i := range order[:len(order)-1] {
		if below += now[i]; below <= 1-p.TopP {
			gone[i] = true
		}
	}
	now = out()
	highest := slices.Max(now)
	for i := range gone {
		gone[i] = gone[i] || now[i] < p.MinP*highest
	}
	return out()
}

// farthest returns the largest difference between two lists.
func farthest(t *testing.T, got, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d probabilities, want %d", len(got), len(want))
	}
	far := 0.0
	for i := range got {
		far = max(far, math.Abs(got[i]-want[i]))
	}
	return far
}

func TestProbabilitiesGolden(t *testing.T) {
	text, err := os.ReadFile("../../../shared/golden/golden.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/golden is not there")
	}
	var golden map[string]struct{ Data []float64 }
	if err == nil {
		err = json.Unmarshal(text, &golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	var logits []float32
	for _, l := range golden["samp.logits"].Data {
		logits = append(logits, float32(l))
	}
	for key, p := range map[string]generate.Params{
		"samp.prob.T1":   generate.Default(),
		"samp.prob.T0.7": with(func(p *generate.Params) { p.Temperature = 0.7 }),
		"samp.top_p0.9":  with(func(p *generate.Params) { p.TopP = 0.9 }),
	} {
		var s generate.Sampler
		got, err := s.Probabilities(&p, logits, generate.History{})
		if err != nil {
			t.Fatal(err)
		}
		if far := farthest(t, got, golden[key].Data); far > 1e-12 {
			t.Errorf("%s: %v, want %v", key, got, golden[key].Data)
		}
	}
}

// TestProbabilities compares with the plain writing, on logits of many kinds.
func TestProbabilities(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var s generate.Sampler
	for round := range 800 {
		p, logits, h := randomCase(random)
		got, err := s.Probabilities(&p, logits, h)
		if err != nil {
			t.Fatal(err)
		}
		if far := farthest(t, got, probabilities(p, logits, h)); far > 1e-9 {
			t.Fatalf("round %d: %+v with %d logits and %+v: %v from the plain writing", round, p, len(logits), h, far)
		}
	}
}

// randomCase makes a case in which anything may be set. The numbers have more digits than sums lose by rounding, so that
// no token is at an edge by chance.
func randomCase(random *rand.Rand) (generate.Params, []float32, generate.History) {
	maybe := func(value, otherwise float64) float64 {
		if random.IntN(2) == 0 {
			return otherwise
		}
		return value
	}
	p := generate.Params{
		Temperature:       0.05 + 2*random.Float64(),
		TopK:              int(maybe(float64(random.IntN(300)), 0)),
		TopP:              maybe(1-random.Float64(), 1),
		MinP:              maybe(random.Float64()*random.Float64(), 0),
		RepetitionPenalty: maybe(0.5+random.Float64(), 1),
		PresencePenalty:   maybe(2*random.Float64()-1, 0),
		FrequencyPenalty:  maybe(2*random.Float64()-1, 0),
	}
	logits := make([]float32, 1+random.IntN(2500))
	spread := []float64{0, 0.01, 1, 5, 30}[random.IntN(5)]
	steps := maybe(float64(1+random.IntN(30)), 1e6) // few steps: many equal logits
	for i := range logits {
		logits[i] = float32(math.Round(random.NormFloat64()*steps) / steps * spread)
	}
	tokens := make([]int32, random.IntN(50))
	for i := range tokens {
		tokens[i] = int32(random.IntN(min(len(logits), 40)))
	}
	at := random.IntN(len(tokens) + 1)
	return p, logits, generate.History{Prompt: tokens[:at], Generated: tokens[at:]}
}

func TestCuts(t *testing.T) {
	logits := func(p ...float64) []float32 { // whose probabilities are p
		var out []float32
		for _, v := range p {
			out = append(out, float32(math.Log(v)))
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		logits []float32
		params generate.Params
		want   string // tokens that may be drawn
	}{
		{"nothing", logits(.1, .2, .3, .4), generate.Default(), "0 1 2 3"},
		{"top-k", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.TopK = 2 }), "2 3"},
		{"top-k of one", logits(.1, .4, .3, .2), with(func(p *generate.Params) { p.TopK = 1 }), "1"},
		{"top-k of more than there are", logits(.5, .5), with(func(p *generate.Params) { p.TopK = 3 }), "0 1"},
		{"top-k keeps what is equal to the last", logits(.3, .2, .3, .2), with(func(p *generate.Params) { p.TopK = 1 }), "0 2"},
		{"top-p takes the token that reaches it", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.TopP = 0.5 }), "2 3"},
		{"top-p keeps one at least", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.TopP = 1e-300 }), "3"},
		{"top-p of nearly all", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.TopP = 0.91 }), "0 1 2 3"},
		{"top-p among equals keeps the first", []float32{0, 0, 0, 0, 0}, with(func(p *generate.Params) { p.TopP = 0.5 }), "0 1 2"},
		{"top-p of what top-k left", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.TopK, p.TopP = 2, 0.57 }), "3"},
		{"min-p", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.MinP = 0.6 }), "2 3"},
		{"min-p of one", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.MinP = 1 }), "3"},
		{"min-p after top-p", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.TopP, p.MinP = 0.8, 0.7 }), "2 3"},
		{"the temperature comes before min-p", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.Temperature, p.MinP = 2, 0.6 }), "1 2 3"},
		{"a token that cannot be", []float32{0, float32(math.Inf(-1)), 0}, generate.Default(), "0 2"},
		{"a low temperature", logits(.1, .2, .3, .4), with(func(p *generate.Params) { p.Temperature = 1e-300 }), "3"},
		{"a high temperature", []float32{-1e30, 1e30}, with(func(p *generate.Params) { p.Temperature = 1e300 }), "0 1"},
	} {
		var s generate.Sampler
		got, err := s.Probabilities(&tt.params, tt.logits, generate.History{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var kept []string
		for i, v := range got {
			if v > 0 {
				kept = append(kept, fmt.Sprint(i))
			}
		}
		if strings.Join(kept, " ") != tt.want {
			t.Errorf("%s: tokens %v may be drawn, want %s (probabilities %v)", tt.name, kept, tt.want, got)
		}
	}
}

// TestPenalties has values by hand. Token 0 is in the prompt, 1 and 2 in the answer, 2 twice, 3 nowhere.
func TestPenalties(t *testing.T) {
	h := generate.History{Prompt: []int32{0, 0}, Generated: []int32{2, 1, 2}}
	logits := []float32{2, -1, 1, 0.5}
	for _, tt := range []struct {
		name   string
		change func(*generate.Params)
		want   [4]float64 // scores
	}{
		{"repetition", func(p *generate.Params) { p.RepetitionPenalty = 2 }, [4]float64{1, -2, 0.5, 0.5}},
		{"presence", func(p *generate.Params) { p.PresencePenalty = 0.5 }, [4]float64{2, -1.5, 0.5, 0.5}},
		{"frequency", func(p *generate.Params) { p.FrequencyPenalty = 0.5 }, [4]float64{2, -1.5, 0, 0.5}},
		{"all", func(p *generate.Params) {
			p.RepetitionPenalty, p.PresencePenalty, p.FrequencyPenalty = 2, 0.25, 0.5
		}, [4]float64{1, -2.75, -0.75, 0.5}},
	} {
		p := with(tt.change)
		var s generate.Sampler
		for range 2 { // the second time its scratch space has been used
			got, err := s.Probabilities(&p, logits, h)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, v := range tt.want {
				sum += math.Exp(v)
			}
			for i, v := range got {
				if want := math.Exp(tt.want[i]) / sum; math.Abs(v-want) > 1e-7 {
					t.Errorf("%s: token %d has the probability %v, want %v", tt.name, i, v, want)
				}
			}
		}
		if !slices.Equal(logits, []float32{2, -1, 1, 0.5}) {
			t.Fatalf("%s: the logits have become %v", tt.name, logits)
		}
	}
}

// TestDrawFollowsProbabilities draws 100,000 tokens and asks whether they could be of the distribution.
func TestDrawFollowsProbabilities(t *testing.T) {
	const draws = 100_000
	logits := []float32{2, 1, 0.5, -1, 3, 0, 0, -2}
	for name, p := range map[string]generate.Params{
		"plain": with(func(p *generate.Params) { p.Seed = 1 }),
		"cut":   with(func(p *generate.Params) { p.Temperature, p.TopK, p.TopP, p.Seed = 0.7, 6, 0.95, 2 }),
	} {
		var s generate.Sampler
		counts := make([]float64, len(logits))
		generated := make([]int32, 100)
		for i := range draws {
			// Places in an answer, answers of a request, and requests with seeds of their own.
			p.Seed += uint64(i / 10_000)
			d, err := s.Draw(&p, logits, generate.History{Generated: generated[:i%100]}, i/100%100)
			if err != nil {
				t.Fatal(err)
			}
			counts[d.Token]++
		}
		want, err := s.Probabilities(&p, logits, generate.History{})
		if err != nil {
			t.Fatal(err)
		}
		chi, freedom := 0.0, -1.0
		for i, v := range want {
			if v == 0 {
				if counts[i] > 0 {
					t.Errorf("%s: token %d was drawn and cut away", name, i)
				}
				continue
			}
			chi += (counts[i] - draws*v) * (counts[i] - draws*v) / (draws * v)
			freedom++
		}
		if p := (distuv.ChiSquared{K: freedom}).Survival(chi); p < 1e-3 {
			t.Errorf("%s: χ² is %.1f at %v degrees of freedom, p = %.2g: counts %v, want %v of them", name, chi, freedom, p, counts, want)
		}
	}
}

func TestDrawLogProbs(t *testing.T) {
	logits := []float32{2, 1, 0.5, -1, 3}
	near := func(got float32, want float64) bool { return math.Abs(float64(got)-want) < 1e-6 }
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l))
	}
	p := with(func(p *generate.Params) { p.Temperature, p.TopK, p.TopLogprobs = 0.5, 2, 3 })
	var s generate.Sampler
	for seed := range uint64(50) {
		p.Seed = seed
		d, err := s.Draw(&p, logits, generate.History{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		model := float64(logits[d.Token]) - math.Log(sum)
		drawn := 2*float64(logits[d.Token]) - math.Log(math.Exp(4)+math.Exp(6))
		if !near(d.LogProb, model) || !near(d.DrawnLogProb, drawn) {
			t.Errorf("token %d has the log-probabilities %v and %v, want %v and %v", d.Token, d.LogProb, d.DrawnLogProb, model, drawn)
		}
		if len(d.Top) != 3 || d.Top[0].Token != 4 || d.Top[1].Token != 0 || d.Top[2].Token != 1 || !near(d.Top[0].LogProb, 3-math.Log(sum)) {
			t.Errorf("the most likely tokens are %v", d.Top)
		}
	}
	p.Temperature, p.TopLogprobs = 0, 9
	d, err := s.Draw(&p, []float32{1, 3, 3, 1}, generate.History{}, 0)
	if err != nil || d.Token != 1 || d.DrawnLogProb != 0 {
		t.Errorf("greedy drew %+v, %v, want token 1, the first of the highest", d, err)
	}
	if want := []int32{1, 2, 0, 3}; len(d.Top) != 4 || d.Top[0].Token != want[0] || d.Top[1].Token != want[1] || d.Top[2].Token != want[2] || d.Top[3].Token != want[3] {
		t.Errorf("the most likely of four tokens are %v, want %v", d.Top, want)
	}
	p.RepetitionPenalty = 4
	if d, err = s.Draw(&p, []float32{1, 3, 2, 1}, generate.History{Prompt: []int32{1}}, 0); err != nil || d.Token != 2 {
		t.Errorf("greedy with a penalty drew %+v, %v, want token 2", d, err)
	}
}

// TestDrawDependsOnItsPlaceAlone: equal seed, sample and place give the equal token; another of any gives another stream.
func TestDrawDependsOnItsPlaceAlone(t *testing.T) {
	logits := make([]float32, 1000)
	p := generate.Default()
	var s, other generate.Sampler
	stream := func(s *generate.Sampler, seed uint64, sample int) (out []int32) {
		p := p
		p.Seed = seed
		for range 20 {
			d, err := s.Draw(&p, logits, generate.History{Generated: out}, sample)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, d.Token)
		}
		return out
	}
	first := stream(&s, 1, 0)
	if again := stream(&other, 1, 0); !slices.Equal(first, again) {
		t.Errorf("the same stream again: %v and %v", first, again)
	}
	for _, next := range [][]int32{stream(&s, 2, 0), stream(&s, 1, 1), first[1:]} {
		if next[0] == first[0] && next[1] == first[1] {
			t.Errorf("two streams begin with %v and %v", first, next)
		}
	}
}

func TestDamagedLogits(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	greedy := with(func(p *generate.Params) { p.Temperature = 0 })
	penalized := with(func(p *generate.Params) { p.Temperature, p.RepetitionPenalty = 0, 5e-324 })
	for _, tt := range []struct {
		name   string
		params generate.Params
		logits []float32
	}{
		{"NaN first", generate.Default(), []float32{nan, 1}},
		{"NaN last", greedy, []float32{1, nan}},
		{"infinite", generate.Default(), []float32{1, inf}},
		{"nothing is possible", greedy, []float32{-inf, -inf}},
		{"none", generate.Default(), nil},
		{"a penalty that leads to infinity", penalized, []float32{1, 1}},
	} {
		var s generate.Sampler
		d, err := s.Draw(&tt.params, tt.logits, generate.History{Prompt: []int32{0, 1}[:min(2, len(tt.logits))]}, 0)
		if err == nil || !strings.Contains(err.Error(), "no distribution") {
			t.Errorf("%s: Draw = %+v, %v, want an error", tt.name, d, err)
		}
	}
}

func TestDrawAllocatesNothing(t *testing.T) {
	logits := make([]float32, 5000)
	for i := range logits {
		logits[i] = float32(i % 71)
	}
	p := with(func(p *generate.Params) { p.TopK, p.TopP, p.MinP, p.RepetitionPenalty = 100, 0.9, 0.01, 1.1 })
	h := generate.History{Prompt: []int32{1, 2}, Generated: []int32{3}}
	var s generate.Sampler
	if got := testing.AllocsPerRun(20, func() { _, _ = s.Draw(&p, logits, h, 0) }); got != 0 {
		t.Errorf("a draw allocates %v times, want never", got)
	}
}

// FuzzProbabilities compares with the plain writing.
func FuzzProbabilities(f *testing.F) {
	f.Add([]byte{1, 2, 3, 250, 250, 0}, 0.7, 2, 0.9, 0.1, 1.2)
	f.Add([]byte{5, 5, 5, 5}, 1.0, 0, 0.5, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, raw []byte, temperature float64, k int, topP, minP, repetition float64) {
		p := with(func(p *generate.Params) {
			p.Temperature, p.TopK, p.TopP, p.MinP, p.RepetitionPenalty = temperature, k, topP, minP, repetition
		})
		if p.Check() != nil || temperature < 0.01 || temperature > 100 || repetition < 0.01 || repetition > 100 || len(raw) == 0 {
			t.Skip()
		}
		logits := make([]float32, len(raw))
		for i, b := range raw {
			logits[i] = float32(int8(b)) / 7
		}
		h := generate.History{Prompt: []int32{0}, Generated: []int32{int32(len(raw) - 1)}}
		var s generate.Sampler
		got, err := s.Probabilities(&p, logits, h)
		if err != nil {
			t.Fatal(err)
		}
		sum, most := 0.0, 0.0
		for _, v := range got {
			sum, most = sum+v, max(most, v)
		}
		if math.Abs(sum-1) > 1e-9 || math.IsNaN(sum) {
			t.Fatalf("the probabilities sum to %v", sum)
		}
		// At an edge, rounding decides about one token; what is given to the others shifts by as much.
		if far := farthest(t, got, probabilities(p, logits, h)); far > 1e-9 && !atEdge(p, logits, h) {
			t.Errorf("%+v: %v, want %v", p, got, probabilities(p, logits, h))
		}
	})
}

// atEdge reports whether a slightly different top-p or min-p gives another distribution.
func atEdge(p generate.Params, logits []float32, h generate.History) bool {
	want := probabilities(p, logits, h)
	for _, by := range []float64{1 - 1e-9, 1 + 1e-9} {
		q := p
		q.TopP, q.MinP = min(p.TopP*by, 1), p.MinP*by
		for i, v := range probabilities(q, logits, h) {
			if math.Abs(v-want[i]) > 1e-9 {
				return true
			}
		}
	}
	return false
}
