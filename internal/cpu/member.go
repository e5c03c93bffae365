package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/kernel"
)

// compute appends the instructions of a member.
func (c *program) compute(n *node) {
	switch {
	case n.op == compute.OpTypeConvertDType:
		c.convert(n)
	case c.parts[n] == end:
		c.sumRows(n)
	case reduces(n):
		x := c.expand(c.operand(n, 0), asFull)
		reduce := kernel.Sum
		if n.op == compute.OpTypeReduceMax {
			reduce = kernel.MaxOf
		}
		width := c.group.width
		out := c.result(n, asColumn)
		c.add(func(b *block) {
			for i, from := range rowsOf(b.values[x], width) {
				b.values[out][i] = reduce(from)
			}
		}, x, out)
	case n.op == compute.OpTypeFusedSoftmax:
		x := c.expand(c.operand(n, 0), asFull)
		width := c.group.width
		out := c.result(n, asFull)
		c.add(func(b *block) {
			to := b.values[out]
			for i, from := range rowsOf(b.values[x], width) {
				kernel.Softmax(to[i*width:(i+1)*width], from)
			}
		}, x, out)
	case len(n.in) == 1:
		x := c.operand(n, 0)
		f := unaryKernels[n.op]
		out := c.result(n, c.memberForm(n))
		x = c.expand(x, c.forms[out])
		c.add(func(b *block) { f(b.values[out], b.values[x]) }, x, out)
	default:
		c.binary(n)
	}
	c.store(n)
}

// rowsOf divides a block into its rows.
func rowsOf(x []float32, width int) func(yield func(int, []float32) bool) {
	return func(yield func(int, []float32) bool) {
		for i := 0; (i+1)*width <= len(x); i++ {
			if !yield(i, x[i*width:(i+1)*width]) {
				return
			}
		}
	}
}

func (c *program) memberForm(n *node) form {
	if c.parts[n] == column {
		return asColumn
	}
	return asFull
}

// result makes the value of a member: straight in its slot if it is read elsewhere and is float32.
func (c *program) result(n *node, f form) int {
	stored := c.stored(n) && n.dtype() == dtypes.Float32
	v := c.value(f, stored)
	c.of[n] = v
	if !stored {
		return v
	}
	slot := c.slot(n)
	c.views[n] = c.inOrder(n, slot)
	c.writes = append(c.writes, slot)
	c.code = append(c.code, func(b *block) {
		to := as[float32](b.frame.data[slot])
		if f == asColumn {
			b.values[v] = to[b.row0:b.row1]
		} else {
			b.values[v] = to[b.lo:b.hi]
		}
	})
	return v
}

// binary appends a function of two operands, one of which may be less than the result.
func (c *program) binary(n *node) {
	a, b := c.operand(n, 0), c.operand(n, 1)
	out := c.result(n, c.memberForm(n))
	to, k := c.forms[out], binaryKernels[n.op]
	less := func(x int) bool { return c.forms[x] != to }
	if less(a) && less(b) {
		a = c.expand(a, to)
	}
	reversed := less(a)
	if reversed {
		a, b = b, a
	}
	choose := func(f, g func(dst, a, b []float32)) func(dst, a, b []float32) {
		if reversed {
			return g
		}
		return f
	}
	f := k.same
	switch c.forms[b] {
	case asScalar:
		s := k.scalar
		if reversed {
			s = k.scalarReverse
		}
		f = func(dst, a, b []float32) { s(dst, a, b[0]) }
	case asRow:
		f = choose(k.row, k.rowReverse)
	case asColumn:
		if to != asColumn {
			f = choose(k.column, k.columnReversed)
		}
	}
	c.add(func(e *block) { f(e.values[out], e.values[a], e.values[b]) }, a, b, out)
}

// convert is from bfloat16 to float32 nothing but reading it, and the other way rounding.
func (c *program) convert(n *node) {
	x := c.operand(n, 0)
	if n.dtype() == dtypes.Float32 && !c.stored(n) {
		c.of[n] = c.expand(x, c.memberForm(n))
		return
	}
	out := c.result(n, c.memberForm(n))
	x = c.expand(x, c.forms[out])
	if n.dtype() == dtypes.Float32 {
		c.add(func(b *block) { copy(b.values[out], b.values[x]) }, x, out)
		return
	}
	c.add(func(b *block) {
		narrow := make([]uint16, len(b.values[x]))
		roundBF16(narrow, b.values[x])
		widenBF16(b.values[out], narrow)
	}, x, out)
}

// store writes a member that is bfloat16 and read elsewhere.
func (c *program) store(n *node) {
	if n.dtype() != dtypes.BFloat16 || !c.stored(n) {
		return
	}
	x := c.of[n]
	slot := c.slot(n)
	c.views[n] = c.inOrder(n, slot)
	c.writes = append(c.writes, slot)
	of := c.forms[x]
	c.add(func(b *block) {
		to := as[uint16](b.frame.data[slot])
		if of == asColumn {
			to = to[b.row0:b.row1]
		} else {
			to = to[b.lo:b.hi]
		}
		roundBF16(to, b.values[x])
	}, x)
}

// sumRows adds up all rows, or with a width of 1 all elements: each block on its own, and then the blocks in their order.
func (c *program) sumRows(n *node) {
	x := c.expand(c.operand(n, 0), asFull)
	size := n.size()
	sums, slot := c.room(c.blocks*size*4), c.slot(n)
	c.views[n] = c.inOrder(n, slot)
	c.writes = append(c.writes, sums, slot)
	c.add(func(b *block) {
		to := as[float32](b.frame.data[sums])[b.index*size : (b.index+1)*size]
		from := b.values[x]
		if size == 1 {
			to[0] = kernel.Sum(from)
			return
		}
		copy(to, from[:size])
		for at := size; at < len(from); at += size {
			kernel.Add(to, to, from[at:at+size])
		}
	}, x)
	blocks := c.blocks
	c.finish = append(c.finish, func(f *frame) {
		from, to := as[float32](f.data[sums]), as[float32](f.data[slot])
		if size == 1 {
			to[0] = kernel.Sum(from[:blocks])
			return
		}
		copy(to, from[:size])
		for i := 1; i < blocks; i++ {
			kernel.Add(to, to, from[i*size:(i+1)*size])
		}
	})
}

// stored reports whether a member is read outside the group.
func (c *program) stored(n *node) bool { return c.outputs[n] || c.readOutside(n, n) }

// readOutside looks through views that members read as if there were none.
func (c *program) readOutside(n, from *node) bool {
	for _, user := range c.users[from] {
		if isView(user) {
			if c.outputs[user] || c.readOutside(n, user) {
				return true
			}
			continue
		}
		if c.groupOf(user) != c.group || !c.readsValue(user, n) {
			return true
		}
	}
	return false
}

// readsValue reports whether a member reads another one as a value of the block, in all its operands that are made of it.
func (c *program) readsValue(user, n *node) bool {
	for i, x := range user.in {
		if !comesFrom(x, n) {
			continue
		}
		if c.within(user, i) != n {
			return false
		}
	}
	return true
}

func comesFrom(x, n *node) bool {
	if x == n {
		return true
	}
	return isView(x) && slices.Contains(sources(x), n)
}
