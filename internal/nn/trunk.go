package nn

import "github.com/gomlx/gomlx/core/graph"

// Trunk computes the last hidden states of ids [batch, length], int32, after the final norm: [batch·length, hidden]. The
// sequences begin at position 0 and may be filled at their end with any valid id; what comes out there is to be let alone.
func (c Config) Trunk(p Parameters, ids *graph.Node) *graph.Node {
	batch, length := ids.Shape().Dimensions[0], ids.Shape().Dimensions[1]
	layers := c.pack(p)
	x := layers.look(ids)
	a := c.newAttention(x, batch, length)
	return c.run(layers, x, p.Checkpoint, func(_ int, qkv *graph.Node) *graph.Node { return a.do(qkv) })
}

// Logits are the scores of all tokens after hidden states [rows, hidden], in float32: [rows, vocab].
func (c Config) Logits(p Parameters, states *graph.Node) *graph.Node {
	return dense(asFloat32(states), asFloat32(c.index(p.Weights).head))
}

// run takes x [rows, hidden] through the blocks and the final norm. mix is the attention of block l.
func (c Config) run(p packed, x *graph.Node, checkpoint bool, mix func(l int, qkv *graph.Node) *graph.Node) *graph.Node {
	for l, b := range p.blocks {
		if checkpoint {
			x = x.Checkpoint()
		}
		x = graph.Add(x, b.out.do(mix(l, b.in.do(rmsNorm(x, b.norm1, c.Epsilon)))))
		x = graph.Add(x, b.down.do(swiglu(b.gateUp.do(rmsNorm(x, b.norm2, c.Epsilon)))))
	}
	if checkpoint {
		x = x.StopCheckpoint()
	}
	return rmsNorm(x, p.norm, c.Epsilon)
}

// Parameters are what a model is computed with, in a graph.
type Parameters struct {
	Weights []*graph.Node // in the order of Config.Weights
	// Low are the matrices of LoRA, in the order of LoRA.Weights; none if LoRA.Rank is 0.
	LoRA
	Low []*graph.Node
	// Checkpoint computes the blocks again for the gradient instead of keeping what is in them: a third more work, and the
	// memory of one block instead of all.
	Checkpoint bool
}

// indexed are a model's weights by name.
type indexed struct {
	embed, norm, head *graph.Node
	blocks            []block
}

type block struct {
	norm1, q, qBias, k, kBias, v, vBias, out *graph.Node
	norm2, gate, up, down                    *graph.Node
}

// index gives the weights names; they are in the order of Weights.
func (c Config) index(weights []*graph.Node) indexed {
	next := func() *graph.Node {
		w := weights[0]
		weights = weights[1:]
		return w
	}
	w := indexed{embed: next(), blocks: make([]block, c.Layers)}
	for l := range w.blocks {
		w.blocks[l] = block{
			norm1: next(), q: next(), qBias: next(), k: next(), kBias: next(), v: next(), vBias: next(), out: next(),
			norm2: next(), gate: next(), up: next(), down: next(),
		}
	}
	w.norm, w.head = next(), w.embed
	if !c.Tied {
		w.head = next()
	}
	return w
}

// packed are the weights as they are computed with: what multiplies the same input is one matrix.
type packed struct {
	embed, norm, head *graph.Node
	blocks            []packedBlock
}

type packedBlock struct {
	norm1, norm2          *graph.Node
	in, out, gateUp, down linear
}

func (c Config) pack(p Parameters) packed {
	w := c.index(p.Weights)
	out := packed{embed: w.embed, norm: w.norm, head: w.head, blocks: make([]packedBlock, c.Layers)}
	low := c.adapters(p)
	for l, b := range w.blocks {
		out.blocks[l] = packedBlock{
			norm1: b.norm1, norm2: b.norm2,
			in: linear{
				w:    graph.Concatenate([]*graph.Node{b.q, b.k, b.v}, 0),
				bias: graph.Concatenate([]*graph.Node{b.qBias, b.kBias, b.vBias}, 0),
				low:  low.of(l, "q_proj", "k_proj", "v_proj"),
			},
			out:    linear{w: b.out, low: low.of(l, "o_proj")},
			gateUp: linear{w: graph.Concatenate([]*graph.Node{b.gate, b.up}, 0), low: low.of(l, "gate_proj", "up_proj")},
			down:   linear{w: b.down, low: low.of(l, "down_proj")},
		}
	}
	return out
}

// look takes the rows of ids, of any shape, from the embedding: [number of ids, hidden].
func (p packed) look(ids *graph.Node) *graph.Node {
	return graph.Gather(p.embed, graph.Reshape(ids, -1, 1))
}

// nodes lists the packed weights, in an order that unpack knows. It is for decoding, where they are packed once: the blocks'
// matrices are [inputs, outputs], as products of few rows read them fastest.
func (p packed) nodes() []*graph.Node {
	turn := func(w *graph.Node) *graph.Node { return graph.TransposeAllAxes(w, 1, 0) }
	all := []*graph.Node{p.embed, p.norm, p.head}
	for _, b := range p.blocks {
		all = append(all, b.norm1, b.norm2, turn(b.in.w), b.in.bias, turn(b.out.w), turn(b.gateUp.w), turn(b.down.w))
	}
	return all
}

// unpack is the opposite of nodes.
func (c Config) unpack(all []*graph.Node) packed {
	p := packed{embed: all[0], norm: all[1], head: all[2], blocks: make([]packedBlock, c.Layers)}
	for l := range p.blocks {
		n := all[3+7*l:]
		p.blocks[l] = packedBlock{
			norm1: n[0], norm2: n[1], in: linear{w: n[2], bias: n[3], turned: true},
			out: linear{w: n[4], turned: true}, gateUp: linear{w: n[5], turned: true}, down: linear{w: n[6], turned: true},
		}
	}
	return p
}
