package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/acecoder/acecoder/internal/pipeline"
	"github.com/acecoder/acecoder/internal/stats"
)

// progressModes are the values of --progress.
var progressModes = []string{"auto", "bar", "plain", "json", "none"}

func addProgress(cmd *cobra.Command, mode *string) {
	cmd.Flags().StringVar(mode, "progress", "auto", "how to tell how far it is: bar, plain (a line now and then), json, none; auto: bars on a terminal, else plain")
	complete(cmd, "progress", progressModes)
}

// runProgress tells how far a run is while it works.
type runProgress struct {
	mode string
	to   io.Writer
}

func newRunProgress(mode string, to io.Writer) (runProgress, error) {
	switch mode {
	case "auto":
		mode = "plain"
		if f, ok := to.(*os.File); ok {
			if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
				mode = "bar"
			}
		}
	case "bar", "plain", "json", "none":
	default:
		return runProgress{}, usagef("--progress: %q is none of %s", mode, strings.Join(progressModes, ", "))
	}
	return runProgress{mode, to}, nil
}

// How often each mode looks.
const (
	barEvery   = 200 * time.Millisecond
	plainEvery = 10 * time.Second
	jsonEvery  = time.Second
)

// watch tells about a run until stop is called.
func (p runProgress) watch(r *pipeline.Run) (stop func()) {
	var say func(pipeline.Progress)
	every, end := plainEvery, func() {}
	switch p.mode {
	case "none":
		return func() {}
	case "bar":
		every = barEvery
		say, end = p.bars()
	case "json":
		every = jsonEvery
		enc := json.NewEncoder(p.to)
		say = func(now pipeline.Progress) {
			_ = enc.Encode(struct {
				Event string    `json:"event"`
				Time  time.Time `json:"time"`
				pipeline.Progress
			}{"progress", time.Now().UTC(), now})
		}
	default:
		say = func(now pipeline.Progress) { fmt.Fprintln(p.to, plainLine(now)) }
	}
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				say(r.Progress())
			}
		}
	})
	return func() {
		close(done)
		wait.Wait()
		if p.mode != "plain" {
			say(r.Progress()) // bars and readers of events see the end; a line more would only repeat the figures below it
		}
		end()
	}
}

// plainLine is a state of the run as one line for a log.
func plainLine(now pipeline.Progress) string {
	var parts []string
	for _, s := range now.Stages {
		if s.Done > 0 || s.Working > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", s.Name, stats.Grouped(int(s.Done))))
		}
	}
	line := fmt.Sprintf("run: %.0f s: %s", now.Seconds, strings.Join(parts, ", "))
	if now.Requests > 0 {
		line += fmt.Sprintf("; %s requests, %s tokens", stats.Grouped(int(now.Requests)), stats.Grouped(int(now.Tokens)))
	}
	if now.Cost > 0 {
		line += fmt.Sprintf(", %.2f spent", now.Cost)
	}
	if now.Faults > 0 {
		line += fmt.Sprintf(", %s faults", stats.Grouped(int(now.Faults)))
	}
	return line
}

// bars shows a bar for each stage.
func (p runProgress) bars() (say func(pipeline.Progress), end func()) {
	all := mpb.New(mpb.WithOutput(p.to), mpb.WithWidth(48), mpb.WithRefreshRate(barEvery))
	bars := map[string]*mpb.Bar{}
	dropped := map[string]*atomic.Int64{}
	say = func(now pipeline.Progress) {
		for _, s := range now.Stages {
			if bars[s.Name] == nil {
				gone := new(atomic.Int64)
				dropped[s.Name] = gone
				bars[s.Name] = all.AddBar(max(1, s.Total),
					mpb.PrependDecorators(decor.Name(s.Name, decor.WC{W: 8, C: decor.DindentRight}), decor.CountersNoUnit("%d / %d", decor.WC{W: 18})),
					mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
						return fmt.Sprintf("%d dropped", gone.Load())
					})))
			}
			dropped[s.Name].Store(s.Dropped)
			bars[s.Name].SetTotal(max(1, s.Total), false)
			bars[s.Name].SetCurrent(s.Done)
		}
	}
	return say, func() {
		for _, b := range bars {
			b.Abort(false)
		}
		all.Wait()
	}
}
