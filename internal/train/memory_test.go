package train_test

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/train"
)

func TestNeededMemory(t *testing.T) {
	half := nn.Config{ // Qwen2.5-0.5B
		Vocab: 151936, Hidden: 896, Intermediate: 4864, Layers: 24, Heads: 14, KVHeads: 2, HeadDim: 64, MaxPositions: 32768,
		RopeTheta: 1e6, Epsilon: 1e-6, Tied: true,
	}
	full := train.NeededMemory(half, train.Options{Compute: dtypes.Float32}, 4096, 1024)
	if want := int64(4 * 494_032_768); full.Weights != want || full.Moments != 2*want || full.Gradients != 2*want {
		t.Errorf("of all weights: %+v, want %d, twice and twice that", full, want)
	}
	for name, c := range map[string]struct {
		o    train.Options
		less func(train.Memory) int64
	}{
		"checkpointing": {train.Options{Compute: dtypes.Float32, Again: true}, func(m train.Memory) int64 { return m.Inner }},
		"bfloat16":      {train.Options{Compute: dtypes.BFloat16}, func(m train.Memory) int64 { return m.Inner }},
		"LoRA": {
			train.Options{Compute: dtypes.Float32, LoRA: nn.LoRA{Rank: 8, Alpha: 16, Targets: nn.LoRATargets}},
			func(m train.Memory) int64 { return m.Moments },
		},
	} {
		if m := train.NeededMemory(half, c.o, 4096, 1024); c.less(m) >= c.less(full) || m.Sum() >= full.Sum() {
			t.Errorf("%s: %v, want less than %v", name, m, full)
		}
	}
	if s := full.String(); !strings.Contains(s, "weights 1.84, moments 3.68, gradients 3.68") {
		t.Errorf("in words: %s", s)
	}
	if train.AvailableMemory() < 1<<20 {
		t.Errorf("%d bytes are available", train.AvailableMemory())
	}
}
