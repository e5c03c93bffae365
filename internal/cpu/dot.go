package cpu

import (
	"runtime"
	"sync"

	"github.com/acecoder/acecoder/internal/kernel"
)

// dotLayout says how the operands of a DotGeneral are read as batches of matrices: a as [batch, m, k] and b as
// [batch, n, k], after transposing them to these orders.
type dotLayout struct {
	batch, m, n, k int
	aOrder, bOrder []int
	batches, sums  int // axes of these kinds
}

func layDot(n *node) dotLayout {
	axes := n.data.(dotAxes)
	l := dotLayout{batch: 1, k: 1, batches: len(axes.aBatch), sums: len(axes.aSum)}
	l.aOrder, l.m = dotOrder(n.in[0].dims(), axes.aSum, axes.aBatch)
	l.bOrder, l.n = dotOrder(n.in[1].dims(), axes.bSum, axes.bBatch)
	for _, axis := range axes.aBatch {
		l.batch *= n.in[0].dims()[axis]
	}
	for _, axis := range axes.aSum {
		l.k *= n.in[0].dims()[axis]
	}
	return l
}

// dotOrder is the order of batches, of free axes and of those that are summed, and the size of the free ones.
func dotOrder(dims, sum, batch []int) (order []int, free int) {
	used := make([]bool, len(dims))
	for _, axis := range sum {
		used[axis] = true
	}
	for _, axis := range batch {
		used[axis] = true
	}
	order, free = append(order, batch...), 1
	for axis, d := range dims {
		if !used[axis] {
			order = append(order, axis)
			free *= d
		}
	}
	return append(order, sum...), free
}

// matrices are an operand as it lies: the batches by their axes, and in each a matrix with two strides.
type matrices struct {
	batch    view // its elements are where the matrices begin
	row, sum int  // strides of free axes and of summed ones
}

// matrices reads an operand of a product; it is copied if its axes cannot be read as two.
func (p *plan) matrices(n *node, order []int, batches, sums int) matrices {
	v := p.view(n).transpose(order)
	last := len(order) - sums
	free, ok := single(v, batches, last)
	sum, fine := single(v, last, len(order))
	if !ok || !fine {
		v = p.copyInOrder(v.dims, 4, v)
		free, _ = single(v, batches, last)
		sum, _ = single(v, last, len(order))
	}
	return matrices{view{slot: v.slot, offset: v.offset, dims: v.dims[:batches], strides: v.strides[:batches]}.simple(), free, sum}
}

// single is the stride of the axes from first to last as one axis, if they can be one.
func single(v view, first, last int) (int, bool) {
	s := view{dims: v.dims[first:last], strides: v.strides[first:last]}.simple()
	if len(s.dims) == 0 {
		return 1, true
	}
	return s.strides[0], len(s.dims) == 1
}

// starts are the positions where the matrices of the batches begin.
func (m matrices) starts(batches int) []int {
	out := make([]int, 0, batches)
	m.batch.walk(0, batches, func(at, n, stride int) {
		for range n {
			out = append(out, at)
			at += stride
		}
	})
	return out
}

// workspaces are those of workers, kept for the next product.
var workspaces = sync.Pool{New: func() any { return new(kernel.Workspace) }}

// emitDot multiplies the operands as they lie. The work may be divided anyhow: an element's bits do not hang on it.
func (p *plan) emitDot(n *node) {
	l := layDot(n)
	a := p.matrices(n.in[0], l.aOrder, l.batches, l.sums)
	b := p.matrices(n.in[1], l.bOrder, l.batches, l.sums)
	slot := p.slot(n)
	p.views[n] = p.inOrder(n, slot)
	aStarts, bStarts := a.starts(l.batch), b.starts(l.batch)
	p.add([]int{a.batch.slot, b.batch.slot}, []int{slot}, func(f *frame) error {
		from, with, to := as[float32](f.data[a.batch.slot]), as[float32](f.data[b.batch.slot]), as[float32](f.data[slot])
		d := l.divide(runtime.GOMAXPROCS(0))
		parallel(d.tasks(), func(task int) {
			w := workspaces.Get().(*kernel.Workspace)
			for batch := task / (d.rows * d.columns) * d.batches; batch < min((task/(d.rows*d.columns)+1)*d.batches, l.batch); batch++ {
				row0 := task / d.columns % d.rows * d.rowsEach
				column0 := task % d.columns * d.columnsEach
				rows, columns := min(d.rowsEach, l.m-row0), min(d.columnsEach, l.n-column0)
				kernel.Gemm(to[(batch*l.m+row0)*l.n+column0:], l.n,
					kernel.Matrix{Data: from[aStarts[batch]+row0*a.row:], Rows: a.row, Cols: a.sum},
					kernel.Matrix{Data: with[bStarts[batch]+column0*b.row:], Rows: b.sum, Cols: b.row},
					rows, columns, l.k, false, w)
			}
			workspaces.Put(w)
		})
		return nil
	})
}

// division is how a product is divided into tasks: groups · rows · columns of them.
type division struct {
	groups, batches                      int // of batches, and how many are in one
	rows, rowsEach, columns, columnsEach int
}

func (d division) tasks() int { return d.groups * d.rows * d.columns }

const (
	leastTask = 1 << 18 // multiplications that are worth a task
	leastRows = 128     // of a piece, so that the other operand is not packed too often
	rowStep   = 32      // pieces are multiples of what Gemm's innermost loop works on
)

// divide makes several tasks for each worker: batches, or pieces of the longer side of the result.
func (l dotLayout) divide(workers int) division {
	d := division{groups: 1, batches: l.batch, rows: 1, rowsEach: l.m, columns: 1, columnsEach: l.n}
	one := l.m * l.n * l.k
	tasks := min(4*workers, l.batch*one/leastTask)
	if workers == 1 || tasks < 2 {
		return d
	}
	if l.batch >= 2*workers {
		d.batches = (l.batch + tasks - 1) / tasks
		d.groups = (l.batch + d.batches - 1) / d.batches
		return d
	}
	d.groups, d.batches = l.batch, 1
	pieces := (tasks + l.batch - 1) / l.batch
	each := func(n int) int { return min(n, (max((n+pieces-1)/pieces, leastRows)+rowStep-1)/rowStep*rowStep) }
	if l.m >= l.n {
		d.rowsEach = each(l.m)
		d.rows = (l.m + d.rowsEach - 1) / d.rowsEach
		return d
	}
	d.columnsEach = each(l.n)
	d.columns = (l.n + d.columnsEach - 1) / d.columnsEach
	return d
}
