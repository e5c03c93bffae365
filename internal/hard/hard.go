// Package hard chooses the quarter of the problems that are worth learning from: those that programs pass
// rarely and unevenly (AceCoder §4.2; the exact rule is the published code's). Scored problems go in twice:
// once to collect two figures of each, once more to be kept or dropped by the thresholds found in between.
// Whether a problem is kept depends on the set of problems and never on their order.
package hard

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// Stage is the name under which drops of this package are reported.
const Stage = "hard"

// Config says which programs count and where the thresholds lie.
type Config struct {
	Models          []string          `json:"models,omitempty"` // the models whose programs count; none: all
	MeanPercentile  float64           `json:"mean_percentile"`  // of the means of all problems; at or below it is hard
	StdPercentile   float64           `json:"std_percentile"`   // of the deviations of those; at or above it is kept
	Denominator     stats.Denominator `json:"denominator"`
	AcceptInProcess bool              `json:"accept_in_process"`
}

// Paper returns the published rule, median and median, over the kept tests and the programs of all models.
func Paper() Config {
	return Config{MeanPercentile: 50, StdPercentile: 50, Denominator: stats.Kept}
}

// Published returns the rule as the published code ran: over all tests, and for two models' programs.
func Published() Config {
	c := Paper()
	c.Models = []string{"qwen_coder_2.5", "llama3_instruct"}
	c.Denominator = stats.All
	return c
}

// Validate says what is wrong with the configuration, by field.
func (c Config) Validate() error {
	switch {
	case !(c.MeanPercentile >= 0 && c.MeanPercentile <= 100):
		return fmt.Errorf("hard: mean_percentile: %v is not within 0 to 100", c.MeanPercentile)
	case !(c.StdPercentile >= 0 && c.StdPercentile <= 100):
		return fmt.Errorf("hard: std_percentile: %v is not within 0 to 100", c.StdPercentile)
	case !c.Denominator.Valid():
		return fmt.Errorf("hard: denominator: %q is neither %s nor %s", c.Denominator, stats.Kept, stats.All)
	}
	return nil
}

// Figures are what is kept in memory of a problem between the two passes.
type Figures struct {
	ID   string  `json:"id"`
	Mean float64 `json:"mean"` // of its programs' pass rates
	Std  float64 `json:"std"`  // population standard deviation of the same
}

// Collect returns the figures of a scored problem, or, as a drop, the reason why it has none. The error
// tells of a row that contradicts itself, by field.
func Collect(p acecoder.Problem, cfg Config) (Figures, *acecoder.Drop, error) {
	rule := stats.RateRule{Denominator: cfg.Denominator, AcceptInProcess: cfg.AcceptInProcess}
	var rates []*big.Rat
	chosen := 0
	for i := range p.Programs {
		program := &p.Programs[i]
		if len(cfg.Models) > 0 && !slices.Contains(cfg.Models, program.Model) {
			continue
		}
		chosen++
		rate, ok, err := rule.Of(&p, program)
		if err != nil {
			return Figures{}, nil, fmt.Errorf("hard %s: program %d (%s): %w", p.ID, i, program.ID, err)
		}
		if ok {
			rates = append(rates, rate.Exact)
		}
	}
	switch {
	case len(p.Programs) == 0:
		return Figures{}, drop(p.ID, acecoder.DropNoPrograms, ""), nil
	case chosen == 0:
		detail := fmt.Sprintf("none of %d programs is of the models %q", len(p.Programs), cfg.Models)
		return Figures{}, drop(p.ID, acecoder.DropUnknownModels, detail), nil
	case len(rates) == 0:
		return Figures{}, drop(p.ID, acecoder.DropUnscored, fmt.Sprintf("none of %d programs has a pass rate", chosen)), nil
	}
	mean, std := stats.Moments(rates)
	return Figures{ID: p.ID, Mean: mean, Std: std}, nil, nil
}

// Choice is the outcome of the first pass: the two thresholds and how many problems each leaves.
type Choice struct {
	MaxMean float64 `json:"max_mean"` // a hard problem's mean is at most this
	MinStd  float64 `json:"min_std"`  // and its deviation at least this

	Problems int `json:"problems"` // problems with figures
	LowMean  int `json:"low_mean"` // of those, at or below MaxMean
	Kept     int `json:"kept"`     // of those, at or above MinStd
}

// Decide finds the thresholds: first that of the means of all problems, then that of the deviations of the
// problems that the first leaves. Figures exactly at a threshold stay. Without problems it keeps nothing.
func Decide(all []Figures, cfg Config) (Choice, error) {
	if err := cfg.Validate(); err != nil {
		return Choice{}, err
	}
	choice := Choice{Problems: len(all)}
	if len(all) == 0 {
		return choice, nil
	}
	means := make([]float64, len(all))
	for i, f := range all {
		means[i] = f.Mean
	}
	choice.MaxMean = stats.Percentile(means, cfg.MeanPercentile)
	var stds []float64
	for _, f := range all {
		if f.Mean <= choice.MaxMean {
			stds = append(stds, f.Std)
		}
	}
	choice.LowMean = len(stds)
	choice.MinStd = stats.Percentile(stds, cfg.StdPercentile)
	for _, std := range stds {
		if std >= choice.MinStd {
			choice.Kept++
		}
	}
	return choice, nil
}

// Keep reports whether a problem with these figures belongs to the hard subset.
func (c Choice) Keep(f Figures) bool {
	return c.Problems > 0 && f.Mean <= c.MaxMean && f.Std >= c.MinStd
}

// Drop returns why a problem with these figures does not belong to the hard subset; nil where it does.
func (c Choice) Drop(f Figures) *acecoder.Drop {
	switch {
	case c.Keep(f):
		return nil
	case f.Mean > c.MaxMean:
		return drop(f.ID, acecoder.DropNotHard, fmt.Sprintf("mean pass rate %.4f is above %.4f", f.Mean, c.MaxMean))
	}
	return drop(f.ID, acecoder.DropNotHard, fmt.Sprintf("deviation %.4f is below %.4f", f.Std, c.MinStd))
}

func drop(id string, reason acecoder.DropReason, detail string) *acecoder.Drop {
	return &acecoder.Drop{ID: id, Stage: Stage, Reason: reason, Detail: detail}
}
