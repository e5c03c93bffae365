package generate_test

import (
	"math/rand/v2"
	"testing"

	"github.com/acecoder/acecoder/internal/generate"
)

// BenchmarkDraw draws from as many logits as Qwen2 has. They are peaked as a model's are, or all alike, which is the worst
// case of a nucleus.
func BenchmarkDraw(b *testing.B) {
	const vocab = 151_936
	random := rand.New(rand.NewPCG(1, 2))
	peaked, alike := make([]float32, vocab), make([]float32, vocab)
	for i := range peaked {
		peaked[i] = float32(3 * random.NormFloat64())
		alike[i] = float32(0.01 * random.NormFloat64())
	}
	for i := range 50 {
		peaked[random.IntN(vocab)] = float32(20 - 0.1*float64(i))
	}
	for _, bb := range []struct {
		name   string
		logits []float32
		change func(*generate.Params)
	}{
		{"greedy", peaked, func(p *generate.Params) { p.Temperature = 0 }},
		{"plain", peaked, func(*generate.Params) {}},
		{"temperature", peaked, func(p *generate.Params) { p.Temperature = 0.7 }},
		{"top-k", peaked, func(p *generate.Params) { p.Temperature, p.TopK = 0.7, 50 }},
		{"top-p", peaked, func(p *generate.Params) { p.Temperature, p.TopP = 0.7, 0.95 }},
		{"min-p", peaked, func(p *generate.Params) { p.Temperature, p.MinP = 0.7, 0.05 }},
		{"Qwen2.5", peaked, func(p *generate.Params) { p.Temperature, p.TopK, p.TopP, p.RepetitionPenalty = 0.7, 20, 0.8, 1.1 }},
		{"top-p alike", alike, func(p *generate.Params) { p.Temperature, p.TopP = 0.7, 0.95 }},
		{"top-k alike", alike, func(p *generate.Params) { p.Temperature, p.TopK = 0.7, vocab/2 }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			p := with(bb.change)
			h := generate.History{Prompt: make([]int32, 1000), Generated: make([]int32, 1000)}
			var s generate.Sampler
			b.ReportAllocs()
			for b.Loop() {
				p.Seed++
				if _, err := s.Draw(&p, bb.logits, h, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
