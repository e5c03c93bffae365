package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/report"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/store"
)

// Steps of the report's spreads, and the most points of a plot.
const (
	shareSteps = 20
	mostTests  = 40
	mostPoints = 2000
)

// WriteReport writes the report of the run in a folder to report.html there, and returns its path.
func WriteReport(ctx context.Context, folder string, now time.Time) (string, error) {
	db, err := store.View(ctx, runFile(folder))
	if err != nil {
		return "", err
	}
	defer db.Close()
	s, err := status(ctx, db, folder)
	if err != nil {
		return "", err
	}
	c := collector{db: db, status: s, funnel: stats.NewFunnel()}
	d, err := c.collect(ctx)
	if err != nil {
		return "", err
	}
	d.Made = now
	var b bytes.Buffer
	if err := report.Write(&b, d); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "report.html")
	return path, replace(path, b.Bytes())
}

// ReadTable reads Table 1 of the run in a folder.
func ReadTable(ctx context.Context, folder string) (stats.Report, error) {
	db, err := store.View(ctx, runFile(folder))
	if err != nil {
		return stats.Report{}, err
	}
	defer db.Close()
	c := collector{db: db, funnel: stats.NewFunnel(), tests: newSeries(mostTests+1, "before", "after")}
	if err := c.table(ctx); err != nil {
		return stats.Report{}, err
	}
	return c.funnel.Report(), nil
}

// collector goes through a run's records and adds up what the report shows. It keeps sums and a few examples, never the
// records.
type collector struct {
	db     *store.DB
	status *Status
	funnel *stats.Funnel

	tests  []report.Series
	rates  []report.Series
	means  []report.Series
	points []report.Point
	best   [4]example
}

// example is the record that is the most of its kind.
type example struct {
	why     string
	measure float64
	seq     int64
	set     bool
}

func newSeries(steps int, names ...string) []report.Series {
	var all []report.Series
	for _, name := range names {
		all = append(all, report.Series{Name: name, Counts: make([]int, steps)})
	}
	return all
}

func (c *collector) collect(ctx context.Context) (report.Data, error) {
	c.tests = newSeries(mostTests+1, "can be used", "kept")
	c.rates = newSeries(shareSteps, "programs")
	c.means = newSeries(shareSteps, "questions")
	for i, why := range []string{"passed most", "passed least", "most disputed", "most tests set aside"} {
		c.best[i].why = why
	}
	d := report.Data{Name: c.status.Name, State: "not complete yet"}
	if c.status.Complete {
		d.State = "complete"
	}
	if err := c.table(ctx); err != nil {
		return d, err
	}
	if err := c.scores(ctx); err != nil {
		return d, err
	}
	var err error
	if d.Cases, err = c.cases(ctx); err != nil {
		return d, err
	}
	if d.HardCut, err = c.hardCut(ctx); err != nil {
		return d, err
	}
	d.Table, d.Tests, d.Rates, d.Means, d.Oracle = c.funnel.Report(), c.trimmed(), c.rates, c.means, c.points
	c.describe(&d)
	return d, nil
}

// table counts what Table 1 has: problems and tests as the writer gave them, and as the filter left them.
func (c *collector) table(ctx context.Context) error {
	err := c.problems(ctx, stageSynth, func(e store.Entry, p *acecoder.Problem) {
		c.funnel.Before(e.Source, len(p.Tests)+len(p.TestsDropped))
		c.tests[0].Counts[min(len(p.Tests), mostTests)]++
	})
	if err != nil {
		return err
	}
	err = c.problems(ctx, stageFilter, func(e store.Entry, p *acecoder.Problem) {
		c.funnel.After(e.Source, len(p.Tests))
		c.tests[1].Counts[min(len(p.Tests), mostTests)]++
	})
	if err != nil {
		return err
	}
	c.funnel.Paired()
	for e, err := range c.db.Rows(ctx, stagePairs) {
		if err != nil {
			return err
		}
		c.funnel.Pairs(e.Source, e.Count)
	}
	return nil
}

func (c *collector) problems(ctx context.Context, stage string, each func(store.Entry, *acecoder.Problem)) error {
	for e, err := range c.db.Rows(ctx, stage) {
		if err != nil {
			return err
		}
		rec, err := decode(e)
		if err != nil {
			return err
		}
		each(e, rec.problem)
	}
	return nil
}

// scores goes through the scored problems.
func (c *collector) scores(ctx context.Context) error {
	i := slices.IndexFunc(c.status.Stages, func(s store.Summary) bool { return s.Name == stageScore })
	every := 1
	if i >= 0 {
		every = 1 + c.status.Stages[i].Rows/mostPoints
	}
	n := 0
	return c.problems(ctx, stageScore, func(e store.Entry, p *acecoder.Problem) {
		var rates []float64
		for _, program := range p.Programs {
			if program.PassRate != nil {
				rates = append(rates, *program.PassRate)
				c.rates[0].Counts[place(*program.PassRate)]++
			}
		}
		if len(rates) == 0 {
			return
		}
		mean, std := stats.Mean(rates), stats.Std(rates)
		judged, kept := 0, len(p.Tests)
		for _, t := range p.TestsDropped {
			if t.Fault == "" || t.Fault == acecoder.TestFlaky {
				judged++
			}
		}
		share := float64(kept) / float64(kept+judged)
		c.means[0].Counts[place(mean)]++
		if n%every == 0 {
			c.points = append(c.points, report.Point{X: share, Y: mean})
		}
		n++
		for k, measure := range []float64{mean + float64(kept)/1e6, -mean, std, -share} {
			if b := &c.best[k]; !b.set || measure > b.measure {
				b.measure, b.seq, b.set = measure, e.Seq, true
			}
		}
	})
}

// place is the step of a share; the last one has its upper end in it.
func place(share float64) int { return min(int(share*shareSteps), shareSteps-1) }

// trimmed are the counts of tests without the empty ones at their end.
func (c *collector) trimmed() []report.Series {
	last := 0
	for _, s := range c.tests {
		for i, n := range s.Counts {
			if n > 0 {
				last = max(last, i)
			}
		}
	}
	for i := range c.tests {
		c.tests[i].Counts = c.tests[i].Counts[:last+1]
	}
	return c.tests
}

// cases reads the examples, with a pair of each that has one.
func (c *collector) cases(ctx context.Context) ([]report.Case, error) {
	var all []report.Case
	var seen []int64
	for _, b := range c.best {
		if !b.set || slices.Contains(seen, b.seq) {
			continue
		}
		seen = append(seen, b.seq)
		e, ok, err := c.db.Get(ctx, stageScore, b.seq)
		if err != nil || !ok {
			return nil, err
		}
		rec, err := decode(e)
		if err != nil {
			return nil, err
		}
		one := report.Case{Why: b.why, Problem: *rec.problem}
		if e, ok, err = c.db.Get(ctx, stagePairs, b.seq); err != nil {
			return nil, err
		}
		if ok && e.Drop == nil {
			if rec, err = decode(e); err != nil {
				return nil, err
			}
			one.Chosen, one.Reject = rec.pairs[0].Chosen, rec.pairs[0].Rejected
		}
		all = append(all, one)
	}
	return all, nil
}

// hardCut is the greatest mean pass rate of a hard problem, once that is known.
func (c *collector) hardCut(ctx context.Context) (*float64, error) {
	text, err := c.db.Meta(ctx, metaHardCut)
	if err != nil || text == "" {
		return nil, err
	}
	mean, _, _ := strings.Cut(text, " ")
	cut, err := strconv.ParseFloat(mean, 64)
	if err != nil || math.IsNaN(cut) {
		return nil, nil //nolint:nilerr // without scored problems there is no cut
	}
	return &cut, nil
}

// describe adds what is known of the run besides its records.
func (c *collector) describe(d *report.Data) {
	for _, s := range c.status.Stages {
		gone := 0
		for _, n := range s.Drops {
			gone += n
		}
		d.Stages = append(d.Stages, report.Stage{
			Name: s.Name, Entries: s.Entries, Rows: s.Rows, Kept: s.Entries - gone, Drops: s.Drops, Seconds: s.Seconds, Complete: s.Complete, Digest: s.Digest,
		})
	}
	for _, u := range c.status.Usage {
		d.Usage = append(d.Usage, report.Usage{
			Stage: u.Stage, Model: u.Model, Requests: u.Requests, Samples: u.Answers, Cached: u.Cached,
			Prompt: u.PromptTokens, Completion: u.CompletionTokens, Cost: u.Cost, Seconds: u.Seconds,
		})
	}
	for _, f := range c.status.Faults {
		d.Faults = append(d.Faults, report.Fault(f))
	}
	if text, err := os.ReadFile(filepath.Join(c.status.Folder, "run.yaml")); err == nil {
		d.Config = string(text)
	}
	var manifest struct {
		AceCoder, Engine, Python string
		Inputs                   []input
	}
	if text, err := os.ReadFile(filepath.Join(c.status.Folder, "manifest.json")); err == nil && json.Unmarshal(text, &manifest) == nil {
		d.Facts = append(d.Facts, report.Fact{Name: "acecoder", Value: manifest.AceCoder},
			report.Fact{Name: "engine", Value: manifest.Engine}, report.Fact{Name: "Python", Value: manifest.Python})
		for _, in := range manifest.Inputs {
			d.Facts = append(d.Facts, report.Fact{Name: in.Path, Value: fmt.Sprintf("sha256 %.16s…", in.Hash)})
		}
	}
}
