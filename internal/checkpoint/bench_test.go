package checkpoint_test

import (
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/nn"
)

// BenchmarkFolder saves and loads a model of 25 million parameters.
func BenchmarkFolder(b *testing.B) {
	cfg := nn.Config{
		Vocab: 8192, Hidden: 512, Intermediate: 1408, Layers: 7, Heads: 8, KVHeads: 4, HeadDim: 64, MaxPositions: 2048, RopeTheta: 1e6,
		Epsilon: 1e-6, Tied: true,
	}
	var weights []*tensors.Tensor
	for _, w := range cfg.Weights() {
		weights = append(weights, tensors.FromShape(shapes.Make(dtypes.Float32, w.Shape...)))
	}
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		dir := filepath.Join(b.TempDir(), "model")
		b.Run("save as "+dtype.String(), func(b *testing.B) {
			b.SetBytes(cfg.Count() * 4)
			for b.Loop() {
				if err := checkpoint.Save(dir, cfg, weights, checkpoint.SaveOptions{DType: dtype, Replace: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("load "+dtype.String(), func(b *testing.B) {
			b.SetBytes(cfg.Count() * 4)
			for b.Loop() {
				f, err := checkpoint.Open(dir)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := f.Load(dtypes.Float32); err != nil {
					b.Fatal(err)
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
