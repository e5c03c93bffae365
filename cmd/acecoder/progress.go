package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/acecoder/acecoder/internal/stats"
)

// progressEvery is the time between two lines; a run shorter than that says nothing.
const progressEvery = 5 * time.Second

// progress writes a line now and then about a long run.
type progress struct {
	rows  atomic.Int64
	start time.Time
	end   chan struct{}
	wait  sync.WaitGroup
}

// newProgress writes until stop is called.
func newProgress(to io.Writer, what string) *progress {
	p := &progress{start: time.Now(), end: make(chan struct{})}
	p.wait.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		last := int64(0)
		for {
			select {
			case <-p.end:
				return
			case <-tick.C:
				now := p.rows.Load()
				fmt.Fprintf(to, "%s: %s rows in %.0f s, %.1f rows/s\n", what, stats.Grouped(int(now)),
					time.Since(p.start).Seconds(), float64(now-last)/progressEvery.Seconds())
				last = now
			}
		}
	})
	return p
}

func (p *progress) add() { p.rows.Add(1) }

// stop ends the lines and returns the seconds that the run took.
func (p *progress) stop() float64 {
	close(p.end)
	p.wait.Wait()
	return time.Since(p.start).Seconds()
}
