package cpu

import "container/heap"

// unit is what is emitted as a whole: a node, or a group.
type unit struct {
	first int
	n     *node
	g     *group
}

// units puts nodes together that are emitted together. Views are left out: they are made where they are read.
func (p *plan) units(nodes []*node) (all []*unit, of map[*node]*unit) {
	of = map[*node]*unit{}
	byGroup := map[*group]*unit{}
	for _, n := range nodes {
		if isView(n) {
			continue
		}
		g := p.groupOf(n)
		u := byGroup[g]
		if g == nil || u == nil {
			u = &unit{n.id, n, g}
			all = append(all, u)
		}
		if g != nil {
			byGroup[g] = u
		}
		of[n] = u
	}
	return all, of
}

// order sorts the units by what they need, the earliest first.
func (p *plan) order(nodes []*node) []*unit {
	all, of := p.units(nodes)
	waits := map[*unit]int{}
	next := map[*unit][]*unit{}
	for _, n := range nodes {
		u := of[n]
		if u == nil {
			continue
		}
		for _, x := range sources(n) {
			if from := of[x]; from != nil && from != u {
				waits[u]++
				next[from] = append(next[from], u)
			}
		}
	}
	ready := &queue{}
	for _, u := range all {
		if waits[u] == 0 {
			heap.Push(ready, u)
		}
	}
	var out []*unit
	for ready.Len() > 0 {
		u := heap.Pop(ready).(*unit)
		out = append(out, u)
		for _, v := range next[u] {
			if waits[v]--; waits[v] == 0 {
				heap.Push(ready, v)
			}
		}
	}
	if len(out) != len(all) {
		panic("cpu: groups wait for each other")
	}
	return out
}

// sources are what a node needs, looked at through views.
func sources(n *node) []*node {
	var out []*node
	for _, x := range n.in {
		if isView(x) {
			out = append(out, sources(x)...)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// queue has the earliest unit first.
type queue []*unit

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].first < q[j].first }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*unit)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	u := (*q)[last]
	*q = (*q)[:last]
	return u
}
