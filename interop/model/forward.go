package main

import (
	"encoding/binary"
	"io"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/nn"
)

// part is what is taken of a batch: a graph of ids and of each one's next token, both [rows, length], and how many numbers
// there are of each row's first tokens.
type part struct {
	build func(c nn.Config, p nn.Parameters, ids, next *graph.Node) *graph.Node // [rows·length, width]
	width func(c nn.Config) int
	count func(length int) int
}

var logits = part{
	func(c nn.Config, p nn.Parameters, ids, _ *graph.Node) *graph.Node {
		return c.Logits(p, c.Trunk(p, ids))
	},
	func(c nn.Config) int { return c.Vocab },
	func(length int) int { return length },
}

var logProbs = part{
	func(c nn.Config, p nn.Parameters, ids, next *graph.Node) *graph.Node {
		return c.LogProbs(p, c.Trunk(p, ids), graph.Reshape(next, -1))
	},
	func(nn.Config) int { return 1 },
	func(length int) int { return length - 1 },
}

// forward computes batches without a cache. Rows are filled at their end; nothing of that is written.
func forward(folder, dtype string, what part, in io.Reader, out io.Writer) error {
	asked, err := ask[struct {
		Batches [][][]int32 `json:"batches"`
	}](in)
	if err != nil {
		return err
	}
	m, err := open(folder, dtype)
	if err != nil {
		return err
	}
	n := len(m.Weights)
	exec, err := nn.NewExec(m.Device, "forward", len(asked.Batches), func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{what.build(m.Config, nn.Parameters{Weights: in[:n]}, in[n], in[n+1])}
	})
	if err != nil {
		return err
	}
	for _, rows := range asked.Batches {
		length := 0
		for _, row := range rows {
			length = max(length, len(row))
		}
		made, err := exec.Call(m.Weights, []*tensors.Tensor{filled(rows, 0, length), filled(rows, 1, length)})
		if err != nil {
			return err
		}
		width := what.width(m.Config)
		tensors.MustConstFlatData(made[0], func(flat []float32) {
			for i, row := range rows {
				from := i * length * width
				if err == nil {
					err = binary.Write(out, binary.LittleEndian, flat[from:from+what.count(len(row))*width])
				}
			}
		})
		finalize(made)
		if err != nil {
			return err
		}
	}
	return nil
}

// filled are rows from one of their tokens on, with 0 behind them: [rows, length].
func filled(rows [][]int32, first, length int) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Int32, len(rows), length))
	tensors.MustMutableFlatData(t, func(flat []int32) {
		for i, row := range rows {
			copy(flat[i*length:(i+1)*length], row[first:])
		}
	})
	return t
}
