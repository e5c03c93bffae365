// Command events lets programs that are not written in Go meet package tensorboard.
//
//	events FOLDER [FIRST]   reads steps from standard input, JSON, and writes them to an event file in the folder; with
//	                        FIRST as a run that goes on at this step
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/acecoder/acecoder/internal/tensorboard"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "events: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	var w *tensorboard.Writer
	var err error
	switch len(args) {
	case 1:
		w, err = tensorboard.Create(args[0])
	case 2:
		first, bad := strconv.ParseInt(args[1], 10, 64)
		if bad != nil {
			return bad
		}
		w, err = tensorboard.Resume(args[0], first)
	default:
		return errors.New("want a folder and perhaps a step")
	}
	if err != nil {
		return err
	}
	return errors.Join(copySteps(w, json.NewDecoder(os.Stdin)), w.Close())
}

type step struct {
	Step       int64                `json:"step"`
	Scalars    map[string]float64   `json:"scalars"`
	Texts      map[string]string    `json:"texts"`
	Histograms map[string][]float32 `json:"histograms"`
}

func copySteps(w *tensorboard.Writer, in *json.Decoder) error {
	for {
		var s step
		if err := in.Decode(&s); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var values []tensorboard.Value
		for tag, v := range s.Scalars {
			values = append(values, tensorboard.Scalar(tag, v))
		}
		for tag, v := range s.Texts {
			values = append(values, tensorboard.Text(tag, v))
		}
		for tag, v := range s.Histograms {
			values = append(values, tensorboard.Distribution(tag, tensorboard.NewHistogram(v)))
		}
		if err := w.Add(s.Step, values...); err != nil {
			return err
		}
	}
}
