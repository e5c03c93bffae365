package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/acecoder/acecoder/internal/train"
)

// trainProgress tells how far a training is.
type trainProgress struct {
	runProgress
	steps   int
	running train.Running
	said    time.Time
}

func newTrainProgress(mode string, to io.Writer, steps int) (*trainProgress, error) {
	p, err := newRunProgress(mode, to)
	return &trainProgress{runProgress: p, steps: steps}, err
}

// step tells of a step: on a terminal each one, over the line before; in a log at most every ten seconds, and the last.
func (p *trainProgress) step(m train.Metrics) {
	p.running.Add(m)
	switch p.mode {
	case "bar":
		end := ""
		if m.Step == p.steps {
			end = "\n"
		}
		fmt.Fprintf(p.to, "\r\x1b[K%s%s", p.running.Line(p.steps), end)
	case "json":
		_ = json.NewEncoder(p.to).Encode(struct {
			Event string        `json:"event"`
			Time  time.Time     `json:"time"`
			Steps int           `json:"steps"`
			Step  train.Metrics `json:"metrics"`
		}{"step", time.Now().UTC(), p.steps, m})
	case "plain":
		if time.Since(p.said) >= plainEvery || m.Step == p.steps {
			p.said = time.Now()
			fmt.Fprintln(p.to, p.running.Line(p.steps))
		}
	}
}
