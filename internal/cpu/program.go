package cpu

import (
	"slices"
)

// form is what of a value there is for a block of rows.
type form int

const (
	asFull   form = iota // rows · width elements
	asColumn             // an element a row
	asRow                // width elements, the same for all rows
	asScalar             // one element
)

// program is a group as instructions for one block.
type program struct {
	*plan
	*group
	rows, perBlock, blocks int
	flat                   bool // rows mean nothing: the last one may be shorter

	forms     []form
	of        map[*node]int // the value of a member
	code      []func(b *block)
	made      []int  // the instruction after which a value is there
	used      []int  // the last instruction that reads a value
	direct    []bool // a value lies in a slot, and not in a register
	reads     []int
	writes    []int
	loaded    map[loadKey]int
	finish    []func(f *frame)
	registers int
}

// loadKey tells what was read from memory already.
type loadKey struct {
	n    *node
	form part
	size int
}

func (p *plan) emitGroup(g *group) {
	slices.SortFunc(g.members, func(a, b *node) int { return a.id - b.id })
	c := &program{plan: p, group: g, of: map[*node]int{}, loaded: map[loadKey]int{}}
	c.divide()
	for _, n := range g.members {
		c.compute(n)
	}
	c.emit()
}

// divide chooses the rows of a block, on the shapes alone.
func (c *program) divide() {
	width := c.width
	if width == 0 {
		width = c.suggestedWidth()
	}
	if width == 0 {
		width, c.flat = min(blockSize, c.total), true
	}
	c.width = width
	c.rows = (c.total + width - 1) / width
	c.perBlock = min(max(1, blockSize/width), c.rows)
	c.blocks = (c.rows + c.perBlock - 1) / c.perBlock
}

// suggestedWidth is one by which an operand can be read as a row or a column, if the group has none of its own.
func (c *program) suggestedWidth() int {
	for _, n := range c.members {
		for i := range n.in {
			if c.within(n, i) != nil || reduces(n) {
				continue
			}
			v := c.stretchedView(n, i)
			if last := len(v.dims) - 1; last == 1 && (v.strides[0] == 0 && v.strides[1] == 1 || v.strides[1] == 0) && v.dims[1] <= mostWidth {
				return v.dims[1]
			}
		}
	}
	return 0
}

// stretchedView is operand i of a node as it lies in memory, repeated to the node's shape, as a simple view.
func (c *program) stretchedView(n *node, i int) view {
	x := n.in[i]
	if reduces(n) || through(x).size() == n.size() {
		return c.throughView(x)
	}
	return c.view(x).stretch(n.dims()).simple()
}

// value makes a value of a form, which lies in a register unless it is direct.
func (c *program) value(f form, direct bool) int {
	c.forms = append(c.forms, f)
	c.made = append(c.made, len(c.code))
	c.used = append(c.used, len(c.code))
	c.direct = append(c.direct, direct)
	return len(c.forms) - 1
}

// add appends an instruction that reads values.
func (c *program) add(run func(b *block), reads ...int) {
	for _, v := range reads {
		c.used[v] = len(c.code)
	}
	c.code = append(c.code, run)
}
