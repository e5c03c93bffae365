package cpu

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// buffer is a tensor's memory.
type buffer struct {
	backend *backend
	shape   shapes.Shape
	data    []byte // nil once it is given back
}

var errFinalized = errors.New("the buffer is given back already")

func (b *buffer) Backend() compute.Backend { return b.backend }

func (b *buffer) Finalize() error {
	if b.data == nil {
		return errFinalized
	}
	b.backend.pool.put(b.data)
	b.data = nil
	return nil
}

func (b *buffer) Shape() (shapes.Shape, error) { return b.shape, nil }

func (b *buffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }

func (b *buffer) ToFlatData(flat any) error {
	if b.data == nil {
		return errFinalized
	}
	to := dtypes.UnsafeByteSliceFromAny(flat)
	if len(to) != len(b.data) {
		return fmt.Errorf("%d bytes to copy a buffer of shape %s to, which has %d", len(to), b.shape, len(b.data))
	}
	copy(to, b.data)
	return nil
}

func (b *buffer) Data() (any, error) {
	if b.data == nil {
		return nil, errFinalized
	}
	start := unsafe.Pointer(unsafe.SliceData(b.data)) //nolint:gosec // the memory is the buffer's, and of this size
	return dtypes.UnsafeAnySliceFromBytes(start, b.shape.DType, b.shape.Size()), nil
}

func (b *buffer) CopyToDevice(compute.DeviceNum) (compute.Buffer, error) {
	return nil, notImplemented("a second device")
}

func sizeOf(s shapes.Shape) int { return s.Size() * s.DType.Size() }

// checkShape reports what no buffer can have.
func checkShape(s shapes.Shape) error {
	if !slices.Contains(types, s.DType) {
		return notImplemented("the type %s", s.DType)
	}
	for _, d := range s.Dimensions {
		if d < 1 {
			return notImplemented("the shape %s, with nothing in it or not known yet", s)
		}
	}
	return nil
}

// pool keeps memory that was given back, by its size in powers of two and three quarters of them, so that it is taken
// again while it is in the cache. Memory from it has anything in it. It holds a few times what one execution needs at most;
// when shapes change and more comes back, it begins anew.
type pool struct {
	mu   sync.Mutex
	free map[int][][]byte
	kept int // bytes in free
	most int // bytes that one execution needs
}

// need says what an execution needs.
func (p *pool) need(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = max(p.most, bytes)
}

// get returns n bytes, never nil.
func (p *pool) get(n int) []byte {
	size := roundSize(n)
	p.mu.Lock()
	defer p.mu.Unlock()
	if list := p.free[size]; len(list) > 0 {
		data := list[len(list)-1]
		list[len(list)-1] = nil
		p.free[size] = list[:len(list)-1]
		p.kept -= size
		return data[:n]
	}
	return newBytes(size)[:n]
}

func (p *pool) put(data []byte) {
	const times = 4
	p.mu.Lock()
	defer p.mu.Unlock()
	size := cap(data)
	if p.kept+size > times*p.most || p.free == nil {
		p.free, p.kept = map[int][][]byte{}, 0
	}
	p.free[size], p.kept = append(p.free[size], data[:0]), p.kept+size
}

func (p *pool) empty() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free, p.kept = nil, 0
}

// roundSize is the next larger of 64, 96, 128, 192, 256 …
func roundSize(n int) int {
	if n <= 64 {
		return 64
	}
	power := 1 << (bits.Len(uint(n-1)) - 1) // less than n
	if n <= power+power/2 {
		return power + power/2
	}
	return 2 * power
}

// newBytes are zeros that begin where every type may.
func newBytes(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))[:n] //nolint:gosec // within words
}

// as gives bytes of newBytes another type.
func as[T any](data []byte) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(one))) //nolint:gosec // within data
}
