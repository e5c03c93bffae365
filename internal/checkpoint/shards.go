package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/safetensors"
)

// index is model.safetensors.index.json: which of several files has a tensor.
type index struct {
	Metadata  indexMetadata     `json:"metadata"`
	WeightMap map[string]string `json:"weight_map"`
}

type indexMetadata struct {
	TotalSize float64 `json:"total_size"` // bytes; a fraction in files of old versions
}

// openWeights opens the files that have the weights.
func (f *Folder) openWeights() error {
	whole, sharded := f.has(weightsName), f.has(indexName)
	var err error
	switch {
	case whole && sharded:
		return fmt.Errorf("it has both %s and %s, and they may be of different models; remove the one that is not meant", weightsName, indexName)
	case whole:
		err = f.openFile(weightsName)
	case sharded:
		err = f.openShards()
	case f.has(pickleName), f.has(pickleName + ".index.json"):
		return fmt.Errorf("its weights are a pickle (%s), which can run code and is not read here; load and save it once with transformers: "+
			`python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained('%s').save_pretrained('NEW')"`, pickleName, f.Path)
	default:
		return fmt.Errorf("it has neither %s nor %s", weightsName, indexName)
	}
	if err == nil && f.has(valueHeadName) {
		err = f.openFile(valueHeadName)
	}
	return err
}

func (f *Folder) has(name string) bool {
	_, err := os.Lstat(filepath.Join(f.Path, name))
	return !errors.Is(err, fs.ErrNotExist)
}

func (f *Folder) openFile(name string) error {
	file, err := safetensors.Open(filepath.Join(f.Path, name))
	if err != nil {
		return err
	}
	f.files = append(f.files, file)
	return nil
}

// openShards opens the files that the index names, and holds them to it.
func (f *Folder) openShards() error {
	text, err := readSmall(filepath.Join(f.Path, indexName))
	if err != nil {
		return err
	}
	i, err := jsonl.Decode[index](jsonl.Row{File: indexName, Line: 1, Raw: text}, "weight_map")
	if err != nil {
		return err
	}
	shards := map[string]bool{}
	for name, shard := range i.WeightMap {
		// The name is a part of a path, and the index may be a stranger's.
		if shard != filepath.Base(shard) || !strings.HasSuffix(shard, ".safetensors") {
			return fmt.Errorf("%s: weight_map: %.200s is in %.200q, which is no safetensors file of this folder", indexName, name, shard)
		}
		shards[shard] = true
	}
	if len(shards) == 0 {
		return fmt.Errorf("%s: weight_map names no tensor", indexName)
	}
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		if !f.has(shard) {
			return fmt.Errorf("%s, which %s names, is not there; fetch the model again", shard, indexName)
		}
		if err := f.openFile(shard); err != nil {
			return err
		}
	}
	return f.checkIndex(i.WeightMap)
}

// checkIndex compares the index with what the files have.
func (f *Folder) checkIndex(weightMap map[string]string) error {
	var wrong faults
	there := map[string]bool{}
	for _, file := range f.files {
		for _, t := range file.Tensors() {
			if weightMap[t.Name] != base(file) {
				wrong.add("%s has %.200s, and %s does not say so", base(file), t.Name, indexName)
				continue
			}
			there[t.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(weightMap)) {
		if !there[name] {
			wrong.add("%.200s is not in %s, where %s has it", name, weightMap[name], indexName)
		}
	}
	return wrong.err()
}
