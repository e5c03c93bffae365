package train

import (
	"fmt"
	"math"
	"slices"
)

// ScheduleKind is the form of a learning rate over the steps, by its name in transformers.
type ScheduleKind string

// The forms. All but Constant begin with the warm-up.
const (
	Constant           ScheduleKind = "constant"
	ConstantWithWarmup ScheduleKind = "constant_with_warmup"
	Linear             ScheduleKind = "linear"             // to 0
	Cosine             ScheduleKind = "cosine"             // half a wave, to 0
	CosineWithMinRate  ScheduleKind = "cosine_with_min_lr" // half a wave, to Least × Peak
)

// ScheduleKinds lists the forms.
func ScheduleKinds() []ScheduleKind {
	return []ScheduleKind{Constant, ConstantWithWarmup, Linear, Cosine, CosineWithMinRate}
}

// Schedule is the learning rate of each step of a run, as transformers' get_scheduler has it.
type Schedule struct {
	Kind   ScheduleKind `json:"kind"`
	Peak   float64      `json:"peak"`            // the learning rate after the warm-up
	Warmup int          `json:"warmup"`          // steps; see WarmupSteps
	Steps  int          `json:"steps"`           // of the whole run
	Least  float64      `json:"least,omitempty"` // CosineWithMinRate ends at this share of the peak
}

// WarmupSteps reads a warm-up as transformers does: from 1 on it is a number of steps, below 1 a share of the run's steps,
// rounded up.
func WarmupSteps(warmup float64, steps int) (int, error) {
	if !(warmup >= 0) || warmup > math.MaxInt32 {
		return 0, fmt.Errorf("warm-up %v: want a share of the steps below 1, or a number of steps", warmup)
	}
	if warmup >= 1 {
		return int(warmup), nil
	}
	return int(math.Ceil(float64(steps) * warmup)), nil
}

// Check says what is wrong with the schedule, by field.
func (s Schedule) Check() error {
	switch {
	case !slices.Contains(ScheduleKinds(), s.Kind):
		return fmt.Errorf("schedule: kind: %q is none of %q", s.Kind, ScheduleKinds())
	case !(s.Peak >= 0) || math.IsInf(s.Peak, 0):
		return fmt.Errorf("schedule: peak: %v, want a number of at least 0", s.Peak)
	case s.Warmup < 0:
		return fmt.Errorf("schedule: warmup: %d is below 0", s.Warmup)
	case s.Steps < 1:
		return fmt.Errorf("schedule: steps: %d, want at least 1", s.Steps)
	case !(s.Least >= 0 && s.Least <= 1):
		return fmt.Errorf("schedule: least: %v, want a share of the peak within 0 to 1", s.Least)
	case s.Least > 0 && s.Kind != CosineWithMinRate:
		return fmt.Errorf("schedule: least: %v, and only %s has one", s.Least, CosineWithMinRate)
	}
	return nil
}

// At returns the learning rate of a step, counted from 0:
//
//	t < warmup                  Peak × t / warmup, so the first step of a warm-up changes nothing
//	u = (t - warmup) / (steps - warmup)
//	linear                      Peak × (1 - u)
//	cosine                      Peak × ((1 + cos πu) / 2 × (1 - Least) + Least)
//
// A warm-up that is as long as the run leaves 1 for steps - warmup. Past the end linear is 0, and cosine rises again, as
// it does there; nobody asks for it.
func (s Schedule) At(step int) float64 { return s.Peak * s.factor(step) }

func (s Schedule) factor(step int) float64 {
	if s.Kind == Constant {
		return 1
	}
	if step < s.Warmup {
		return float64(step) / float64(s.Warmup)
	}
	rest := float64(max(1, s.Steps-s.Warmup))
	switch s.Kind {
	case Linear:
		return max(0, float64(s.Steps-step)/rest)
	case Cosine, CosineWithMinRate:
		u := float64(step-s.Warmup) / rest
		wave := 0.5 * (1 + math.Cos(math.Pi*u))
		return max(0, wave*(1-s.Least)+s.Least)
	}
	return 1
}
