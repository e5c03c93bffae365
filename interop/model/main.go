// Command model lets programs that are not written in Go meet packages nn, generate and train. What is asked comes as JSON on
// the standard input. Numbers go to the standard output as little-endian float32, one behind the other, where nothing else is
// said. TYPE, float32 or bfloat16, is what is computed in.
//
//	model [-device NAME] logits FOLDER TYPE
//	                                    of {"batches"}, the logits after each token: [tokens, vocabulary]
//	model logprobs FOLDER TYPE          of the same, the log-probability of each token but a row's first
//	model generate FOLDER TYPE SLOTS    of {"prompts", "max_tokens"}, the most likely tokens with their log-probabilities, as JSON
//	model force FOLDER TYPE SLOTS       of {"prompts", "answers"}, the logits before each token of the answers, by the decoder
//	model train FOLDER TARGET           trains as asked; writes TARGET/start.safetensors and end.safetensors, which are states of
//	                                    the training, and TARGET/model; prints the figures as JSON
//	model bench-train FOLDER            how long steps take, as JSON
//	model bench-decode FOLDER           how long answers take, as JSON
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/local"
	"github.com/acecoder/acecoder/internal/nn"
)

var device = flag.String("device", "cpu", "what computes, of nn.Devices")

func main() {
	flag.Parse()
	out := bufio.NewWriter(os.Stdout)
	if err := errors.Join(run(flag.Args(), os.Stdin, out), out.Flush()); err != nil {
		fmt.Fprintln(os.Stderr, "model: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("usage: model logits|logprobs|generate|force|train|bench-train|bench-decode FOLDER …")
	}
	name, folder, args := args[0], args[1], args[2:]
	parts := map[string]part{"logits": logits, "logprobs": logProbs}
	answers := map[string]func(*nn.Model, *nn.Decoder, io.Reader, io.Writer) error{"generate": generated, "force": forced}
	benches := map[string]func(string, io.Reader, io.Writer) error{"bench-train": benchTrain, "bench-decode": benchDecode}
	switch part, answer, bench := parts[name], answers[name], benches[name]; {
	case part.build != nil && len(args) == 1:
		return forward(folder, args[0], part, in, out)
	case answer != nil && len(args) == 2:
		return withDecoder(folder, args, in, out, answer)
	case name == "train" && len(args) == 1:
		return trained(folder, args[0], in, out)
	case bench != nil && len(args) == 0:
		return bench(folder, in, out)
	}
	return fmt.Errorf("%s is not known, or does not take these arguments: %q", name, args)
}

// open loads the weights of a folder that needs no tokenizer.
func open(folder, dtype string) (*nn.Model, error) {
	kind, err := local.TypeOf(dtype)
	if err != nil {
		return nil, err
	}
	on, err := nn.Open(*device)
	if err != nil {
		return nil, err
	}
	f, err := checkpoint.Open(folder)
	if err != nil {
		return nil, err
	}
	weights, err := f.Load(kind)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return nn.NewModel(f.Config, on, weights)
}

// ask reads what is asked.
func ask[T any](in io.Reader) (T, error) {
	var asked T
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	if err := d.Decode(&asked); err != nil {
		return asked, fmt.Errorf("read what is asked: %w", err)
	}
	return asked, nil
}

// withDecoder opens a model, by type and number of slots, and works with it.
func withDecoder(folder string, args []string, in io.Reader, out io.Writer, do func(*nn.Model, *nn.Decoder, io.Reader, io.Writer) error) error {
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 {
		return fmt.Errorf("slots: %q, want a number of at least 1", args[1])
	}
	m, err := open(folder, args[0])
	if err != nil {
		return err
	}
	d, err := nn.NewDecoder(m, n)
	if err != nil {
		return err
	}
	defer d.Close()
	return do(m, d, in, out)
}

func finalize(all []*tensors.Tensor) {
	for _, t := range all {
		_ = t.FinalizeAll()
	}
}
