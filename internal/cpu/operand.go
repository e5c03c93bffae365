package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// within returns the member that operand i of a member reads as a value, or nil.
func (c *program) within(user *node, i int) *node {
	o := operand{through(user.in[i]), full, 0}
	if !reduces(user) && user.op != compute.OpTypeFusedSoftmax {
		o = read(user, i)
	}
	if o.as == none || c.groupOf(o.base) != c.group || c.parts[o.base] == end {
		return nil
	}
	return o.base
}

// operand returns the value of operand i of a member, which is loaded if it comes from outside.
func (c *program) operand(n *node, i int) int {
	if x := c.within(n, i); x != nil {
		return c.of[x]
	}
	as := c.parts[n]
	size := c.total
	if as == column && !reduces(n) {
		size = c.rows
	}
	key := loadKey{n.in[i], as, n.size()}
	if v, ok := c.loaded[key]; ok {
		return v
	}
	v := c.load(c.stretchedView(n, i), n.in[i].dtype(), size)
	c.loaded[key] = v
	return v
}

// load reads a view of so many elements: all, or one a row.
func (c *program) load(v view, dtype dtypes.DType, size int) int {
	c.reads = append(c.reads, v.slot)
	width, last := c.width, len(v.dims)-1
	switch {
	case last < 0 || last == 0 && v.strides[0] == 0:
		return c.read(v, dtype, asScalar, func(*block) (int, int) { return 0, 1 })
	case size == c.rows && size != c.total:
		return c.read(v, dtype, asColumn, func(b *block) (int, int) { return b.row0, b.row1 })
	case c.flat || v.dims[last] != width:
	case v.strides[last] == 0 && product(v.dims[:last]) == c.rows:
		v.dims, v.strides = v.dims[:last], v.strides[:last]
		return c.read(v, dtype, asColumn, func(b *block) (int, int) { return b.row0, b.row1 })
	case last == 1 && v.strides[0] == 0:
		v.dims, v.strides = v.dims[1:], v.strides[1:]
		return c.read(v, dtype, asRow, func(*block) (int, int) { return 0, width })
	}
	return c.read(v, dtype, asFull, func(b *block) (int, int) { return b.lo, b.hi })
}

// read appends the instruction that reads the elements of a view that a block needs: where they lie, if they do in order.
func (c *program) read(v view, dtype dtypes.DType, f form, bounds func(b *block) (lo, hi int)) int {
	direct := dtype == dtypes.Float32 && (len(v.dims) == 0 || len(v.dims) == 1 && v.strides[0] == 1)
	out := c.value(f, direct)
	switch {
	case direct:
		c.add(func(b *block) {
			lo, hi := bounds(b)
			b.values[out] = as[float32](b.frame.data[v.slot])[v.offset+lo : v.offset+hi]
		}, out)
	case dtype == dtypes.BFloat16:
		c.add(func(b *block) {
			lo, hi := bounds(b)
			from := as[uint16](b.frame.data[v.slot])
			if len(v.dims) == 1 && v.strides[0] == 1 {
				widenBF16(b.values[out], from[v.offset+lo:v.offset+hi])
				return
			}
			narrow := make([]uint16, hi-lo)
			gather(narrow, from, v, lo, hi)
			widenBF16(b.values[out], narrow)
		}, out)
	default:
		c.add(func(b *block) {
			lo, hi := bounds(b)
			gather(b.values[out], as[float32](b.frame.data[v.slot]), v, lo, hi)
		}, out)
	}
	return out
}

// expand gives a value another form, where that needs repeating it.
func (c *program) expand(x int, to form) int {
	from := c.forms[x]
	if from == to {
		return x
	}
	out := c.value(to, false)
	width := c.width
	c.add(func(b *block) {
		dst, src := b.values[out], b.values[x]
		switch from {
		case asScalar:
			for i := range dst {
				dst[i] = src[0]
			}
		case asRow:
			for i := 0; i < len(dst); i += width {
				copy(dst[i:i+width], src)
			}
		case asColumn:
			for i, s := range src {
				for k := range width {
					dst[i*width+k] = s
				}
			}
		}
	}, x, out)
	return out
}
