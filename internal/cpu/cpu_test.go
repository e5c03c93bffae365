package cpu_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/cpu"
)

// one makes a graph of one operation on all arguments.
func one(f func(in []*graph.Node) *graph.Node) func(in []*graph.Node) []*graph.Node {
	return func(in []*graph.Node) []*graph.Node { return []*graph.Node{f(in)} }
}

// Each operation gives what it gives on GoMLX's device, in every type that it is for.
func TestOperations(t *testing.T) {
	floats := []dtypes.DType{dtypes.Float32, dtypes.Float64}
	all := append([]dtypes.DType{dtypes.Int32, dtypes.Int64}, floats...)
	whereLess := func(in []*graph.Node) *graph.Node { return graph.Where(graph.LessThan(in[0], in[1]), in[0], in[1]) }
	for name, c := range map[string]struct {
		types []dtypes.DType
		f     func(in []*graph.Node) *graph.Node
	}{
		"add":       {all, func(in []*graph.Node) *graph.Node { return graph.Add(in[0], in[1]) }},
		"sub":       {all, func(in []*graph.Node) *graph.Node { return graph.Sub(in[0], in[1]) }},
		"mul a row": {all, func(in []*graph.Node) *graph.Node { return graph.Mul(in[0], graph.Slice(in[1], graph.AxisElem(0))) }},
		"div":       {floats, func(in []*graph.Node) *graph.Node { return graph.Div(in[0], in[1]) }},
		"max":       {all, func(in []*graph.Node) *graph.Node { return graph.Max(in[0], in[1]) }},
		"min a number": {all, func(in []*graph.Node) *graph.Node {
			return graph.Min(graph.Scalar(in[0].Graph(), in[0].DType(), 1.0), in[1])
		}},
		"neg":           {all, func(in []*graph.Node) *graph.Node { return graph.Neg(in[0]) }},
		"abs":           {all, func(in []*graph.Node) *graph.Node { return graph.Abs(in[0]) }},
		"exp":           {floats, func(in []*graph.Node) *graph.Node { return graph.Exp(in[0]) }},
		"log":           {floats, func(in []*graph.Node) *graph.Node { return graph.Log(graph.Abs(in[0])) }},
		"sqrt":          {floats, func(in []*graph.Node) *graph.Node { return graph.Sqrt(graph.Abs(in[0])) }},
		"sin":           {floats, func(in []*graph.Node) *graph.Node { return graph.Sin(in[0]) }},
		"cos":           {floats, func(in []*graph.Node) *graph.Node { return graph.Cos(in[0]) }},
		"logistic":      {floats, func(in []*graph.Node) *graph.Node { return graph.Sigmoid(in[0]) }},
		"softmax":       {floats, func(in []*graph.Node) *graph.Node { return graph.Softmax(in[0], -1) }},
		"softmax first": {floats, func(in []*graph.Node) *graph.Node { return graph.Softmax(in[0], 0) }},
		"sum last":      {all, func(in []*graph.Node) *graph.Node { return graph.ReduceSum(in[0], -1) }},
		"sum first":     {all, func(in []*graph.Node) *graph.Node { return graph.ReduceSum(in[0], 0) }},
		"sum middle":    {all, func(in []*graph.Node) *graph.Node { return graph.ReduceSum(in[0], 1) }},
		"sum ends":      {all, func(in []*graph.Node) *graph.Node { return graph.ReduceSum(in[0], 0, 2) }},
		"sum all":       {all, func(in []*graph.Node) *graph.Node { return graph.ReduceAllSum(in[0]) }},
		"max all":       {all, func(in []*graph.Node) *graph.Node { return graph.ReduceAllMax(in[0]) }},
		"max last two":  {all, func(in []*graph.Node) *graph.Node { return graph.ReduceMax(in[0], 1, 2) }},
		"least":         {all, func(in []*graph.Node) *graph.Node { return graph.ReduceMin(in[0], 0, 1) }},
		"iota": {all, func(in []*graph.Node) *graph.Node {
			return graph.Add(in[0], graph.Iota(in[0].Graph(), in[0].Shape(), 1))
		}},
		"less":          {all, func(in []*graph.Node) *graph.Node { return graph.LessThan(in[0], in[1]) }},
		"less or equal": {all, func(in []*graph.Node) *graph.Node { return graph.LessOrEqual(in[0], in[1]) }},
		"greater":       {all, func(in []*graph.Node) *graph.Node { return graph.GreaterThan(in[0], in[1]) }},
		"at least":      {all, func(in []*graph.Node) *graph.Node { return graph.GreaterOrEqual(in[0], in[1]) }},
		"equal":         {all, func(in []*graph.Node) *graph.Node { return graph.Equal(in[0], in[1]) }},
		"not equal":     {all, func(in []*graph.Node) *graph.Node { return graph.NotEqual(in[0], in[1]) }},
		"logic": {all, func(in []*graph.Node) *graph.Node {
			a, b := graph.LessThan(in[0], in[1]), graph.LessThan(in[1], graph.Neg(in[0]))
			return graph.LogicalOr(graph.LogicalAnd(a, b), graph.LogicalNot(a))
		}},
		"where":      {all, whereLess},
		"to float64": {all[:3], func(in []*graph.Node) *graph.Node { return graph.ConvertDType(in[0], dtypes.Float64) }},
		"to int32":   {all[1:], func(in []*graph.Node) *graph.Node { return graph.ConvertDType(in[0], dtypes.Int32) }},
		"bool to float": {all, func(in []*graph.Node) *graph.Node {
			return graph.ConvertDType(graph.Equal(in[0], in[1]), dtypes.Float32)
		}},
		"to bool":     {all, func(in []*graph.Node) *graph.Node { return graph.ConvertDType(in[0], dtypes.Bool) }},
		"concatenate": {all, func(in []*graph.Node) *graph.Node { return graph.Concatenate(in[:2], 1) }},
		"part":        {all, func(in []*graph.Node) *graph.Node { return graph.SliceAxis(in[0], 1, graph.AxisRange(1, 4)) }},
		"every second": {all, func(in []*graph.Node) *graph.Node {
			return graph.Slice(in[0], graph.AxisRange(), graph.AxisRange(0, 5).Stride(2))
		}},
		"transpose": {all, func(in []*graph.Node) *graph.Node { return graph.TransposeAllAxes(in[0], 2, 0, 1) }},
		"repeat": {all, func(in []*graph.Node) *graph.Node {
			return graph.BroadcastToDims(graph.Reshape(in[0], 3, 1, 35), 3, 4, 35)
		}},
		"product": {floats, func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{2}, nil, in[1], []int{2}, nil)
		}},
		"two sums": {floats, func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{0, 2}, nil, in[1], []int{0, 2}, nil)
		}},
		"middle batch": {floats, func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{2}, []int{1}, in[1], []int{2}, []int{1})
		}},
		"split free axes": {floats, func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{1}, nil, in[1], []int{1}, nil)
		}},
	} {
		for _, dtype := range c.types {
			t.Run(fmt.Sprintf("%s of %s", name, dtype), func(t *testing.T) {
				r := rand.New(rand.NewPCG(3, 3))
				in := []*tensors.Tensor{random(r, dtype, 3, 5, 7), random(r, dtype, 3, 5, 7)}
				got, want := run(t, cpu.New(), one(c.f), in...), run(t, reference(t), one(c.f), in...)
				compare(t, name, got[0], want[0], 2e-6)
			})
		}
	}
}

// Rows are looked up, and gradients added to them, also where an index is there several times.
func TestRows(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		for _, width := range []int{1, 3, 700} {
			r := rand.New(rand.NewPCG(5, 5))
			table, ids := random(r, dtype, 5, width), random(r, dtypes.Int32, 4, 9)
			build := func(in []*graph.Node) []*graph.Node {
				rows := graph.Gather(in[0], graph.Reshape(in[1], -1, 1))
				loss := graph.ReduceAllSum(graph.Mul(rows, graph.Exp(rows)))
				return []*graph.Node{rows, graph.Gradient(loss, in[0])[0]}
			}
			got, want := run(t, cpu.New(), build, table, ids), run(t, reference(t), build, table, ids)
			for i, name := range []string{"rows", "their gradient"} {
				compare(t, fmt.Sprintf("%s of %s, width %d", name, dtype, width), got[i], want[i], 1e-5)
			}
		}
	}
}

// Numbers in bfloat16 are computed in float32 and rounded after each operation.
func TestBFloat16(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	a, b := random(r, dtypes.Float32, 33, 20), random(r, dtypes.Float32, 20, 17)
	build := func(in []*graph.Node) []*graph.Node {
		x, y := graph.ConvertDType(in[0], dtypes.BFloat16), graph.ConvertDType(in[1], dtypes.BFloat16)
		z := graph.DotGeneral(x, []int{1}, nil, y, []int{0}, nil)
		z = graph.Add(z, graph.Sigmoid(graph.MulScalar(z, 0.5)))
		sum := graph.ReduceSum(graph.ConvertDType(z, dtypes.Float32), 0)
		parts := graph.Concatenate([]*graph.Node{x, graph.Neg(x)}, 0)
		var out []*graph.Node
		for _, n := range []*graph.Node{z, sum, parts, graph.TransposeAllAxes(z, 1, 0)} {
			out = append(out, graph.ConvertDType(n, dtypes.Float32))
		}
		return out
	}
	got, want := run(t, cpu.New(), build, a, b), run(t, reference(t), build, a, b)
	for i := range want {
		compare(t, fmt.Sprintf("result %d", i), got[i], want[i], 1.0/64)
	}
}

// Products are right however they are divided, and however their operands lie.
func TestProducts(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(before)
	for _, c := range []struct{ batch, m, k, n int }{{1, 1, 1, 1}, {1, 500, 64, 70}, {1, 70, 64, 500}, {1, 300, 300, 1}, {2, 200, 100, 90}, {40, 33, 40, 20}, {7, 130, 33, 129}} {
		r := rand.New(rand.NewPCG(1, 1))
		for _, flipped := range []bool{false, true} {
			a, b := random(r, dtypes.Float32, c.batch, c.m, c.k), random(r, dtypes.Float32, c.batch, c.k, c.n)
			build := one(func(in []*graph.Node) *graph.Node {
				x, y := in[0], in[1]
				if flipped { // the other side's transpose, which the compiler sees through
					return graph.DotGeneral(graph.TransposeAllAxes(y, 0, 2, 1), []int{2}, []int{0}, graph.TransposeAllAxes(x, 2, 1, 0), []int{0}, []int{2})
				}
				return graph.DotGeneral(x, []int{2}, []int{0}, y, []int{1}, []int{0})
			})
			got, want := run(t, cpu.New(), build, a, b), run(t, reference(t), build, a, b)
			compare(t, fmt.Sprintf("%v, flipped %v", c, flipped), got[0], want[0], 1e-4)
		}
	}
}

// What is not known says so, in a way that GoMLX understands.
func TestUnknown(t *testing.T) {
	f := cpu.New().Builder("x").Main()
	x, err := f.Parameter("x", shapes.Make(dtypes.Float32, 4, 4), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Erf(x); !compute.IsNotImplemented(err) || !strings.Contains(err.Error(), "Erf") {
		t.Errorf("Erf: %v, want one that it is not implemented, with its name", err)
	}
	if _, err := f.Parameter("y", shapes.Make(dtypes.Complex64, 4), nil); !compute.IsNotImplemented(err) || !strings.Contains(err.Error(), "Complex64") {
		t.Errorf("a parameter of Complex64: %v, want one that it is not implemented, with the type", err)
	}
	if _, err := f.FusedSoftmax(x, 0); !compute.IsNotImplemented(err) {
		t.Errorf("softmax over the first axis: %v, want one that it is not implemented", err)
	}
	other, err := cpu.New().Builder("y").Main().Parameter("y", shapes.Make(dtypes.Float32, 4, 4), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(x, other); err == nil || errors.Is(err, compute.ErrNotImplemented) {
		t.Errorf("a value of another graph: %v, want an error", err)
	}
}

// A result's memory is its own: neither an argument's, nor a constant's, nor another result's.
func TestResultsAreApart(t *testing.T) {
	device := cpu.New()
	exec := graph.MustNewExec(device, func(in []*graph.Node) []*graph.Node {
		c := graph.Const(in[0].Graph(), []float32{1, 2, 3})
		sum := graph.Add(in[0], c)
		return []*graph.Node{in[0], sum, sum, c, graph.Reshape(sum, 3, 1)}
	})
	x := tensors.FromValue([]float32{10, 20, 30})
	first := exec.MustCall(x)
	for _, out := range first {
		tensors.MustMutableFlatData(out, func(flat []float32) { flat[0] = -1 })
	}
	for i, out := range exec.MustCall(x) {
		if got, want := numbers(out)[0], []float64{10, 11, 11, 1, 11}[i]; got != want {
			t.Errorf("result %d begins with %v after the results before were written to, want %v", i, got, want)
		}
	}
}

// A tensor's memory is read where it lies, and written by the caller between executions.
func TestArgumentsAreShared(t *testing.T) {
	device := cpu.New()
	x, err := tensors.FromShapeForBackend(device, 0, shapes.Make(dtypes.Float32, 2))
	if err != nil {
		t.Fatal(err)
	}
	exec := graph.MustNewExec(device, func(in []*graph.Node) *graph.Node { return graph.MulScalar(in[0], 2) })
	for _, v := range []float32{3, 4} {
		tensors.MustMutableFlatData(x, func(flat []float32) { flat[1] = v })
		if got := numbers(exec.MustCall(x)[0])[1]; got != float64(2*v) {
			t.Errorf("twice %v is %v", v, got)
		}
	}
}

func TestBuffers(t *testing.T) {
	device := cpu.New()
	b, err := device.BufferFromFlatData(0, []int32{1, 2, 3, 4}, shapes.Make(dtypes.Int32, 2, 2))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]int32, 4)
	if err := b.ToFlatData(got); err != nil || got[3] != 4 {
		t.Errorf("ToFlatData: %v, %v", got, err)
	}
	if err := b.ToFlatData(got[:3]); err == nil {
		t.Error("ToFlatData into too little: no error")
	}
	if err := b.Finalize(); err != nil {
		t.Error(err)
	}
	if err := b.Finalize(); err == nil {
		t.Error("a buffer can be given back twice")
	}
	if _, err := b.Data(); err == nil {
		t.Error("a buffer that was given back has data")
	}
	if _, err := device.BufferFromFlatData(0, []int32{1}, shapes.Make(dtypes.Int32, 2)); err == nil {
		t.Error("a buffer of 2 can be made of 1")
	}
	if _, _, err := device.NewSharedBuffer(1, shapes.Make(dtypes.Int32, 2)); err == nil {
		t.Error("there is a device 1")
	}
	device.Finalize()
	if _, _, err := device.NewSharedBuffer(0, shapes.Make(dtypes.Int32, 2)); err == nil || !device.IsFinalized() {
		t.Error("a closed device makes buffers")
	}
}

// An argument that is donated is gone, and the others stay.
func TestDonation(t *testing.T) {
	device := cpu.New()
	shape := shapes.Make(dtypes.Float32, 2)
	b := device.Builder("twice")
	x, _ := b.Main().Parameter("x", shape, nil)
	sum, err := b.Main().Add(x, x)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Main().Return([]compute.Value{sum}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	given, err := device.BufferFromFlatData(0, []float32{1, 2}, shape)
	if err != nil {
		t.Fatal(err)
	}
	for _, donate := range []bool{false, true} {
		out, err := e.Execute([]compute.Buffer{given}, []bool{donate}, 0)
		if err != nil {
			t.Fatal(err)
		}
		flat := make([]float32, 2)
		if err := out[0].ToFlatData(flat); err != nil || flat[1] != 4 {
			t.Errorf("donate %v: got %v, %v, want 2 and 4", donate, flat, err)
		}
	}
	if _, err := e.Execute([]compute.Buffer{given}, nil, 0); err == nil {
		t.Error("a buffer that was donated can be an argument")
	}
	if _, err := e.Execute(nil, nil, 0); err == nil {
		t.Error("a graph with a parameter is executed without an argument")
	}
}

// One compiled graph is executed by several goroutines at once.
func TestAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	a, b := random(r, dtypes.Float32, 130, 70), random(r, dtypes.Float32, 70, 90)
	exec := graph.MustNewExec(cpu.New(), func(in []*graph.Node) *graph.Node {
		return graph.Softmax(graph.Dot(in[0], in[1]).Product(), -1)
	})
	want := exec.MustCall(a, b)[0]
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if got := exec.MustCall(a, b)[0]; !got.Equal(want) {
					t.Error("a result differs from that of another goroutine")
				}
			}
		})
	}
	wait.Wait()
}
