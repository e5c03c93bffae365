package cpu

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/kernel"
)

// emitConcatenate copies the operands to their places in the result.
func (p *plan) emitConcatenate(n *node) {
	size := n.dtype().Size()
	slot := p.slot(n)
	for i, to := range concatenated(n) {
		from := p.throughView(n.in[i])
		total := from.size()
		count, each := chunks(total, 1<<14)
		p.add([]int{from.slot}, []int{slot}, func(f *frame) error {
			dst, src := elementsOf{size, f.data[slot], to}, elementsOf{size, f.data[from.slot], from}
			parallel(count, func(task int) { dst.copy(src, task*each, min((task+1)*each, total)) })
			return nil
		})
	}
	p.views[n] = p.inOrder(n, slot)
}

// elementsOf are those of a simple view, with the memory that it is of and the size of an element.
type elementsOf struct {
	size int
	data []byte
	view
}

// copy copies the elements from lo to hi of another view to the same ones here.
func (e elementsOf) copy(from elementsOf, lo, hi int) {
	if len(from.dims) == 1 && from.strides[0] == 1 {
		scatterBytes(e.size, e.data, from.data[(from.offset+lo)*e.size:(from.offset+hi)*e.size], e.view, lo, hi)
		return
	}
	if len(e.dims) == 1 && e.strides[0] == 1 {
		gatherBytes(e.size, e.data[(e.offset+lo)*e.size:(e.offset+hi)*e.size], from.data, from.view, lo, hi)
		return
	}
	var between [8 << 10]byte
	each := len(between) / e.size
	for ; lo < hi; lo += each {
		end := min(lo+each, hi)
		some := between[:(end-lo)*e.size]
		gatherBytes(e.size, some, from.data, from.view, lo, end)
		scatterBytes(e.size, e.data, some, e.view, lo, end)
	}
}

// emitGather copies rows.
func (p *plan) emitGather(n *node) {
	x, indices := p.ordered(n.in[0]), p.ordered(n.in[1])
	slot := p.slot(n)
	p.views[n] = p.inOrder(n, slot)
	size, indexSize := n.dtype().Size(), n.in[1].dtype().Size()
	p.add([]int{x.slot, indices.slot}, []int{slot}, func(f *frame) error {
		gatherRows(n, f.data[x.slot][x.offset*size:(x.offset+x.size())*size],
			f.data[indices.slot][indices.offset*indexSize:], f.data[slot])
		return nil
	})
}

// emitScatter adds rows to rows: those of one row in their order, and columns apart from each other.
func (p *plan) emitScatter(n *node) {
	x, indices, updates := p.view(n.in[0]).simple(), p.ordered(n.in[1]), p.ordered(n.in[2])
	slot := p.slot(n)
	p.views[n] = p.inOrder(n, slot)
	rows := n.dims()[0]
	width := n.size() / rows
	indexSize := n.in[1].dtype().Size()
	const least = 256
	strips, each := chunks(width, least)
	count, piece := chunks(n.size(), 1<<15)
	p.add([]int{x.slot, indices.slot, updates.slot}, []int{slot}, func(f *frame) error {
		to, from := as[float32](f.data[slot]), as[float32](f.data[updates.slot])[updates.offset:]
		parallel(count, func(task int) {
			lo, hi := task*piece, min((task+1)*piece, len(to))
			gather(to[lo:hi], as[float32](f.data[x.slot]), x, lo, hi)
		})
		list := indicesOf(n.in[1], f.data[indices.slot][indices.offset*indexSize:])
		parallel(strips, func(task int) {
			lo, hi := task*each, min((task+1)*each, width)
			for i, row := range list {
				if row >= 0 && row < rows {
					sum := to[row*width+lo : row*width+hi]
					kernel.Add(sum, sum, from[i*width+lo:i*width+hi])
				}
			}
		})
		return nil
	})
}

// indicesOf are integers of any type.
func indicesOf(n *node, data []byte) []int {
	out := make([]int, n.size())
	data = data[:sizeOf(n.shape)]
	if n.dtype() == dtypes.Int64 {
		for i, x := range as[int64](data) {
			out[i] = int(x)
		}
		return out
	}
	for i, x := range as[int32](data) {
		out[i] = int(x)
	}
	return out
}

// gatherRows copies rows; an index that is out of bounds means the nearest row.
func gatherRows(n *node, x, indices, out []byte) {
	rows := n.in[0].dims()[0]
	size := len(x) / rows
	for i, row := range indicesOf(n.in[1], indices) {
		row = min(max(row, 0), rows-1)
		copy(out[i*size:(i+1)*size], x[row*size:(row+1)*size])
	}
}

// concatenated are the places of a concatenation's operands within its result, as simple views.
func concatenated(n *node) []view {
	axis := int(n.data.(along))
	strides := contiguous(n.dims())
	var out []view
	at := 0
	for _, x := range n.in {
		out = append(out, view{offset: at * strides[axis], dims: x.dims(), strides: strides}.simple())
		at += x.dims()[axis]
	}
	return out
}
