package reward

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

// Loss says what a pair with the scores c of the chosen and r of the rejected text costs. The zero value is the published
// loss (Bradley and Terry), without dropout:
//
//	−log σ(c − r)                       the loss of a step is the mean over its pairs
//	−log σ(c − r − m)                   Margin: m is the pair's margin
//	m · −log σ(c − r)                   ScaleBT
//	… + Center · (c + r)²               keeps the scores around 0
//
// It is always computed in float32.
type Loss struct {
	Margin  bool
	ScaleBT bool
	Center  float64
	// PerQuestion is the paper's equation 1: the mean over questions of the mean over each one's pairs. A pair counts as
	// many times as its question has fewer pairs than the average one.
	PerQuestion bool
	// Dropout is the share of the last hidden state's numbers that are left out in training, the published 0.1 for
	// example. Which ones follows from the seed, the step and the pair alone.
	Dropout float64
}

// Check reports what makes no sense.
func (l Loss) Check() error {
	switch {
	case l.Margin && l.ScaleBT:
		return errors.New("loss: the margin is either subtracted or multiplied with")
	case !(l.Center >= 0) || math.IsInf(l.Center, 0):
		return fmt.Errorf("loss: center is %v, want a number of at least 0", l.Center)
	case !(l.Dropout >= 0 && l.Dropout < 1):
		return fmt.Errorf("loss: dropout is %v, want at least 0 and less than 1", l.Dropout)
	}
	return nil
}

// NeedsMargin reports whether each pair has to have a margin.
func (l Loss) NeedsMargin() bool { return l.Margin || l.ScaleBT }

// states takes the trunk's output [rows·length, hidden] at places [rows], in float32: [rows, hidden].
func states(c nn.Config, p nn.Parameters, ids, at *graph.Node) *graph.Node {
	h := graph.Gather(c.Trunk(p, ids), graph.Reshape(at, -1, 1))
	if h.DType() == dtypes.Float64 { // for checks by finite differences
		return h
	}
	return graph.ConvertDType(h, dtypes.Float32)
}

// scores are h·w + b of states [rows, hidden], the head's weight [1, hidden] and its bias [1]: [rows].
func scores(h, weight, bias *graph.Node) *graph.Node {
	return graph.Add(project(h, weight), bias)
}

func project(h, weight *graph.Node) *graph.Node {
	return graph.Reshape(graph.DotGeneral(h, []int{1}, nil, weight, []int{1}, nil), -1)
}

// softplus is log(1 + eˣ), which is −log σ(−x), written so that no power overflows: max(x, 0) + log(1 + e^−|x|). Its slope is
// given as σ(x): that of max, at 0, and what is left of it far from 0 are not the same on all devices.
func softplus(x *graph.Node) *graph.Node {
	still := graph.StopGradient(x)
	value := graph.Add(graph.Max(still, graph.ZerosLike(still)), graph.Log(graph.OnePlus(graph.Exp(graph.Neg(graph.Abs(still))))))
	return graph.Add(value, graph.Mul(graph.Sigmoid(still), graph.Sub(x, still))) // x − still is 0
}

// Objective is the sum of the loss over pairs. Its tensors are those of the head and those that Batch.Micro makes.
func (l Loss) Objective(c nn.Config) train.Objective {
	return func(p nn.Parameters, in []*graph.Node) *graph.Node {
		weight, bias, ids, at, margins, shares := in[0], in[1], in[2], in[3], in[4], in[5]
		h := states(c, p, ids, at)
		if l.Dropout > 0 {
			h = graph.Mul(h, in[6])
		}
		return l.sum(project(h, weight), bias, margins, shares)
	}
}

// sum is the loss of scores without the bias [2n], a pair's two after each other, of margins and weights [n].
func (l Loss) sum(s, bias, margins, shares *graph.Node) *graph.Node {
	s = graph.Reshape(s, -1, 2)
	// The bias is not in the difference, where it cancels: what rounding would leave of its gradient, Adam would make steps of.
	d := weighed(s, 1, -1)
	if l.Margin {
		d = graph.Sub(d, margins)
	}
	loss := softplus(graph.Neg(d))
	if l.ScaleBT {
		loss = graph.Mul(loss, margins)
	}
	if l.Center > 0 {
		both := graph.Add(weighed(s, 1, 1), graph.MulScalar(bias, 2))
		loss = graph.Add(loss, graph.MulScalar(graph.Mul(both, both), l.Center))
	}
	return graph.ReduceAllSum(graph.Mul(loss, shares))
}

// weighed is a·c + b·r of pairs of scores [n, 2]: [n].
func weighed(s *graph.Node, a, b float32) *graph.Node {
	return graph.ReduceSum(graph.Mul(s, graph.Const(s.Graph(), [][]float32{{a, b}})), 1)
}
