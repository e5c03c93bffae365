package nn

import "fmt"

// Weight is the name and the shape of one of a model's tensors, both as Hugging Face checkpoints have them: the matrix of
// a linear layer is [outputs, inputs].
type Weight struct {
	Name  string
	Shape []int
}

// Names of tensors that do not belong to a block.
const (
	embedName = "model.embed_tokens.weight" // [vocab, hidden]
	normName  = "model.norm.weight"         // [hidden]
	headName  = "lm_head.weight"            // [vocab, hidden], where it is not the embedding
)

// Weights lists the tensors of a model, in the order of the computation. Every function here that takes or returns the
// weights of a model has them in this order.
func (c Config) Weights() []Weight {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	all := []Weight{{embedName, []int{c.Vocab, c.Hidden}}}
	for l := range c.Layers {
		for _, w := range []Weight{
			{"input_layernorm.weight", []int{c.Hidden}},
			{"self_attn.q_proj.weight", []int{q, c.Hidden}},
			{"self_attn.q_proj.bias", []int{q}},
			{"self_attn.k_proj.weight", []int{kv, c.Hidden}},
			{"self_attn.k_proj.bias", []int{kv}},
			{"self_attn.v_proj.weight", []int{kv, c.Hidden}},
			{"self_attn.v_proj.bias", []int{kv}},
			{"self_attn.o_proj.weight", []int{c.Hidden, q}},
			{"post_attention_layernorm.weight", []int{c.Hidden}},
			{"mlp.gate_proj.weight", []int{c.Intermediate, c.Hidden}},
			{"mlp.up_proj.weight", []int{c.Intermediate, c.Hidden}},
			{"mlp.down_proj.weight", []int{c.Hidden, c.Intermediate}},
		} {
			all = append(all, Weight{blockName(l, w.Name), w.Shape})
		}
	}
	all = append(all, Weight{normName, []int{c.Hidden}})
	if !c.Tied {
		all = append(all, Weight{headName, []int{c.Vocab, c.Hidden}})
	}
	return all
}

// blockName is the full name of a tensor of block l.
func blockName(l int, name string) string { return fmt.Sprintf("model.layers.%d.%s", l, name) }

// Size counts the numbers in a tensor.
func (w Weight) Size() int64 {
	n := int64(1)
	for _, d := range w.Shape {
		n *= int64(d)
	}
	return n
}

// Count counts the numbers in the weights of a model.
func (c Config) Count() int64 {
	n := int64(0)
	for _, w := range c.Weights() {
		n += w.Size()
	}
	return n
}
