package cpu

import "sync"

// blockSize is how many elements of a value are worked on at once: few enough that a group's values stay in the cache.
const blockSize = 4096

// block is a part of a group's rows, and the values of it.
type block struct {
	frame      *frame
	index      int // of the block
	row0, row1 int // rows
	lo, hi     int // elements
	values     [][]float32
}

// assign gives values registers, which are used again when nobody reads a value any more.
func (c *program) assign() []int {
	register := make([]int, len(c.forms))
	var free []int
	ends := map[int][]int{}
	begins := map[int][]int{}
	for v := range c.forms {
		if !c.direct[v] {
			begins[c.made[v]] = append(begins[c.made[v]], v)
			ends[c.used[v]] = append(ends[c.used[v]], v)
		}
	}
	for i := range c.code {
		for _, v := range begins[i] {
			if len(free) == 0 {
				free = append(free, c.registers)
				c.registers++
			}
			register[v] = free[len(free)-1]
			free = free[:len(free)-1]
		}
		for _, v := range ends[i] {
			free = append(free, register[v])
		}
	}
	return register
}

// loop is a finished program.
type loop struct {
	rows, perBlock, blocks int
	width, total           int
	forms                  []form
	direct                 []bool
	register               []int // of values that are not direct
	code                   []func(b *block)
}

// scratch are the registers of workers, kept for the next group.
var scratch sync.Pool

// emit appends the step that runs the program for all blocks.
func (c *program) emit() {
	l := &loop{
		rows: c.rows, perBlock: c.perBlock, blocks: c.blocks, width: c.width, total: c.total,
		forms: c.forms, direct: c.direct, register: c.assign(), code: c.code,
	}
	memory, finish := c.registers*l.perBlock*l.width, c.finish
	tasks, each := l.tasks()
	c.plan.add(c.reads, c.writes, func(f *frame) error {
		parallel(tasks, func(task int) {
			registers, _ := scratch.Get().(*[]float32)
			if registers == nil || len(*registers) < memory {
				grown := make([]float32, memory)
				registers = &grown
			}
			values := make([][]float32, len(l.forms))
			for index := task * each; index < min((task+1)*each, l.blocks); index++ {
				l.run(f, *registers, values, index)
			}
			scratch.Put(registers)
		})
		for _, do := range finish {
			do(f)
		}
		return nil
	})
}

// tasks are as many as there are blocks, or fewer where a block is less work than it takes to hand it over.
func (l *loop) tasks() (tasks, each int) {
	const little = 1 << 15 // elements made
	if l.total*len(l.code) < little {
		return 1, l.blocks
	}
	each = max(1, blockSize/(2*l.perBlock*l.width))
	return (l.blocks + each - 1) / each, each
}

// run does one block.
func (l *loop) run(f *frame, registers []float32, values [][]float32, index int) {
	b := &block{frame: f, index: index, values: values}
	b.row0, b.row1 = index*l.perBlock, min((index+1)*l.perBlock, l.rows)
	b.lo, b.hi = b.row0*l.width, min(b.row1*l.width, l.total)
	lengths := [...]int{asFull: b.hi - b.lo, asColumn: b.row1 - b.row0, asRow: l.width, asScalar: 1}
	for v, form := range l.forms {
		if !l.direct[v] {
			at := l.register[v] * l.perBlock * l.width
			values[v] = registers[at : at+lengths[form]]
		}
	}
	for _, do := range l.code {
		do(b)
	}
}
