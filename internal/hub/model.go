package hub

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
)

// The names of a model's files: what transformers and package checkpoint look for.
var (
	modelNames = []string{
		"added_tokens.json", "chat_template.jinja", "chat_template.json", "config.json", "generation_config.json", "merges.txt",
		"special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "value_head.safetensors", "vocab.json",
	}
	wholeName  = "model.safetensors"
	indexName  = "model.safetensors.index.json"
	shardNames = "model-*-of-*.safetensors"
)

// ModelFolder returns the local folder of a model, hf:org/name[@revision], in the form that transformers loads: its
// config, its weights as safetensors and its tokenizer. What the cache lacks is fetched first; offline that is an error
// that names it.
func (c *Client) ModelFolder(ctx context.Context, ref Ref) (string, error) {
	folder, err := c.modelFolder(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("%s: %w", ref, err)
	}
	return folder, nil
}

func (c *Client) modelFolder(ctx context.Context, ref Ref) (string, error) {
	if ref.Config != "" || ref.Split != "" || ref.Pattern != "" {
		return "", errors.New("a model has neither configs nor splits nor parts; write hf:org/name[@revision]")
	}
	l, err := c.list(ctx, models, ref)
	if err != nil {
		return "", err
	}
	chosen, err := modelFiles(l.files)
	if err != nil {
		return "", err
	}
	if _, err := c.fetchAll(ctx, l, chosen); err != nil {
		return "", err
	}
	return l.snapshot(""), nil
}

// modelFiles chooses what is needed of a model's files. Of the same weights twice, whole and in shards, the whole is
// taken, as transformers does.
func modelFiles(all []entry) ([]entry, error) {
	has := func(name string) bool { return slices.ContainsFunc(all, func(e entry) bool { return e.path == name }) }
	whole, sharded := has(wholeName), has(indexName)
	switch {
	case !has("config.json"):
		return nil, errors.New("it has no config.json: it is no model")
	case !whole && !sharded:
		return nil, fmt.Errorf("it has neither %s nor %s, and no other form of weights is read; a pickle can be converted with transformers", wholeName, indexName)
	}
	var out []entry
	for _, e := range all {
		shard, _ := path.Match(shardNames, e.path)
		switch {
		case slices.Contains(modelNames, e.path), whole && e.path == wholeName, !whole && (shard || e.path == indexName):
			out = append(out, e)
		}
	}
	return out, nil
}
