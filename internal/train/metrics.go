package train

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Metrics are the figures of one step, and a row of metrics.jsonl.
type Metrics struct {
	Step     int     `json:"step"`  // from 1: how many steps are done with this one
	Epoch    float64 `json:"epoch"` // how many epochs are
	Loss     float64 `json:"loss"`  // the mean over the step's targets; null in the row where it is no number
	Rate     float64 `json:"learning_rate"`
	GradNorm float64 `json:"grad_norm"` // before clipping; null in the row where it is no number
	Targets  int64   `json:"targets"`   // target tokens
	Tokens   int64   `json:"tokens"`    // tokens without padding
	Padded   int64   `json:"padded"`    // tokens with padding
	Seconds  float64 `json:"seconds"`
	Memory   int64   `json:"memory"` // bytes that the process has had at most
}

// MarshalJSON writes a figure that is no number as null, which JSON has no other word for: the row of the step at which a
// loss became NaN is the one that is looked for.
func (m Metrics) MarshalJSON() ([]byte, error) {
	type plain Metrics
	return json.Marshal(struct {
		plain
		Loss     *float64 `json:"loss"`
		GradNorm *float64 `json:"grad_norm"`
	}{plain(m), finite(m.Loss), finite(m.GradNorm)})
}

// UnmarshalJSON reads null as NaN.
func (m *Metrics) UnmarshalJSON(data []byte) error {
	type plain Metrics
	row := struct {
		*plain
		Loss     *float64 `json:"loss"`
		GradNorm *float64 `json:"grad_norm"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(data, &row); err != nil {
		return err
	}
	m.Loss, m.GradNorm = number(row.Loss), number(row.GradNorm)
	return nil
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func number(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// PaddedShare returns which share of the computed tokens is padding.
func (m Metrics) PaddedShare() float64 { return share(m.Padded-m.Tokens, m.Padded) }

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// window is over how many steps running figures are.
const window = 20

// Running are the figures of the last steps together, for a line that is looked at: one step's jump about.
type Running struct {
	last []Metrics // at most window
}

// Add takes the next step's figures.
func (r *Running) Add(m Metrics) {
	if len(r.last) == window {
		r.last = append(r.last[:0], r.last[1:]...)
	}
	r.last = append(r.last, m)
}

// Mean returns the last steps as one: the loss is the mean over all their targets, counts and seconds are sums, and the
// rest is the last step's.
func (r *Running) Mean() Metrics {
	if len(r.last) == 0 {
		return Metrics{}
	}
	out := r.last[len(r.last)-1]
	out.Targets, out.Tokens, out.Padded, out.Seconds = 0, 0, 0, 0
	loss := 0.0
	for _, m := range r.last {
		loss += m.Loss * float64(m.Targets)
		out.Targets += m.Targets
		out.Tokens += m.Tokens
		out.Padded += m.Padded
		out.Seconds += m.Seconds
	}
	if out.Targets > 0 {
		out.Loss = loss / float64(out.Targets)
	}
	return out
}

// Line says the running figures, beside how many steps the run has.
func (r *Running) Line(steps int) string {
	m := r.Mean()
	line := fmt.Sprintf("step %d/%d  loss %.4f  lr %.2e  grad %.3g  %.0f tokens/s  %.0f%% padding  %.0f MiB",
		m.Step, steps, m.Loss, m.Rate, m.GradNorm, m.speed(), 100*m.PaddedShare(), float64(m.Memory)/(1<<20))
	if left := steps - m.Step; left > 0 && len(r.last) > 0 {
		rest := time.Duration(m.Seconds / float64(len(r.last)) * float64(left) * float64(time.Second))
		line += "  " + rest.Round(time.Second).String() + " left"
	}
	return line
}

// speed returns tokens, without padding, a second.
func (m Metrics) speed() float64 {
	if m.Seconds <= 0 {
		return 0
	}
	return float64(m.Tokens) / m.Seconds
}
