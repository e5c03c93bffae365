package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// prefill computes sequences from their beginning: ids [batch, length] and the index of each one's last token [batch] to the
// logits after that token [batch, vocab], and for each block the keys and values [batch, kvHeads, length, dim].
func (c Config) prefill(p packed, ids, last *graph.Node) []*graph.Node {
	batch, length := ids.Shape().Dimensions[0], ids.Shape().Dimensions[1]
	x := p.look(ids)
	a := c.newAttention(x, batch, length)
	var cache []*graph.Node
	states := c.run(p, x, false, func(_ int, qkv *graph.Node) *graph.Node {
		h := a.split(qkv)
		for _, kv := range []*graph.Node{h.k, h.v} {
			cache = append(cache, graph.Reshape(kv, batch, c.KVHeads, length, c.HeadDim))
		}
		return a.merge(a.forward(h).out)
	})
	rows := graph.Add(graph.MulScalar(graph.Iota(ids.Graph(), shapes.Make(dtypes.Int32, batch), 0), length), last)
	states = graph.Gather(states, graph.Reshape(rows, -1, 1))
	return append([]*graph.Node{dense(asFloat32(states), asFloat32(p.head))}, cache...)
}

// step computes one more token of each of n sequences: tokens and their positions [n], and for each block the keys and
// values before them, [n, kvHeads, capacity, dim] each, to the logits [n, vocab], and for each block the token's own key and
// value [n, kvHeads, dim]. Of the cache a sequence sees what is before its position.
func (c Config) step(p packed, tokens, positions *graph.Node, cache []*graph.Node) []*graph.Node {
	x := p.look(tokens)
	n, capacity := x.Shape().Dimensions[0], cache[0].Shape().Dimensions[2]
	group := c.Heads / c.KVHeads
	turn := func(scale float64) rotations {
		r := c.rotationsOf(positions, scale, x.DType())
		return rotations{graph.InsertAxes(r.cos, 1), graph.InsertAxes(r.sin, 1)} // [n, 1, dim/2]: each row its own
	}
	turnQ, turnK := turn(1/math.Sqrt(float64(c.HeadDim))), turn(1)
	mask := before(positions, capacity)
	var added []*graph.Node
	states := c.run(p, x, false, func(l int, qkv *graph.Node) *graph.Node {
		all := graph.Reshape(qkv, n, c.Heads+2*c.KVHeads, c.HeadDim)
		q := graph.Reshape(turnQ.rotate(part(all, 1, 0, c.Heads)), n*c.KVHeads, group, c.HeadDim)
		k := turnK.rotate(part(all, 1, c.Heads, c.Heads+c.KVHeads))
		v := part(all, 1, c.Heads+c.KVHeads, c.Heads+2*c.KVHeads)
		added = append(added, k, v)
		one := func(x *graph.Node) *graph.Node { return graph.Reshape(x, n*c.KVHeads, 1, c.HeadDim) }
		old := func(x *graph.Node) *graph.Node { return graph.Reshape(x, n*c.KVHeads, capacity, c.HeadDim) }
		scores := graph.Concatenate([]*graph.Node{
			batchedTransposed(q, old(cache[2*l])), batchedTransposed(q, one(k)),
		}, 2)
		scores = graph.Add(graph.Reshape(asFloat32(scores), n, c.Heads, capacity+1), mask)
		p := graph.ConvertDType(graph.Reshape(softmax(scores), n*c.KVHeads, group, capacity+1), x.DType())
		out := graph.Add(
			batched(part(p, 2, 0, capacity), old(cache[2*l+1])),
			graph.Mul(part(p, 2, capacity, capacity+1), one(v)))
		return graph.Reshape(out, n, c.Heads*c.HeadDim)
	})
	return append([]*graph.Node{dense(asFloat32(states), asFloat32(p.head))}, added...)
}

// before is 0 for the places of a cache before a position, and for one more, the position's own; elsewhere it hides:
// [n, 1, capacity+1].
func before(positions *graph.Node, capacity int) *graph.Node {
	n := positions.Shape().Dimensions[0]
	g := positions.Graph()
	place := make([]int32, capacity+1)
	for i := range capacity {
		place[i] = int32(i)
	}
	place[capacity] = -1 // its own
	seen := graph.LessThan(
		graph.BroadcastToDims(graph.Reshape(graph.Const(g, place), 1, 1, capacity+1), n, 1, capacity+1),
		graph.BroadcastToDims(graph.Reshape(positions, n, 1, 1), n, 1, capacity+1))
	hide := graph.Const(g, float32(hidden))
	return graph.Where(seen, graph.ZerosLike(graph.BroadcastToDims(hide, n, 1, capacity+1)), graph.BroadcastToDims(hide, n, 1, capacity+1))
}
