package reward

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

// Scorer scores texts with models of one shape.
type Scorer struct {
	exec    *nn.Exec
	longest int
	tokens  int
}

// NewScorer makes a scorer for texts of up to so many tokens, and at most so many computed at once, padding included.
func (m *Model) NewScorer(longest, tokens int) (*Scorer, error) {
	if longest > m.MaxPositions {
		return nil, fmt.Errorf("texts of up to %d tokens, and the model was made for %d", longest, m.MaxPositions)
	}
	s := &Scorer{longest: longest, tokens: tokens}
	batcher, err := s.batcher(nil)
	if err != nil {
		return nil, err
	}
	n, c, dtype := len(m.Weights), m.Config, m.Weights[0].DType()
	s.exec, err = nn.NewExec(m.Device, "score", batcher.Shapes(), func(in []*graph.Node) []*graph.Node {
		p := nn.Parameters{Weights: make([]*graph.Node, n)}
		for i := range p.Weights { // a trainer keeps them in float32 whatever they are computed in
			p.Weights[i] = graph.ConvertDType(in[i], dtype)
		}
		return []*graph.Node{scores(states(c, p, in[n+2], in[n+3]), in[n], in[n+1])}
	})
	return s, err
}

// batcher divides texts. A last one, which nobody asks for, makes the lengths to pad to those of the longest text that may
// come, so that they are the same for all.
func (s *Scorer) batcher(texts [][]int32) (*train.Batcher, error) {
	sizes := make([]train.Size, len(texts)+1)
	for i, text := range texts {
		if len(text) > s.longest {
			return nil, fmt.Errorf("score: text %d has %d tokens, at most %d were asked for", i, len(text), s.longest)
		}
		sizes[i].Length = len(text)
	}
	sizes[len(texts)].Length = s.longest
	return train.NewBatcher(sizes, s.tokens)
}

// Score scores texts, each at least one token, in their order. It ends between two batches if ctx does. A score that is no
// number is an error.
func (s *Scorer) Score(ctx context.Context, m *Model, texts [][]int32) ([]float64, error) {
	batcher, err := s.batcher(texts)
	if err != nil {
		return nil, err
	}
	rows := make([]int, len(texts))
	for i := range rows {
		rows[i] = i
	}
	out := make([]float64, len(texts))
	for _, micro := range batcher.Step(rows).Micros {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var some [][]int32
		for _, row := range micro.Rows {
			some = append(some, texts[row])
		}
		ids, at := padded(some, micro.Length)
		made, err := s.exec.Call(m.Weights, []*tensors.Tensor{m.Head.Weight, m.Head.Bias, ids, at})
		if err != nil {
			return nil, err
		}
		for i, score := range tensors.MustCopyFlatData[float32](made[0]) {
			out[micro.Rows[i]] = float64(score)
			if math.IsNaN(float64(score)) || math.IsInf(float64(score), 0) {
				return nil, fmt.Errorf("the score of a text of %d tokens is %v: the model is broken", len(some[i]), score)
			}
		}
		for _, t := range []*tensors.Tensor{ids, at, made[0]} {
			_ = t.FinalizeAll()
		}
	}
	return out, nil
}

// Pairs scores pairs.
func (s *Scorer) Pairs(ctx context.Context, m *Model, pairs []Pair) ([]Scored, error) {
	var texts [][]int32
	at := map[*int32]int{} // of texts by their tokens: RM-Bench has each in three pairs
	for _, p := range pairs {
		for _, text := range [][]int32{p.Chosen, p.Rejected} {
			if _, ok := at[&text[0]]; !ok {
				at[&text[0]] = len(texts)
				texts = append(texts, text)
			}
		}
	}
	all, err := s.Score(ctx, m, texts)
	if err != nil {
		return nil, err
	}
	out := make([]Scored, len(pairs))
	for i, p := range pairs {
		out[i] = Scored{
			Chosen: all[at[&p.Chosen[0]]], Rejected: all[at[&p.Rejected[0]]], Margin: p.Margin, Subset: p.Subset,
			ChosenLength: len(p.Chosen), RejectedLength: len(p.Rejected),
		}
	}
	return out, nil
}

// clip is what OpenRLHF and TRL cut rewards to.
const clip = 10

// ScoresOf are the figures of scores.
func ScoresOf(scores []float64) *Scores {
	s := &Scores{Texts: len(scores), Clip: clip}
	for _, x := range scores {
		s.Mean += x
		if math.Abs(x) > clip {
			s.Clipped++
		}
	}
	n := float64(len(scores))
	s.Mean /= n
	s.Clipped /= n
	squares := 0.0
	for _, x := range scores {
		squares += (x - s.Mean) * (x - s.Mean)
	}
	if len(scores) > 1 {
		s.Std = math.Sqrt(squares / (n - 1))
	}
	return s
}

// mostMeasured is of how many pairs the mean and the deviation are taken: they are then known to about a hundredth of the
// deviation, and more would cost a third of a training.
const mostMeasured = 4096

// Measure scores pairs of the training, some of them spread over all if they are many, and keeps the figures in m.Info.
func (m *Model) Measure(ctx context.Context, s *Scorer, pairs []Pair) error {
	var some []Pair
	step := (len(pairs) + mostMeasured - 1) / mostMeasured
	for i := 0; i < len(pairs); i += max(1, step) {
		some = append(some, pairs[i])
	}
	scored, err := s.Pairs(ctx, m, some)
	if err != nil {
		return err
	}
	var all []float64
	for _, p := range scored {
		all = append(all, p.Chosen, p.Rejected)
	}
	m.Info.Scores = ScoresOf(all)
	return nil
}
