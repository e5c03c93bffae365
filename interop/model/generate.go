package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/nn"
)

// token is one of an answer.
type token struct {
	Token   int32   `json:"token"`
	LogProb float32 `json:"logprob"`
}

// generated answers prompts with the most likely tokens, as many at the same time as there are slots.
func generated(m *nn.Model, d *nn.Decoder, in io.Reader, out io.Writer) error {
	asked, err := ask[struct {
		Prompts   [][]int32 `json:"prompts"`
		MaxTokens int       `json:"max_tokens"`
	}](in)
	if err != nil {
		return err
	}
	all, err := greedy(m, d, asked.Prompts, asked.MaxTokens)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(all)
}

func greedy(m *nn.Model, d *nn.Decoder, prompts [][]int32, most int) ([][]token, error) {
	p := generate.Default()
	p.Temperature, p.MaxTokens = 0, most
	var requests []generate.Request
	for _, prompt := range prompts {
		requests = append(requests, generate.Request{Prompt: prompt, Params: p})
	}
	answers, err := generate.All(context.Background(), d, generate.Options{Vocab: m.Vocab}, requests)
	if err != nil {
		return nil, err
	}
	out := make([][]token, len(answers))
	for i, a := range answers {
		for _, draw := range a[0].Draws {
			out[i] = append(out[i], token{draw.Token, draw.LogProb})
		}
	}
	return out, nil
}

// forced takes the decoder along given answers.
func forced(m *nn.Model, d *nn.Decoder, in io.Reader, out io.Writer) error {
	asked, err := ask[struct {
		Prompts [][]int32 `json:"prompts"`
		Answers [][]int32 `json:"answers"`
	}](in)
	if err != nil {
		return err
	}
	if len(asked.Prompts) != len(asked.Answers) {
		return fmt.Errorf("%d prompts and %d answers", len(asked.Prompts), len(asked.Answers))
	}
	for len(asked.Prompts) > 0 {
		n := min(d.Slots(), len(asked.Prompts))
		all, err := along(d, asked.Prompts[:n], asked.Answers[:n])
		if err != nil {
			return err
		}
		for _, row := range all {
			if err := binary.Write(out, binary.LittleEndian, row); err != nil {
				return err
			}
		}
		asked.Prompts, asked.Answers = asked.Prompts[n:], asked.Answers[n:]
	}
	return nil
}

// along returns the logits before each token of answers, of one token at least, that are as many as fit into the decoder.
func along(d *nn.Decoder, prompts, answers [][]int32) ([][]float32, error) {
	var slots []int
	for i := range prompts {
		slots = append(slots, i)
		defer d.Free(i)
	}
	out := make([][]float32, len(prompts))
	logits, err := d.Prefill(slots, prompts)
	for k := 0; err == nil; k++ {
		for i, s := range slots {
			out[s] = append(out[s], logits[i]...)
		}
		var left []int
		var tokens []int32
		for _, s := range slots {
			if k+1 < len(answers[s]) {
				left, tokens = append(left, s), append(tokens, answers[s][k])
			} else {
				d.Free(s)
			}
		}
		if slots = left; len(slots) == 0 {
			return out, nil
		}
		logits, err = d.Step(slots, tokens)
	}
	return nil, err
}
