package nn_test

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/acecoder/acecoder/internal/nn"
)

// BenchmarkDecode writes 64 tokens of 64 sequences after prompts of 32.
func BenchmarkDecode(b *testing.B) {
	const batch, prompt, tokens = 64, 32, 64
	eachSize(b, func(b *testing.B, device compute.Backend, c nn.Config) { //nolint:thelper // it is the benchmark
		m, err := nn.NewModel(c, device, c.RandomWeights(1))
		if err != nil {
			b.Fatal(err)
		}
		d, err := nn.NewDecoder(m, batch)
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		slots, prompts, next := make([]int, batch), make([][]int32, batch), make([]int32, batch)
		for i := range slots {
			slots[i], prompts[i] = i, make([]int32, prompt)
		}
		write := func() {
			if _, err := d.Prefill(slots, prompts); err != nil {
				b.Fatal(err)
			}
			for range tokens {
				if _, err := d.Step(slots, next); err != nil {
					b.Fatal(err)
				}
			}
			for i := range slots {
				d.Free(i)
			}
		}
		write() // compiled
		defer reportCPU(b)()
		for b.Loop() {
			write()
		}
		b.ReportMetric(float64(batch*tokens*b.N)/b.Elapsed().Seconds(), "tokens/s")
	})
}
