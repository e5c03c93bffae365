package reward

import "github.com/gomlx/gomlx/core/graph"

// Sum is the loss of scores without a model.
func (l Loss) Sum(s, bias, margins, shares *graph.Node) *graph.Node {
	return l.sum(s, bias, margins, shares)
}
