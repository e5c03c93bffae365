package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/cpu"
)

// reference is GoMLX's own device, which computes each operation on its own.
func reference(t testing.TB) compute.Backend {
	t.Helper()
	b, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run builds a graph on a device and executes it, on copies of the arguments.
func run(t testing.TB, device compute.Backend, build func(in []*graph.Node) []*graph.Node, in ...*tensors.Tensor) []*tensors.Tensor {
	t.Helper()
	exec, err := graph.NewExec(device, build)
	if err != nil {
		t.Fatal(err)
	}
	var args []any
	for _, x := range in {
		c, err := x.LocalClone()
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, c)
	}
	out, err := exec.Call(args...)
	if err != nil {
		t.Fatalf("%s: %v", device, err)
	}
	return out
}

// random fills a tensor: floats around 0, integers from 0 to 4.
func random(r *rand.Rand, dtype dtypes.DType, dims ...int) *tensors.Tensor {
	out := tensors.FromShape(shapes.Make(dtype, dims...))
	out.MustMutableFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float32:
			for i := range flat {
				flat[i] = float32(r.NormFloat64())
			}
		case []float64:
			for i := range flat {
				flat[i] = r.NormFloat64()
			}
		case []int32:
			for i := range flat {
				flat[i] = r.Int32N(5)
			}
		case []int64:
			for i := range flat {
				flat[i] = r.Int64N(5)
			}
		default:
			panic(fmt.Sprintf("%T", flat))
		}
	})
	return out
}

// numbers are a tensor's elements.
func numbers(x *tensors.Tensor) []float64 {
	var out []float64
	x.MustConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float32:
			for _, v := range flat {
				out = append(out, float64(v))
			}
		case []float64:
			out = append(out, flat...)
		case []int32:
			for _, v := range flat {
				out = append(out, float64(v))
			}
		case []int64:
			for _, v := range flat {
				out = append(out, float64(v))
			}
		case []bool:
			for _, v := range flat {
				out = append(out, map[bool]float64{true: 1}[v])
			}
		default:
			panic(fmt.Sprintf("%T", flat))
		}
	})
	return out
}

// compare reports the first number that differs by more than a share of it, or of 1.
func compare(t testing.TB, name string, got, want *tensors.Tensor, within float64) {
	t.Helper()
	if !got.Shape().Equal(want.Shape()) {
		t.Fatalf("%s: shape %s, want %s", name, got.Shape(), want.Shape())
	}
	g, w := numbers(got), numbers(want)
	for i := range w {
		if g[i] == w[i] || math.IsNaN(g[i]) && math.IsNaN(w[i]) {
			continue
		}
		if !(math.Abs(g[i]-w[i]) <= within*(1+math.Abs(w[i]))) {
			t.Fatalf("%s, of shape %s: element %d is %v, want %v", name, want.Shape(), i, g[i], w[i])
		}
	}
}

// grower makes a random graph, the same for the same seed. Values stay small, so that errors do.
type grower struct {
	*rand.Rand
	nodes []*graph.Node
}

// grow appends n operations to the arguments and returns some of the nodes.
func grow(seed uint64, n int) func(in []*graph.Node) []*graph.Node {
	return func(in []*graph.Node) []*graph.Node {
		g := &grower{rand.New(rand.NewPCG(seed, 1)), append([]*graph.Node{}, in...)}
		for range n {
			g.nodes = append(g.nodes, g.next())
		}
		out := []*graph.Node{g.nodes[len(g.nodes)-1]}
		for _, x := range g.nodes[len(in):] {
			if g.IntN(4) == 0 {
				out = append(out, x)
			}
		}
		return out
	}
}

func (g *grower) pick() *graph.Node { return g.nodes[g.IntN(len(g.nodes))] }

// like finds or makes a node that can be combined with x element by element.
func (g *grower) like(x *graph.Node) *graph.Node {
	for range 8 {
		y := g.pick()
		switch {
		case y.Shape().Equal(x.Shape()):
			return y
		case y.Shape().Size() == x.Shape().Size():
			return graph.Reshape(y, x.Shape().Dimensions...)
		case y.Rank() == x.Rank():
			if fits := func() bool {
				for i, d := range y.Shape().Dimensions {
					if d != 1 && d != x.Shape().Dimensions[i] {
						return false
					}
				}
				return true
			}(); fits {
				return y
			}
		}
	}
	switch g.IntN(3) {
	case 0:
		return graph.Scalar(x.Graph(), x.DType(), g.NormFloat64())
	case 1:
		return graph.ReduceAndKeep(x, graph.ReduceMax, g.IntN(x.Rank()))
	}
	return x
}

// transposed exchanges middle axes, which a product does not mind.
func (g *grower) transposed(x *graph.Node) *graph.Node {
	order := axesFrom(0, x.Rank())
	g.Shuffle(x.Rank()-2, func(i, j int) { order[i+1], order[j+1] = order[j+1], order[i+1] })
	return graph.TransposeAllAxes(x, order...)
}

func axesFrom(first, n int) []int {
	axes := make([]int, n)
	for i := range axes {
		axes[i] = first + i
	}
	return axes
}

func (g *grower) next() *graph.Node {
	x := g.pick()
	for x.Rank() == 0 {
		x = g.pick()
	}
	axis := g.IntN(x.Rank())
	dims := x.Shape().Dimensions
	switch g.IntN(23) {
	case 0, 1:
		return graph.Add(x, g.like(x))
	case 2, 3:
		return graph.Mul(graph.Logistic(x), g.like(x))
	case 4:
		return graph.Sub(g.like(x), x)
	case 5:
		return graph.Div(x, graph.AddScalar(graph.Abs(g.like(x)), 1))
	case 6:
		return graph.Max(x, g.like(x))
	case 7:
		return graph.Min(graph.Neg(x), g.like(x))
	case 8:
		return graph.DivScalar(graph.ReduceAndKeep(x, graph.ReduceSum, axis), float64(dims[axis]))
	case 9:
		return graph.DivScalar(graph.InsertAxes(graph.ReduceSum(x, -1), -1), float64(dims[x.Rank()-1]))
	case 10:
		return graph.Softmax(x, -1)
	case 11:
		order := g.Perm(x.Rank())
		return graph.TransposeAllAxes(x, order...)
	case 12:
		start := g.IntN(dims[axis])
		return graph.SliceAxis(x, axis, graph.AxisRange(start, start+1+g.IntN(dims[axis]-start)))
	case 13:
		if x.Shape().Size() > 4000 {
			return x
		}
		return graph.Concatenate([]*graph.Node{x, graph.MulScalar(x, 0.5)}, axis)
	case 14:
		return graph.Reshape(x, -1, dims[x.Rank()-1])
	case 15:
		return graph.Reshape(graph.ReduceAllSum(graph.MulScalar(x, 1/float64(x.Shape().Size()))), 1)
	case 16: // rows with rows
		flat := graph.Reshape(x, -1, dims[x.Rank()-1])
		width := flat.Shape().Dimensions[1]
		return graph.DivScalar(graph.DotGeneral(flat, []int{0}, nil, graph.Sigmoid(flat), []int{0}, nil), float64(max(1, flat.Shape().Dimensions[0], width)))
	case 18:
		column := graph.InsertAxes(graph.ReduceMax(x, -1), -1)
		return graph.Mul(graph.Sigmoid(g.like(x)), graph.BroadcastToDims(column, dims...))
	case 19:
		row := graph.ReduceAndKeep(x, graph.ReduceMax, axesFrom(0, x.Rank()-1)...)
		return graph.Sub(g.like(x), graph.BroadcastToDims(row, dims...))
	case 20: // batches of products
		if x.Rank() < 3 || x.Shape().Size() > 4000 {
			return graph.OptimizationBarrier(x)
		}
		last := x.Rank() - 1
		y := graph.DotGeneral(x, []int{last}, []int{0}, graph.Sigmoid(g.transposed(x)), []int{last}, []int{0})
		return graph.DivScalar(y, float64(dims[last]))
	case 21:
		return graph.OptimizationBarrier(x)
	case 17:
		return graph.Sqrt(graph.AddScalar(graph.Mul(x, x), 0.1))
	}
	return graph.Log(graph.AddScalar(graph.Exp(graph.Min(x, graph.Scalar(x.Graph(), x.DType(), 3.0))), 1))
}

// Random graphs, in which operations are put together in every way, give what they give one after the other.
func TestRandomGraphs(t *testing.T) {
	device := cpu.New()
	const graphs = 1000
	for seed := range uint64(graphs) {
		r := rand.New(rand.NewPCG(seed, 2))
		a, b, c := 1+r.IntN(5), 1+r.IntN(9), 1+r.IntN(40)
		in := []*tensors.Tensor{
			random(r, dtypes.Float32, a, b, c), random(r, dtypes.Float32, a, b, c), random(r, dtypes.Float32, a, b, 1), random(r, dtypes.Float32, 1, 1, c),
		}
		build := grow(seed, 3+r.IntN(30))
		got, want := run(t, device, build, in...), run(t, reference(t), build, in...)
		for i := range want {
			compare(t, fmt.Sprintf("graph %d, result %d", seed, i), got[i], want[i], 2e-4)
		}
	}
}

// Bits do not hang on the number of cores.
func TestCoresChangeNothing(t *testing.T) {
	device := cpu.New()
	r := rand.New(rand.NewPCG(7, 7))
	in := []*tensors.Tensor{
		random(r, dtypes.Float32, 3, 257, 160), random(r, dtypes.Float32, 3, 257, 160), random(r, dtypes.Float32, 3, 257, 1), random(r, dtypes.Float32, 1, 1, 160),
	}
	for seed := range uint64(8) {
		build := grow(seed, 20)
		var want []*tensors.Tensor
		for _, cores := range []int{1, 2, 5} {
			before := runtime.GOMAXPROCS(cores)
			got := run(t, device, build, in...)
			runtime.GOMAXPROCS(before)
			if want == nil {
				want = got
			}
			for i := range got {
				if !got[i].Equal(want[i]) {
					t.Errorf("graph %d: result %d, of shape %s, is another on %d cores than on one", seed, i, got[i].Shape(), cores)
				}
			}
		}
	}
}
