// Command draw lets programs that are not written in Go meet the sampler of package generate. It reads cases, JSON, one a
// line, and writes the probabilities that the next token is drawn with.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/acecoder/acecoder/internal/generate"
)

// testCase is one line.
type testCase struct {
	Logits            []float32 `json:"logits"`
	Prompt            []int32   `json:"prompt"`
	Generated         []int32   `json:"generated"`
	Temperature       float64   `json:"temperature"`
	TopK              int       `json:"top_k"`
	TopP              float64   `json:"top_p"`
	MinP              float64   `json:"min_p"`
	RepetitionPenalty float64   `json:"repetition_penalty"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "draw: "+err.Error())
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	d, w := json.NewDecoder(bufio.NewReaderSize(in, 1<<20)), bufio.NewWriterSize(out, 1<<20)
	e := json.NewEncoder(w)
	var s generate.Sampler
	for {
		var c testCase
		if err := d.Decode(&c); errors.Is(err, io.EOF) {
			return w.Flush()
		} else if err != nil {
			return err
		}
		p := generate.Default()
		p.Temperature, p.TopK, p.TopP, p.MinP, p.RepetitionPenalty = c.Temperature, c.TopK, c.TopP, c.MinP, c.RepetitionPenalty
		if err := p.Check(); err != nil {
			return err
		}
		all, err := s.Probabilities(&p, c.Logits, generate.History{Prompt: c.Prompt, Generated: c.Generated})
		if err == nil {
			err = e.Encode(all)
		}
		if err != nil {
			return err
		}
	}
}
