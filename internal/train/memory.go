package train

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/nn"
)

// Memory is what a training takes, in bytes.
type Memory struct {
	Weights   int64 // in float32, what they are computed in beside that, and frozen ones
	Moments   int64
	Gradients int64 // and the sum of those before
	Inner     int64 // what is kept within the blocks of one micro-batch
	Logits    int64 // of one micro-batch, with their softmax and their gradient, for an objective that needs them
}

// NeededMemory estimates what a training takes whose micro-batches have up to so many tokens, in rows of up to length.
// It counts what has to be held at the same time; what the device adds of its own is not in it.
func NeededMemory(c nn.Config, o Options, tokens, length int) Memory {
	weights, trained := c.Count(), int64(0)
	for _, w := range c.LowWeights(o.LoRA) {
		trained += w.Size()
	}
	var m Memory
	size := int64(4)
	if o.Compute == dtypes.BFloat16 {
		size = 2
	}
	if o.Rank == 0 {
		trained = weights
		if size == 2 {
			m.Weights = size * weights
		}
	} else {
		m.Weights = size * weights
	}
	m.Weights += 4 * trained
	m.Moments = 8 * trained
	m.Gradients = 8 * trained
	q, kv, rows := int64(c.Heads*c.HeadDim), int64(c.KVHeads*c.HeadDim), int64(tokens)
	// Of a block, for each token: the residual stream before and between its parts and their norms; queries, keys and values
	// as they come and turned; the shares of attention, and their scores; its result twice; the feed-forward part's gate and
	// up, σ(gate), and the product.
	block := rows * (4*int64(c.Hidden) + 2*(q+2*kv) + 2*int64(c.Heads)*int64(length) + 2*q + 4*int64(c.Intermediate))
	if o.Again {
		m.Inner = size * (block + int64(c.Layers)*rows*int64(c.Hidden))
	} else {
		m.Inner = size * int64(c.Layers) * block
	}
	m.Logits = 4 * 3 * rows * int64(c.Vocab)
	return m
}

// Sum is all of it.
func (m Memory) Sum() int64 { return m.Weights + m.Moments + m.Gradients + m.Inner + m.Logits }

// String says it in words.
func (m Memory) String() string {
	gib := func(n int64) string { return fmt.Sprintf("%.2f", float64(n)/(1<<30)) }
	return fmt.Sprintf("about %s GiB: weights %s, moments %s, gradients %s, within a micro-batch %s",
		gib(m.Sum()), gib(m.Weights), gib(m.Moments), gib(m.Gradients), gib(m.Inner+m.Logits))
}

// AvailableMemory is what this machine can still give, in bytes; 0 if it does not say.
func AvailableMemory() int64 { return readKiB("/proc/meminfo", "MemAvailable:") }

// PeakMemory returns how many bytes of memory the process has had at most, without those of the program that started it;
// 0 where the system does not say.
func PeakMemory() int64 { return readKiB("/proc/self/status", "VmHWM:") }

// readKiB reads a figure in KiB by its name from one of the system's files, and returns it in bytes.
func readKiB(file, name string) int64 {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}
