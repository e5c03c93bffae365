package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// step is a part of the work: it reads slots of the frame and fills others.
type step struct {
	run    func(f *frame) error
	reads  []int
	writes []int
	frees  []int // slots that no later step reads
}

// plan makes steps of a graph.
type plan struct {
	*grouping
	constants map[*node][]byte
	outputs   map[*node]bool
	users     map[*node][]*node
	views     map[*node]view
	sizes     []int    // of the slots, in bytes
	fixed     [][]byte // the memory of slots that are constants
	steps     []step
}

// compile turns a finished graph into what can be executed.
func compile(b *backend, f *function) (*executable, error) {
	p := &plan{
		constants: map[*node][]byte{}, outputs: map[*node]bool{}, users: map[*node][]*node{}, views: map[*node]view{},
	}
	live := liveNodes(f.outputs)
	if err := p.fold(live); err != nil {
		return nil, err
	}
	live = p.stillLive(f.outputs)
	for _, n := range live {
		for _, x := range n.in {
			p.users[x] = append(p.users[x], n)
		}
	}
	for _, n := range f.outputs {
		p.outputs[n] = true
	}
	for _, n := range f.parameters {
		p.views[n] = p.inOrder(n, p.slot(n))
	}
	var varying []*node
	for _, n := range live {
		if data, ok := p.constants[n]; ok {
			slot := p.slot(n)
			p.fixed[slot], p.views[n] = data, p.inOrder(n, slot)
		} else if n.op != compute.OpTypeParameter {
			varying = append(varying, n)
		}
	}
	p.grouping = divide(varying)
	for _, u := range p.order(varying) {
		if err := p.emit(u); err != nil {
			return nil, err
		}
	}
	e := &executable{backend: b, f: f}
	for _, n := range f.outputs {
		e.results = append(e.results, p.result(n, e.results, len(f.parameters)))
	}
	p.release(e.results, len(f.parameters))
	e.steps, e.sizes, e.fixed, e.need = p.steps, p.sizes, p.fixed, p.need()
	return e, nil
}

// slot makes a place for a node's elements in the frame.
func (p *plan) slot(n *node) int { return p.room(sizeOf(n.shape)) }

func (p *plan) room(size int) int {
	p.sizes, p.fixed = append(p.sizes, size), append(p.fixed, nil)
	return len(p.sizes) - 1
}

func (p *plan) inOrder(n *node, slot int) view {
	return view{slot: slot, dims: n.dims(), strides: contiguous(n.dims())}
}

// emit makes the steps of a unit.
func (p *plan) emit(u *unit) error {
	if u.g != nil {
		p.emitGroup(u.g)
		return nil
	}
	n := u.n
	switch {
	case n.op == compute.OpTypeDotGeneral && n.dtype() == dtypes.Float32:
		p.emitDot(n)
	case n.op == compute.OpTypeConcatenate:
		p.emitConcatenate(n)
	case n.op == compute.OpTypeGather:
		p.emitGather(n)
	case n.op == compute.OpTypeScatterSum && n.dtype() == dtypes.Float32:
		p.emitScatter(n)
	default:
		return p.emitPlain(n)
	}
	return nil
}

// view is how a node lies in memory when those before it are computed.
func (p *plan) view(n *node) view {
	if v, ok := p.views[n]; ok {
		return v
	}
	if !isView(n) {
		panic("cpu: " + n.op.String() + " is read before it is computed")
	}
	from := p.view(n.in[0])
	v, ok := viewed(n, from)
	if !ok {
		v, _ = viewed(n, p.copyInOrder(n.in[0].dims(), n.dtype().Size(), from))
	}
	p.views[n] = v
	return v
}

// throughView looks through reshapes where these would need a copy.
func (p *plan) throughView(x *node) view {
	for {
		if v, ok := p.views[x]; ok {
			return v.simple()
		}
		if x.op != compute.OpTypeReshape {
			return p.view(x).simple()
		}
		x = x.in[0]
	}
}

// ordered is a node's view once its elements lie in order.
func (p *plan) ordered(n *node) view {
	v := p.view(n)
	if !v.inOrder() {
		v = p.copyInOrder(n.dims(), n.dtype().Size(), v)
		p.views[n] = v
	}
	return v
}

// copyInOrder emits a copy of the elements of a view.
func (p *plan) copyInOrder(dims []int, size int, from view) view {
	n := from.size()
	slot := p.room(n * size)
	src := from.simple()
	count, each := chunks(n, 1<<14)
	p.add([]int{from.slot}, []int{slot}, func(f *frame) error {
		parallel(count, func(task int) {
			lo, hi := task*each, min((task+1)*each, n)
			gatherBytes(size, f.data[slot][lo*size:hi*size], f.data[src.slot], src, lo, hi)
		})
		return nil
	})
	return view{slot: slot, dims: dims, strides: contiguous(dims)}
}

func (p *plan) add(reads, writes []int, run func(f *frame) error) {
	p.steps = append(p.steps, step{run: run, reads: reads, writes: writes})
}

// result returns the slot of an output: its own memory, that nothing else is in.
func (p *plan) result(n *node, others []int, parameters int) int {
	v := p.view(n)
	if v.offset == 0 && v.inOrder() && v.slot >= parameters && p.fixed[v.slot] == nil && !slices.Contains(others, v.slot) && p.sizes[v.slot] == sizeOf(n.shape) {
		return v.slot
	}
	return p.copyInOrder(n.dims(), n.dtype().Size(), v).slot
}

// release finds out when slots are read for the last time.
func (p *plan) release(results []int, parameters int) {
	last := map[int]int{}
	for i, s := range p.steps {
		for _, slot := range append(slices.Clone(s.reads), s.writes...) {
			last[slot] = i
		}
	}
	for slot, i := range last {
		if slot >= parameters && p.fixed[slot] == nil && !slices.Contains(results, slot) {
			p.steps[i].frees = append(p.steps[i].frees, slot)
		}
	}
	for i := range p.steps {
		slices.Sort(p.steps[i].frees)
	}
}

// need is how many bytes the steps hold at once.
func (p *plan) need() int {
	held, most := map[int]bool{}, 0
	now := 0
	for _, s := range p.steps {
		for _, slot := range s.writes {
			if !held[slot] {
				held[slot] = true
				now += roundSize(p.sizes[slot])
			}
		}
		most = max(most, now)
		for _, slot := range s.frees {
			now -= roundSize(p.sizes[slot])
		}
	}
	return most
}

// emitPlain computes a node from operands that lie in order.
func (p *plan) emitPlain(n *node) error {
	if len(n.in) > 0 && n.op != compute.OpTypeConvertDType && n.in[0].dtype() == dtypes.BFloat16 {
		return notImplemented("%s of %s", n.op, n.in[0].shape)
	}
	var reads []int
	views := make([]view, len(n.in))
	for i, x := range n.in {
		views[i] = p.ordered(x)
		reads = append(reads, views[i].slot)
	}
	slot := p.slot(n)
	p.add(reads, []int{slot}, func(f *frame) error {
		in := make([][]byte, len(views))
		for i, v := range views {
			size := n.in[i].dtype().Size()
			in[i] = f.data[v.slot][v.offset*size : (v.offset+v.size())*size]
		}
		return plain(n, in, f.data[slot])
	})
	p.views[n] = p.inOrder(n, slot)
	return nil
}
