package cpu

import (
	"slices"

	"github.com/gomlx/compute"
)

// liveNodes are those that the outputs need, in order.
func liveNodes(outputs []*node) []*node {
	return reached(outputs, func(n *node) []*node { return n.in })
}

// stillLive leaves out what only constants needed.
func (p *plan) stillLive(outputs []*node) []*node {
	return reached(outputs, func(n *node) []*node {
		if p.constants[n] != nil {
			return nil
		}
		return n.in
	})
}

func reached(outputs []*node, in func(n *node) []*node) []*node {
	seen := map[*node]bool{}
	var out []*node
	todo := slices.Clone(outputs)
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
			todo = append(todo, in(n)...)
		}
	}
	slices.SortFunc(out, func(a, b *node) int { return a.id - b.id })
	return out
}

// mostFolded is how large a constant may be that is computed beforehand, in elements.
const mostFolded = 1 << 20

// fold computes what constants alone decide. Broadcasts stay: as views they take no room.
func (p *plan) fold(nodes []*node) error {
	for _, n := range nodes {
		if n.op == compute.OpTypeConstant {
			p.constants[n] = n.data.(constant)
			continue
		}
		in := make([][]byte, len(n.in))
		known := n.op != compute.OpTypeParameter && n.op != compute.OpTypeBroadcastInDim && n.size() <= mostFolded
		for i, x := range n.in {
			in[i] = p.constants[x]
			known = known && in[i] != nil
		}
		if !known {
			continue
		}
		out := newBytes(sizeOf(n.shape))
		if isView(n) {
			v, _ := viewed(n, view{dims: n.in[0].dims(), strides: contiguous(n.in[0].dims())})
			gatherBytes(n.dtype().Size(), out, in[0], v.simple(), 0, n.size())
		} else if err := plain(n, in, out); err != nil {
			return err
		}
		p.constants[n] = out
	}
	return nil
}

// viewed is the view that a node is of its operand; false if its elements do not lie so that there is one.
func viewed(n *node, v view) (view, bool) {
	switch n.op {
	case compute.OpTypeReshape:
		return v.reshape(n.dims())
	case compute.OpTypeTranspose:
		return v.transpose(n.data.(order)), true
	case compute.OpTypeSlice:
		w := n.data.(window)
		return v.slice(w.starts, w.limits, w.steps), true
	case compute.OpTypeBroadcastInDim:
		return v.broadcast(n.dims(), n.data.(places)), true
	}
	return v, true
}
