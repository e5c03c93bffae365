package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// group are operations that are done together, a block of rows after the other: element-wise ones over [rows, width],
// sums and maxima of rows with what is computed of those columns [rows], softmax of rows, and sums over all rows at the end.
//
// Which nodes are together is decided in the order of the graph. Every node has a level: that of what it reads, and one more
// where it reads another group's results, or is no part of a group itself. A group's nodes are all of one level, so no way
// leads out of a group and back into it.
type group struct {
	level   int
	total   int // rows · width
	width   int // 0 while it does not matter
	members []*node
	into    *group // the group that this one became a part of
}

// part is what a node is in its group.
type part int

const (
	none   part = iota // not in a group
	full               // [rows, width]
	column             // [rows]
	end                // a sum over rows, whole only when all rows are done
)

func (g *group) find() *group {
	for g.into != nil {
		g = g.into
	}
	return g
}

// grouping is the division of a graph.
type grouping struct {
	groups map[*node]*group
	parts  map[*node]part
	levels map[*node]int
}

// groupOf returns nil if the node is in none.
func (p *grouping) groupOf(n *node) *group {
	if g := p.groups[n]; g != nil {
		return g.find()
	}
	return nil
}

func (p *grouping) level(n *node) int {
	if g := p.groupOf(n); g != nil {
		return g.level
	}
	return p.levels[n]
}

// divide puts the nodes, in order, into groups.
func divide(nodes []*node) *grouping {
	p := &grouping{map[*node]*group{}, map[*node]part{}, map[*node]int{}}
	for _, n := range nodes {
		if groupable(n) {
			p.place(n)
		} else {
			p.levels[n] = p.after(n.in)
		}
	}
	return p
}

// after is the level of what reads nodes from memory and is in no group.
func (p *grouping) after(in []*node) int {
	level := 0
	for _, x := range in {
		level = max(level, p.level(x)+1)
	}
	return level
}

// isView reports whether a node is another's memory, seen otherwise.
func isView(n *node) bool {
	switch n.op {
	case compute.OpTypeReshape, compute.OpTypeTranspose, compute.OpTypeSlice, compute.OpTypeBroadcastInDim,
		compute.OpTypeOptimizationBarrier, compute.OpTypeSchedulingBarrier:
		return true
	}
	return false
}

// mostWidth is how long rows may be that are kept in the cache as a whole.
const mostWidth = 1 << 18

// groupable reports whether a node can be in a group.
func groupable(n *node) bool {
	if n.op == compute.OpTypeConvertDType {
		from, to := n.in[0].dtype(), n.dtype()
		return from == dtypes.Float32 && to == dtypes.BFloat16 || from == dtypes.BFloat16 && to == dtypes.Float32
	}
	if n.dtype() != dtypes.Float32 {
		return false
	}
	if reduces(n) {
		row := trailing(n)
		if row > 1 && row <= mostWidth && n.size() > 1 {
			return true
		}
		return n.op == compute.OpTypeReduceSum && leading(n) > 0
	}
	if n.op == compute.OpTypeFusedSoftmax {
		width := n.dims()[len(n.dims())-1]
		return width > 1 && width <= mostWidth
	}
	return unaryKernels[n.op] != nil || binaryKernels[n.op].same != nil
}

// reduces reports whether a member is a reduction.
func reduces(n *node) bool {
	return n.op == compute.OpTypeReduceSum || n.op == compute.OpTypeReduceMax
}

// trailing is the length of the rows that a reduction over the last axes reduces, or 0 if it is another.
func trailing(n *node) int {
	axes, rank := n.data.(reduction), len(n.in[0].dims())
	if !slices.Equal(axes, axesFrom(rank-len(axes), len(axes))) {
		return 0
	}
	return product(n.in[0].dims()[rank-len(axes):])
}

// leading is the length of the rows that a reduction over the first axes, or all, adds up; or 0 if it is another.
func leading(n *node) int {
	axes := n.data.(reduction)
	if !slices.Equal(axes, axesUpTo(len(axes))) {
		return 0
	}
	if width := n.size(); width <= mostWidth {
		return width
	}
	return 0
}

// operand is how a node reads another one: straight through reshapes, element by element; or as a column, each of whose
// elements serves a row of the width.
type operand struct {
	base  *node
	as    part // full: element by element; column: of the width; none: in another way
	width int
}

// read finds out how operand i of an element-wise node is read.
func read(n *node, i int) operand {
	x := n.in[i]
	base := through(x)
	if base.op == compute.OpTypeBroadcastInDim && base.size() == n.size() {
		from := base.in[0]
		axes := base.data.(places)
		dims := make([]int, len(base.dims()))
		for k := range dims {
			dims[k] = 1
		}
		for k, axis := range axes {
			dims[axis] = from.dims()[k]
		}
		return columnOf(from, dims, base.dims())
	}
	if base.size() == n.size() {
		return operand{base, full, 0}
	}
	if len(x.dims()) == 0 {
		return operand{base, none, 0}
	}
	return columnOf(x, x.dims(), n.dims())
}

// columnOf tells whether x, as dims, is a column of wide.
func columnOf(x *node, dims, wide []int) operand {
	rows := 1
	split := len(wide)
	for split > 0 && dims[split-1] == 1 {
		split--
	}
	for k := range split {
		if dims[k] != wide[k] {
			return operand{x, none, 0}
		}
		rows *= dims[k]
	}
	base := through(x)
	if rows == 1 || base.size() != rows {
		return operand{base, none, 0}
	}
	return operand{base, column, product(wide[split:])}
}

// through looks through reshapes.
func through(n *node) *node {
	for n.op == compute.OpTypeReshape {
		n = n.in[0]
	}
	return n
}

// place puts a node into the groups of its operands where that can be, else into a new one.
func (p *grouping) place(n *node) {
	w := want{as: full, total: n.size()}
	var operands []operand
	switch {
	case reduces(n):
		x := through(n.in[0])
		operands = []operand{{x, full, 0}}
		w.total, w.width, w.reduces = x.size(), trailing(n), true
		w.as = column
		if w.width == 0 || n.size() == 1 {
			w.as, w.width = end, leading(n)
		}
		if w.width == 1 {
			w.width = 0
		}
	case n.op == compute.OpTypeFusedSoftmax:
		operands = []operand{{through(n.in[0]), full, 0}}
		w.width, w.reduces = n.dims()[len(n.dims())-1], true
	default:
		for i := range n.in {
			operands = append(operands, read(n, i))
		}
	}
	p.join(n, w, operands)
}

// want is what a node wants of the group that it is in.
type want struct {
	as           part
	total, width int
	reduces      bool // its operand has to be there as full
}

// join puts a node into one group with those of its operands that are of the same level, if they can be one.
func (p *grouping) join(n *node, w want, operands []operand) {
	level, above := 0, 0
	for _, o := range operands {
		level = max(level, p.reads(o))
		above = max(above, p.level(o.base))
		if p.groupOf(o.base) != nil {
			above = max(above, p.level(o.base)+1)
		}
	}
	var near []operand // those that are read within the group
	for _, o := range operands {
		if g := p.groupOf(o.base); g == nil || g.level != level {
			continue
		}
		near = append(near, o)
		if g := p.groupOf(o.base); !w.reduces && o.as == full && p.parts[o.base] == column {
			w.as, w.total, w.width = column, g.total, g.width
		}
	}
	g := &group{level: level, total: w.total, width: w.width}
	for _, o := range near {
		if !p.fits(g, w, o) {
			p.alone(n, w, above)
			return
		}
	}
	for _, o := range near {
		if from := p.groupOf(o.base); from != g {
			g.members = append(g.members, from.members...)
			from.into = g
		}
	}
	g.members = append(g.members, n)
	p.groups[n], p.parts[n] = g, w.as
}

// alone begins a group with a node.
func (p *grouping) alone(n *node, w want, level int) {
	g := &group{level: level, total: w.total, width: w.width, members: []*node{n}}
	if w.as == column && !w.reduces {
		w.as, g.total, g.width = full, n.size(), 0
	}
	p.groups[n], p.parts[n] = g, w.as
}

// reads is the level at which an operand can be read.
func (p *grouping) reads(o operand) int {
	if p.groupOf(o.base) != nil && (o.as == none || p.parts[o.base] == end || o.as == column && p.parts[o.base] != column) {
		return p.level(o.base) + 1
	}
	return p.level(o.base)
}

// fits reports whether the group of an operand can become a part of g, and gives g its width.
func (p *grouping) fits(g *group, w want, o operand) bool {
	from := p.groupOf(o.base)
	as := p.parts[o.base]
	switch {
	case w.reduces || w.as == full && o.as == full:
		if as != full {
			return false
		}
	case w.as == full: // and o.as column
		if as != column || from.width != o.width {
			return false
		}
	default: // a column among columns
		if as != column || o.as != full {
			return false
		}
	}
	if g.total != from.total || g.width != 0 && from.width != 0 && g.width != from.width {
		return false
	}
	g.width = max(g.width, from.width)
	return true
}
