package cpu

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// executable is a compiled graph. It may be executed from several goroutines.
type executable struct {
	backend *backend
	f       *function
	steps   []step
	sizes   []int    // of the slots, of which the first are the parameters
	fixed   [][]byte // constants
	results []int    // slots
	need    int      // bytes of slots that are in use at once
}

// frame is the memory of one execution.
type frame struct{ data [][]byte }

func (e *executable) Finalize() {}

func (e *executable) Inputs() (names []string, list []shapes.Shape) {
	for _, n := range e.f.parameters {
		list = append(list, n.shape)
	}
	return e.f.names, list
}

func (e *executable) Outputs() (list []shapes.Shape) {
	for _, n := range e.f.outputs {
		list = append(list, n.shape)
	}
	return list
}

func (e *executable) Execute(inputs []compute.Buffer, donate []bool, _ compute.DeviceNum) ([]compute.Buffer, error) {
	f := &frame{make([][]byte, len(e.sizes))}
	copy(f.data, e.fixed)
	if len(inputs) != len(e.f.parameters) {
		return nil, fmt.Errorf("%d arguments for a graph of %d parameters", len(inputs), len(e.f.parameters))
	}
	for i, in := range inputs {
		b, ok := in.(*buffer)
		if !ok || b.data == nil || !b.shape.Equal(e.f.parameters[i].shape) {
			return nil, fmt.Errorf("argument %d is no buffer of this device with shape %s", i, e.f.parameters[i].shape)
		}
		f.data[i] = b.data
	}
	if err := e.run(f); err != nil {
		return nil, err
	}
	for i, given := range donate {
		if given {
			_ = inputs[i].Finalize()
		}
	}
	out := make([]compute.Buffer, len(e.results))
	for i, slot := range e.results {
		out[i] = &buffer{backend: e.backend, shape: e.f.outputs[i].shape, data: f.data[slot]}
	}
	return out, nil
}

func (e *executable) run(f *frame) error {
	e.backend.pool.need(e.need)
	for _, s := range e.steps {
		for _, slot := range s.writes {
			if f.data[slot] == nil {
				f.data[slot] = e.backend.pool.get(e.sizes[slot])
			}
		}
		if err := s.run(f); err != nil {
			return err
		}
		for _, slot := range s.frees {
			e.backend.pool.put(f.data[slot])
			f.data[slot] = nil
		}
	}
	return nil
}
