package cpu

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// builder collects a graph.
type builder struct {
	notimplemented.Builder
	backend *backend
	name    string
	main    *function
}

func newBuilder(b *backend, name string) *builder {
	out := &builder{backend: b, name: name}
	out.main = &function{builder: out, same: map[string]*node{}}
	out.main.ErrFn = func(op compute.OpType) error {
		return notImplemented("%s", op)
	}
	return out
}

func (b *builder) Name() string           { return b.name }
func (b *builder) Main() compute.Function { return b.main }

func (b *builder) NewFunction(string) (compute.Function, error) {
	return nil, notImplemented("functions within a graph")
}

func (b *builder) OpShape(v compute.Value) (shapes.Shape, error) { return b.main.Shape(v) }

func (b *builder) Compile() (compute.Executable, error) {
	if b.main.outputs == nil {
		return nil, errors.New("a graph without Return cannot be compiled")
	}
	return compile(b.backend, b.main)
}

// node is a value of a graph. Equal nodes are one.
type node struct {
	id    int
	op    compute.OpType
	shape shapes.Shape
	in    []*node
	data  any // what else the operation has; its text tells it from another
}

func (n *node) dims() []int         { return n.shape.Dimensions }
func (n *node) size() int           { return n.shape.Size() }
func (n *node) dtype() dtypes.DType { return n.shape.DType }

// function is the graph while it is built.
type function struct {
	notimplemented.Function
	builder    *builder
	nodes      []*node
	parameters []*node
	names      []string
	outputs    []*node
	same       map[string]*node
}

func (f *function) Builder() compute.Builder { return f.builder }
func (f *function) Parent() compute.Function { return nil }
func (f *function) Name() string             { return compute.MainName }

func (f *function) Shape(v compute.Value) (shapes.Shape, error) {
	n, err := f.node(v)
	if err != nil {
		return shapes.Invalid(), err
	}
	return n.shape, nil
}

// node is what stands behind a value.
func (f *function) node(v compute.Value) (*node, error) {
	n, ok := v.(*node)
	if !ok || n.id >= len(f.nodes) || f.nodes[n.id] != n {
		return nil, fmt.Errorf("%v is no value of this graph", v)
	}
	return n, nil
}

func (f *function) values(vs ...compute.Value) ([]*node, error) {
	out := make([]*node, len(vs))
	for i, v := range vs {
		var err error
		if out[i], err = f.node(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add puts a node into the graph, or finds the one that is equal to it.
func (f *function) add(op compute.OpType, shape shapes.Shape, data any, in ...*node) (*node, error) {
	if err := checkShape(shape); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if len(shape.Dimensions) > maxRank {
		return nil, notImplemented("%s of %d axes", op, len(shape.Dimensions))
	}
	key := make([]byte, 0, 64)
	key = fmt.Appendf(key, "%d %s", op, shape)
	for _, n := range in {
		key = fmt.Appendf(key, " %d", n.id)
	}
	if c, ok := data.(constant); ok {
		key = append(key, c...)
	} else if data != nil {
		key = fmt.Appendf(key, " %v", data)
	}
	if n, ok := f.same[string(key)]; ok {
		return n, nil
	}
	n := &node{id: len(f.nodes), op: op, shape: shape, in: in, data: data}
	f.nodes = append(f.nodes, n)
	f.same[string(key)] = n
	return n, nil
}

// constant are a constant's bytes.
type constant []byte

// parameter is the place among the arguments.
type parameter int

func (f *function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if sharding != nil {
		return nil, notImplemented("sharding")
	}
	n, err := f.add(compute.OpTypeParameter, shape, parameter(len(f.parameters)))
	if err != nil {
		return nil, err
	}
	f.parameters, f.names = append(f.parameters, n), append(f.names, name)
	return n, nil
}

func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	dtype := dtypes.FromGoType(reflect.TypeOf(flat).Elem())
	n := reflect.ValueOf(flat).Len()
	shape := shapes.Shape{DType: dtype, Dimensions: slices.Clone(dims)}
	if err := checkShape(shape); err != nil {
		return nil, err
	}
	if shape.Size() != n {
		return nil, fmt.Errorf("a constant of shape %s from %d values", shape, n)
	}
	data := newBytes(sizeOf(shape))
	copy(data, dtypes.UnsafeByteSliceFromAny(flat))
	return f.add(compute.OpTypeConstant, shape, constant(data))
}

func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if len(shardings) != 0 {
		return notImplemented("sharding")
	}
	if len(outputs) == 0 || f.outputs != nil {
		return errors.New("a graph returns once, and at least one value")
	}
	var err error
	f.outputs, err = f.values(outputs...)
	return err
}

// notImplemented is an error that sends GoMLX, or the user, another way.
func notImplemented(format string, args ...any) error {
	return fmt.Errorf("device cpu: %s: %w", fmt.Sprintf(format, args...), compute.ErrNotImplemented)
}
