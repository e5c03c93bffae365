package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/safetensors"
)

const (
	prefix    = "model." // of a trunk's tensors, which a Qwen2Model leaves out
	embedName = "model.embed_tokens.weight"
	headName  = "lm_head.weight"
)

// rewardHeads are the names of the reward heads that are known.
var rewardHeads = []string{"score.weight", "score.bias", "v_head.summary.weight", "v_head.summary.bias"}

// wrapped goes before the names of a trunk that LLaMA-Factory has saved together with its value head.
const wrapped = "pretrained_model."

// mostFaults is how many wrong tensors an error names.
const mostFaults = 10

// faults collects what is wrong with tensors.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (f faults) err() error {
	switch {
	case len(f) == 0:
		return nil
	case len(f) == 1:
		return errors.New(f[0])
	case len(f) > mostFaults:
		more := len(f) - mostFaults
		return fmt.Errorf("%d tensors are wrong:\n\t%s\n\tand %d more", len(f), strings.Join(f[:mostFaults], "\n\t"), more)
	}
	return fmt.Errorf("%d tensors are wrong:\n\t%s", len(f), strings.Join(f, "\n\t"))
}

// match finds the model's tensors in the files.
func (f *Folder) match() error {
	if n := f.countTensors(); f.Config.Layers > n {
		return fmt.Errorf("%s: num_hidden_layers is %d, and the files have %d tensors in all", configName, f.Config.Layers, n)
	}
	want := map[string][]int{}
	for _, w := range f.Config.Weights() {
		want[w.Name] = w.Shape
	}
	f.at = map[string]place{}
	var wrong faults
	var head *place // of a model that has none of its own
	for _, file := range f.files {
		for _, t := range file.Tensors() {
			p := place{t, file}
			own := strings.TrimPrefix(t.Name, wrapped)
			name := f.canonical(own, want)
			switch {
			case name == "":
				if own == headName {
					head = &p
				} else if !strings.HasSuffix(t.Name, "rotary_emb.inv_freq") {
					wrong.add("%s: the model has no %.200s %v", base(file), t.Name, t.Shape)
				}
				continue
			case f.at[name].file != nil:
				wrong.add("%s: %s is the same tensor as %s of %s", base(file), t.Name, f.at[name].Name, base(f.at[name].file))
			case want[name] != nil && !slices.Equal(t.Shape, want[name]):
				wrong.add("%s: %s has shape %v, and config.json makes it %v", base(file), t.Name, t.Shape, want[name])
			case !t.DType.IsFloat():
				wrong.add("%s: %s has numbers of type %s; only F64, F32, F16 and BF16 are read", base(file), t.Name, t.DType)
			}
			f.at[name] = p
		}
	}
	f.dropHead()
	for _, w := range f.Config.Weights() {
		if f.at[w.Name].file == nil {
			wrong.add("%s is in no file", w.Name)
		}
	}
	f.checkHead(head, &wrong)
	return wrong.err()
}

// countTensors counts those of all files.
func (f *Folder) countTensors() int {
	n := 0
	for _, file := range f.files {
		n += len(file.Tensors())
	}
	return n
}

// canonical is the name under which a file's tensor is known here; empty: it is none of the model's.
func (f *Folder) canonical(name string, want map[string][]int) string {
	switch {
	case want[name] != nil:
		return name
	case want[prefix+name] != nil:
		return prefix + name
	case slices.Contains(rewardHeads, name):
		f.Extra = append(f.Extra, name)
		return name
	}
	return ""
}

// dropHead takes a reward model for what it is where the head of its language model has not been saved.
func (f *Folder) dropHead() {
	if len(f.Extra) > 0 && !f.Config.Tied && f.at[headName].file == nil {
		f.Headless, f.Config.Tied = true, true
	}
}

// checkHead looks at the head that a model has saved which has none of its own.
func (f *Folder) checkHead(head *place, wrong *faults) {
	embedding := f.at[embedName]
	if head == nil || embedding.file == nil {
		return
	}
	if head.DType != embedding.DType || !slices.Equal(head.Shape, embedding.Shape) || !bytes.Equal(head.bytes(), embedding.bytes()) {
		wrong.add("%s: %s is another than the embedding, and config.json says that they are one; set tie_word_embeddings to false there "+
			"if the model has been trained so", base(head.file), headName)
	}
}

func base(file *safetensors.File) string { return filepath.Base(file.Name()) }
