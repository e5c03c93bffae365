package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/gomlx/compute/dtypes"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// makeModel writes a small model with random weights, and the tokenizer of the tokenizer's tests:
//
//	model FOLDER
func makeModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: model folder")
	}
	ts.Check(writeModel(ts.MkAbs(args[0])))
}

// writeModel writes it.
func writeModel(dir string) error {
	from := dir + "-tokenizer"
	text, err := os.ReadFile(filepath.Join(tokenizers, "tokenizer.json"))
	if err == nil {
		err = os.MkdirAll(from, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(from, "tokenizer.json"), text, 0o666)
	}
	if err != nil {
		return err
	}
	t, err := tokenizer.Load(from)
	if err != nil {
		return err
	}
	end, ok := t.ID("<|im_end|>")
	if !ok {
		return errors.New("the tokenizer has no <|im_end|>")
	}
	c := nn.Config{
		Vocab: t.Size(), Hidden: 32, Intermediate: 48, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8, MaxPositions: 256,
		RopeTheta: 10000, Epsilon: 1e-6, Tied: true,
	}
	g := checkpoint.DefaultGeneration()
	g.EOS = []int32{end}
	return checkpoint.Save(dir, c, c.RandomWeights(1), checkpoint.SaveOptions{DType: dtypes.Float32, From: from, Generation: &g})
}

// tokenizers is where the tokenizer's tests have theirs, as an absolute path: scripts run elsewhere.
var tokenizers = func() string {
	path, err := filepath.Abs("../../internal/tokenizer/testdata")
	if err != nil {
		panic(err)
	}
	return path
}()
