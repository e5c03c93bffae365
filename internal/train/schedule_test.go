package train_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/train"
)

// recorded is what interop/make_schedules.py records from transformers.
type recorded struct {
	Transformers string
	Schedules    []struct {
		Schedule train.Schedule
		At       []int
		Rates    []float64
	}
	Warmups []struct {
		Warmup float64
		Steps  int
		Want   int
	}
}

func readRecorded(t *testing.T) recorded {
	t.Helper()
	data, err := os.ReadFile("testdata/schedules.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSchedulesAreThoseOfTransformers(t *testing.T) {
	r := readRecorded(t)
	worst := 0.0
	for _, row := range r.Schedules {
		if err := row.Schedule.Check(); err != nil {
			t.Errorf("%+v: %v", row.Schedule, err)
		}
		for i, step := range row.At {
			got, want := row.Schedule.At(step), row.Rates[i]
			off := math.Abs(got-want) / row.Schedule.Peak
			worst = max(worst, off)
			// The two languages' cosines may differ in the last bit.
			if off > 2e-16 {
				t.Errorf("%+v: At(%d) = %v, want %v", row.Schedule, step, got, want)
			}
		}
	}
	if len(r.Schedules) != 60 {
		t.Errorf("%d schedules are recorded, want 60", len(r.Schedules))
	}
	t.Logf("transformers %s: the largest difference is %.1e of the peak", r.Transformers, worst)
}

func TestWarmupStepsAreThoseOfTransformers(t *testing.T) {
	for _, row := range readRecorded(t).Warmups {
		if got, err := train.WarmupSteps(row.Warmup, row.Steps); err != nil || got != row.Want {
			t.Errorf("WarmupSteps(%v, %d) = %d, %v, want %d", row.Warmup, row.Steps, got, err, row.Want)
		}
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1), 1e300} {
		if got, err := train.WarmupSteps(bad, 10); err == nil {
			t.Errorf("WarmupSteps(%v, 10) = %d, want an error", bad, got)
		}
	}
}

func TestScheduleStaysWithinItsBounds(t *testing.T) {
	for _, kind := range train.ScheduleKinds() {
		for _, warmup := range []int{0, 1, 9, 10, 20} {
			s := train.Schedule{Kind: kind, Peak: 3, Warmup: warmup, Steps: 10}
			for step := range s.Steps {
				if rate := s.At(step); rate < 0 || rate > s.Peak {
					t.Errorf("%+v: At(%d) = %v", s, step, rate)
				}
			}
		}
	}
}

func TestScheduleCheck(t *testing.T) {
	for _, row := range []struct {
		name string
		s    train.Schedule
		want string // in the error; empty: none
	}{
		{"right", train.Schedule{Kind: train.Cosine, Peak: 1, Steps: 1}, ""},
		{"warm-up longer than the run", train.Schedule{Kind: train.Linear, Peak: 1, Steps: 1, Warmup: 9}, ""},
		{"zero", train.Schedule{}, "kind"},
		{"unknown kind", train.Schedule{Kind: "cosin", Peak: 1, Steps: 1}, `"cosin"`},
		{"no steps", train.Schedule{Kind: train.Cosine, Peak: 1}, "steps"},
		{"peak is no number", train.Schedule{Kind: train.Cosine, Peak: math.NaN(), Steps: 1}, "peak"},
		{"peak is infinite", train.Schedule{Kind: train.Cosine, Peak: math.Inf(1), Steps: 1}, "peak"},
		{"peak below 0", train.Schedule{Kind: train.Cosine, Peak: -1, Steps: 1}, "peak"},
		{"warm-up below 0", train.Schedule{Kind: train.Cosine, Peak: 1, Steps: 1, Warmup: -1}, "warmup"},
		{"least above the peak", train.Schedule{Kind: train.CosineWithMinRate, Peak: 1, Steps: 1, Least: 1.1}, "least"},
		{"least where there is none", train.Schedule{Kind: train.Cosine, Peak: 1, Steps: 1, Least: 0.1}, "least"},
	} {
		err := row.s.Check()
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: Check() = %v, want %q in it", row.name, err, row.want)
		}
	}
}
