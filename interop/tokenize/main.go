// Command tokenize lets programs that are not written in Go meet package tokenizer.
//
//	tokenize ids FOLDER    reads texts or lists of ids, JSON, one a line; writes the ids and the texts of both
//	tokenize speed FOLDER  reads texts in the same way; says how many megabytes a second are encoded and decoded
//	tokenize render        reads a template and a conversation, JSON, one a line; writes the text or the error
//	tokenize active        prints the code points that Go's normaliser acts on
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tokenize: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	var do func(*json.Decoder, *json.Encoder) error
	switch {
	case len(args) == 1 && args[0] == "active":
		do = func(*json.Decoder, *json.Encoder) error { return active(out) }
	case len(args) == 1 && args[0] == "render":
		do = render
	case len(args) == 2:
		t, err := tokenizer.Load(args[1])
		if err != nil {
			return err
		}
		do = map[string]func(*json.Decoder, *json.Encoder) error{
			"ids":   func(d *json.Decoder, e *json.Encoder) error { return ids(t, d, e) },
			"speed": func(d *json.Decoder, _ *json.Encoder) error { return speed(t, d, out) },
		}[args[0]]
	}
	if do == nil {
		return errors.New("usage: tokenize ids FOLDER | speed FOLDER | render | active")
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return errors.Join(do(json.NewDecoder(in), e), out.Flush())
}

// lines calls do for every value of a stream.
func lines[T any](d *json.Decoder, do func(T) error) error {
	for {
		var line T
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := do(line); err != nil {
			return err
		}
	}
}

// reply is what is written for a text, or for ids.
type reply struct {
	IDs   []int32 `json:"ids"`
	Text  string  `json:"text"`
	Plain string  `json:"plain"` // without special tokens
	Safe  []int32 `json:"safe"`  // with special tokens read as text
}

func ids(t *tokenizer.Tokenizer, d *json.Decoder, e *json.Encoder) error {
	return lines(d, func(line json.RawMessage) error {
		var r reply
		if line[0] == '[' {
			if err := json.Unmarshal(line, &r.IDs); err != nil {
				return err
			}
		} else {
			var text string
			if err := json.Unmarshal(line, &text); err != nil {
				return err
			}
			r.IDs = t.EncodeAppend([]int32{}, text)
			r.Safe = t.AllowSpecial(false).EncodeAppend([]int32{}, text)
		}
		r.Text, r.Plain = t.Decode(r.IDs, false), t.Decode(r.IDs, true)
		return e.Encode(r)
	})
}

// conversation is what is to be rendered.
type conversation struct {
	Source   string
	Tokens   map[string]string
	Messages []tokenizer.Message
	Add      bool
	Continue bool
}

func render(d *json.Decoder, e *json.Encoder) error {
	return lines(d, func(c conversation) error {
		var out struct {
			Text  string `json:"text"`
			Error string `json:"error"`
		}
		t, err := tokenizer.NewTemplate(c.Source, c.Tokens)
		if err == nil {
			out.Text, err = t.Render(tokenizer.Chat{Messages: c.Messages, AddGenerationPrompt: c.Add, ContinueFinal: c.Continue})
		}
		if err != nil {
			out.Error = err.Error()
		}
		return e.Encode(out)
	})
}

func speed(t *tokenizer.Tokenizer, d *json.Decoder, out io.Writer) error {
	var texts []string
	var size float64
	err := lines(d, func(text string) error {
		texts = append(texts, text)
		size += float64(len(text)) / 1e6
		return nil
	})
	if err != nil {
		return err
	}
	ids := make([][]int32, len(texts))
	encode := best(func() {
		for i, text := range texts {
			ids[i] = t.Encode(text)
		}
	})
	decode := best(func() {
		for _, one := range ids {
			t.Decode(one, false)
		}
	})
	_, err = fmt.Fprintf(out, "%.1f %.1f\n", size/encode.Seconds(), size/decode.Seconds())
	return err
}

// best returns the shortest time of a few.
func best(do func()) time.Duration {
	shortest := time.Duration(1<<63 - 1)
	for range 5 {
		start := time.Now()
		do()
		shortest = min(shortest, time.Since(start))
	}
	return shortest
}

func active(out io.Writer) error {
	for r := rune(0); r <= 0x10FFFF; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		if p := norm.NFC.PropertiesString(string(r)); !p.BoundaryBefore() || p.Decomposition() != nil || p.CCC() != 0 {
			if _, err := fmt.Fprintf(out, "%x\n", r); err != nil {
				return err
			}
		}
	}
	return nil
}
