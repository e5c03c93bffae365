package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// attention mixes the rows of each of a batch's sequences: of every position what lies at it and before it.
//
//	qkv [batch·length, (heads + 2·kvHeads)·dim]  →  [batch·length, heads·dim]
//
// All sequences are as long as the longest, filled at their end. What fills is never seen by what is before it, so no mask
// for it is needed; what is computed at its positions is to be let alone by the caller.
//
// Each kvHead serves group = heads/kvHeads query heads, which lie beside each other. Their queries are taken as one longer
// list of queries, so that keys and values are not repeated.
type attention struct {
	Config
	batch, length int
	turnQ, turnK  rotations // queries' are scaled by 1/√dim
	mask          *graph.Node
}

func (c Config) newAttention(like *graph.Node, batch, length int) attention {
	g, dtype := like.Graph(), like.DType()
	positions := positionsOf(g, length)
	return attention{
		Config: c, batch: batch, length: length,
		turnQ: c.rotationsOf(positions, 1/math.Sqrt(float64(c.HeadDim)), dtype),
		turnK: c.rotationsOf(positions, 1, dtype),
		mask:  causal(g, length),
	}
}

// do is attention with a gradient of its own.
func (a attention) do(qkv *graph.Node) *graph.Node {
	return withRule(qkv,
		func(qkv *graph.Node) *graph.Node { return a.merge(a.forward(a.split(qkv)).out) },
		a.gradient)
}

// heads are queries [batch·kvHeads, group·length, dim], keys and values [batch·kvHeads, length, dim], turned.
type heads struct{ q, k, v *graph.Node }

// split takes qkv apart.
func (a attention) split(qkv *graph.Node) heads {
	all := a.Heads + 2*a.KVHeads
	x := graph.TransposeAllAxes(graph.Reshape(qkv, a.batch, a.length, all, a.HeadDim), 0, 2, 1, 3)
	n := a.batch * a.KVHeads
	return heads{
		q: graph.Reshape(a.turnQ.rotate(part(x, 1, 0, a.Heads)), n, -1, a.HeadDim),
		k: graph.Reshape(a.turnK.rotate(part(x, 1, a.Heads, a.Heads+a.KVHeads)), n, a.length, a.HeadDim),
		v: graph.Reshape(part(x, 1, a.Heads+a.KVHeads, all), n, a.length, a.HeadDim),
	}
}

// join is the transpose of split: of the gradients of its results it makes that of qkv.
func (a attention) join(d heads) *graph.Node {
	x := graph.Concatenate([]*graph.Node{
		a.turnQ.back().rotate(graph.Reshape(d.q, a.batch, a.Heads, a.length, a.HeadDim)),
		a.turnK.back().rotate(graph.Reshape(d.k, a.batch, a.KVHeads, a.length, a.HeadDim)),
		graph.Reshape(d.v, a.batch, a.KVHeads, a.length, a.HeadDim),
	}, 1)
	return graph.Reshape(graph.TransposeAllAxes(x, 0, 2, 1, 3), a.batch*a.length, -1)
}

// merge puts the heads' results [batch·kvHeads, group·length, dim] beside each other, [batch·length, heads·dim].
func (a attention) merge(out *graph.Node) *graph.Node {
	x := graph.Reshape(out, a.batch, a.Heads, a.length, a.HeadDim)
	return graph.Reshape(graph.TransposeAllAxes(x, 0, 2, 1, 3), a.batch*a.length, a.Heads*a.HeadDim)
}

// unmerge is the opposite of merge.
func (a attention) unmerge(out *graph.Node) *graph.Node {
	x := graph.Reshape(out, a.batch, a.length, a.Heads, a.HeadDim)
	return graph.Reshape(graph.TransposeAllAxes(x, 0, 2, 1, 3), a.batch*a.KVHeads, -1, a.HeadDim)
}

// attended are the shares p [batch·kvHeads, group·length, length] that queries take of the values, and what they get.
type attended struct{ p, out *graph.Node }

func (a attention) forward(h heads) attended {
	scores := asFloat32(batchedTransposed(h.q, h.k))
	flat := graph.Reshape(scores, -1, a.length, a.length)
	p := softmax(graph.Add(flat, graph.ConvertDType(a.mask, flat.DType())))
	p = graph.ConvertDType(graph.Reshape(p, scores.Shape().Dimensions...), h.v.DType())
	return attended{p, batched(p, h.v)}
}

// gradient goes back through softmax(q·kᵀ)·v:
//
//	dv = pᵀ·do,  dp = do·vᵀ,  ds = p·(dp − Σ dp·p),  dq = ds·k,  dk = dsᵀ·q,  with Σ dp·p = Σ do·o of each query
//
// The transposes are arranged to fall on what has dim columns, not on what has length.
func (a attention) gradient(qkv, dout *graph.Node) *graph.Node {
	h := a.split(qkv)
	f := a.forward(h)
	do := a.unmerge(dout)
	along := graph.InsertAxes(graph.ReduceSum(graph.Mul(asFloat32(do), asFloat32(f.out)), -1), -1)
	dp := asFloat32(batchedTransposed(do, h.v))
	ds := graph.ConvertDType(graph.Mul(asFloat32(f.p), graph.Sub(dp, along)), do.DType())
	return a.join(heads{
		q: batched(ds, h.k),
		k: flip(batched(flip(h.q), ds)),
		v: flip(batched(flip(do), f.p)),
	})
}

// causal is 0 where a position may see another, and so low elsewhere that softmax makes 0 of it: [1, length, length].
func causal(g *graph.Graph, length int) *graph.Node {
	mask := make([]float32, length*length)
	for row := range length {
		for column := row + 1; column < length; column++ {
			mask[row*length+column] = hidden
		}
	}
	return graph.Reshape(graph.Const(g, mask), 1, length, length)
}

// hidden is added to the score of what may not be seen. It is no infinity, so that no row of scores can become NaN.
const hidden = -1e30

// positionsOf are 0 … length−1.
func positionsOf(g *graph.Graph, length int) *graph.Node {
	positions := make([]int32, length)
	for i := range positions {
		positions[i] = int32(i)
	}
	return graph.Const(g, positions)
}

// softmax is over the last axis.
func softmax(x *graph.Node) *graph.Node { return graph.Softmax(x, -1) }
