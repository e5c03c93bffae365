package nn_test

import (
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// Many products that are ready at once must not take all workers and then wait for more of them.
func TestProductsAtOnce(t *testing.T) {
	const products, rows, inner, columns, times = 24, 256, 128, 256, 200
	device, err := nn.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	exec, err := nn.NewExec(device, "products", 1, func(in []*graph.Node) []*graph.Node {
		sum := graph.DotGeneral(in[0], []int{1}, nil, in[1], []int{0}, nil)
		for i := range products {
			sum = graph.Add(sum, graph.DotGeneral(graph.AddScalar(in[0], float64(i)), []int{1}, nil, in[1], []int{0}, nil))
		}
		return []*graph.Node{sum}
	})
	if err != nil {
		t.Fatal(err)
	}
	filled := func(rows, columns int) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(make([]float32, rows*columns), rows, columns)
	}
	in := []*tensors.Tensor{filled(rows, inner), filled(inner, columns)}
	done := make(chan error, 1)
	go func() {
		for range times {
			out, err := exec.Call(in)
			if err != nil {
				done <- err
				return
			}
			out[0].MustFinalizeAll()
		}
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%d times %d products: not done after 30 s, want less than 1 s: the workers wait for each other", times, products)
	}
}
