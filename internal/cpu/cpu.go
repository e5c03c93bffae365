// Package cpu computes GoMLX's graphs on the processor, with vectors and on all cores: a compute.Backend.
//
// In: graphs of the operations that models are made of, static shapes, float32 in the main. A graph is compiled into steps:
// views cost nothing, element-wise operations, sums over rows and softmax are done together while a block of rows is in the
// cache, products go to internal/kernel as they lie. Other types than float32 are computed too, plainly; an operation that is
// not known here is compute.ErrNotImplemented. Its one invariant: results are the same, bit for bit, whatever the number of
// cores.
package cpu

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// backend is the one device of this kind. Its buffers lie in Go's memory.
type backend struct {
	pool      pool
	finalized atomic.Bool
}

// New opens the device.
func New() compute.Backend { return &backend{} }

func (b *backend) Name() string        { return "cpu" }
func (b *backend) String() string      { return b.Name() }
func (b *backend) Description() string { return "the processor's vectors, on all cores" }
func (b *backend) NumDevices() int     { return 1 }
func (b *backend) Finalize()           { b.finalized.Store(true); b.pool.empty() }
func (b *backend) IsFinalized() bool   { return b.finalized.Load() }

func (b *backend) DeviceDescription(compute.DeviceNum) string {
	return runtime.GOARCH
}

// types are those that there are operations for.
var types = []dtypes.DType{
	dtypes.Float32, dtypes.Float64, dtypes.BFloat16, dtypes.Int32, dtypes.Int64, dtypes.Bool,
}

func (b *backend) Capabilities() compute.Capabilities {
	c := compute.Capabilities{Operations: map[compute.OpType]bool{}, DTypes: map[dtypes.DType]bool{}}
	for _, t := range types {
		c.DTypes[t] = true
	}
	for _, op := range operations {
		c.Operations[op] = true
	}
	return c
}

func (b *backend) Builder(name string) compute.Builder { return newBuilder(b, name) }

func (b *backend) HasSharedBuffers() bool { return true }

func (b *backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	buffer, err := b.newBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	flat, err := buffer.Data()
	return buffer, flat, err
}

func (b *backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	buffer, err := b.newBuffer(device, shape)
	if err != nil {
		return nil, err
	}
	from := dtypes.UnsafeByteSliceFromAny(flat)
	if len(from) != len(buffer.data) {
		return nil, fmt.Errorf("%d bytes for a buffer of shape %s, which has %d", len(from), shape, len(buffer.data))
	}
	copy(buffer.data, from)
	return buffer, nil
}

func (b *backend) newBuffer(device compute.DeviceNum, shape shapes.Shape) (*buffer, error) {
	if b.IsFinalized() {
		return nil, errors.New("the device is closed")
	}
	if device != 0 {
		return nil, fmt.Errorf("device %d is not there, only 0", device)
	}
	if err := checkShape(shape); err != nil {
		return nil, err
	}
	return &buffer{backend: b, shape: shape, data: b.pool.get(sizeOf(shape))}, nil
}
