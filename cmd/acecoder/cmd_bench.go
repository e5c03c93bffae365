package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

func newBench(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "bench",
		GroupID: "engine",
		Short:   "Measure how fast programs are judged here",
		Example: "  acecoder bench verify --workload workload.jsonl --cpu 1 --json",
	}
	cmd.AddCommand(newBenchVerify(a))
	return cmd
}

type benchFlags struct {
	engine   engineFlags
	workload string
	cpu      int
	seconds  float64
	json     bool
}

func newBenchVerify(a *app) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "verify --workload FILE",
		Short: "Measure the engine on a workload, with full isolation and no verdict cache",
		Long: `Judges the programs of a workload, 16 a question, bound to so many cores, and prints programs and tests a second
and core, in four parts and against a floor:

  light       questions whose tests cost under 0.2 ms; no loops; full vectors (profile acecoder-labels)
  mixed       all questions; no loops; full vectors
  loops       all questions and programs; stops at the first failure (profile reward)
  loops_full  all questions and programs; full vectors, 20 ms at first, 0.2 s in the end (profile acecoder-labels)
  floor       what the light part cannot beat, with the same zygote in the same run: forks a second that do nothing,
              and programs a second that are compiled and run with their calls, and of which nothing is asked

Rows of a workload: {"id", "q", "kind": right|wrong|syntax|loop, "entry", "program", "tests"}, q being the question.`,
		Example: `  acecoder bench verify --workload workload.jsonl --cpu 1 --json
  acecoder bench verify --workload workload.jsonl --cpu 2 --seconds 5`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(a, cmd) },
	}
	cmd.Flags().StringVar(&f.workload, "workload", "", "rows of programs (required)")
	cmd.Flags().IntVar(&f.cpu, "cpu", 1, "cores to use")
	cmd.Flags().Float64Var(&f.seconds, "seconds", 0, "end each part after so many seconds (0: once through the workload)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the figures as JSON")
	cmd.Flags().StringVar(&f.engine.isolation, "isolation", "auto", "isolation level: auto, A, B, C")
	f.engine.addPython(cmd)
	return cmd
}

// speed is one part's figures.
type speed struct {
	ProgramsCore float64 `json:"programs_per_s_core"` // by wall-clock time
	TestsCore    float64 `json:"tests_per_s_core"`
	P50          float64 `json:"p50_ms"` // wall-clock time a program, by question
	P99          float64 `json:"p99_ms"`
	ProgramsCPU  float64 `json:"programs_per_cpu_s"` // by the CPU time of all processes
	Programs     int     `json:"programs"`
	Questions    int     `json:"questions"`
	Seconds      float64 `json:"seconds"`
	CPUSeconds   float64 `json:"cpu_s"`
}

// floorSpeed is what nothing could beat.
type floorSpeed struct {
	Forks    float64 `json:"forks_per_s"`    // processes that do nothing
	Programs float64 `json:"programs_per_s"` // processes that compile and run a light program and its calls
}

// benchReport are the figures of the benchmark.
type benchReport struct {
	Engine     *engineReport `json:"engine"`
	CPU        int           `json:"cpu"`
	Light      *speed        `json:"light"`
	Mixed      *speed        `json:"mixed"`
	Loops      *speed        `json:"loops"`
	LoopsFull  *speed        `json:"loops_full"`
	Floor      *floorSpeed   `json:"floor,omitempty"`
	FloorRatio float64       `json:"floor_ratio,omitempty"` // the floor's programs over light: 1 is no cost but the program's
}

func (f *benchFlags) run(a *app, cmd *cobra.Command) error {
	switch {
	case f.workload == "":
		return usagef("--workload is missing: name a file of rows")
	case f.cpu < 1:
		return usagef("--cpu: %d is below 1", f.cpu)
	case !(f.seconds >= 0):
		return usagef("--seconds: %v is below 0", f.seconds)
	}
	questions, err := readWorkload(a.drain, f.workload)
	if err != nil {
		return err
	}
	if err := pin(f.cpu); err != nil {
		return err
	}
	r := benchReport{CPU: f.cpu}
	if err := f.fullParts(a.drain, questions, &r); err != nil {
		return err
	}
	if err := f.with(a.drain, "reward", func(v *verify.Verifier) (err error) {
		r.Loops, err = f.measure(a.drain, v, jobsOf(questions, false, true))
		return err
	}); err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd.OutOrStdout(), r)
	}
	fmt.Fprint(cmd.OutOrStdout(), r.text())
	return nil
}

// fullParts measures the parts with full vectors, all on one engine.
func (f *benchFlags) fullParts(ctx context.Context, questions []*question, r *benchReport) error {
	return f.with(ctx, "acecoder-labels", func(v *verify.Verifier) (err error) {
		opt, _ := f.engine.options()
		r.Engine = reportEngine(v, opt)
		if err := f.findLight(ctx, v, questions); err != nil {
			return err
		}
		light := jobsOf(questions, true, false)
		floor, err := v.MeasureFloor(ctx, light)
		if err != nil {
			return fmt.Errorf("measure the floor: %w", err)
		}
		r.Floor = &floorSpeed{floor.Forks, floor.Programs}
		if r.Light, err = f.measure(ctx, v, light); err != nil {
			return err
		}
		if r.Light.ProgramsCore > 0 {
			r.FloorRatio = r.Floor.Programs / r.Light.ProgramsCore
		}
		if r.Mixed, err = f.measure(ctx, v, jobsOf(questions, false, false)); err != nil {
			return err
		}
		r.LoopsFull, err = f.measure(ctx, v, jobsOf(questions, false, true))
		return err
	})
}

// with runs do on an engine of a profile.
func (f *benchFlags) with(ctx context.Context, profile string, do func(*verify.Verifier) error) error {
	f.engine.profile, f.engine.jobs, f.engine.noCache = profile, f.cpu, true
	opt, err := f.engine.options()
	if err != nil {
		return err
	}
	v, err := open(ctx, opt)
	if err != nil {
		return err
	}
	defer v.Close()
	return do(v)
}

// lightPasses is how often a program's tests are measured to find the light questions.
const lightPasses = 3

// findLight judges every program that does not loop some times, which also warms the engine up.
func (f *benchFlags) findLight(ctx context.Context, v *verify.Verifier, questions []*question) error {
	return parallel(ctx, f.cpu, len(questions), func(ctx context.Context, i int) error {
		q := questions[i]
		passes := make([][]acecoder.Outcome, lightPasses)
		for k := range passes {
			var err error
			if passes[k], err = v.Judge(ctx, q.job(i, q.quick, len(q.quick))); err != nil {
				return err
			}
		}
		q.light = isLight(passes)
		return nil
	})
}

// measure judges the jobs, on as many at a time as there are cores.
func (f *benchFlags) measure(ctx context.Context, v *verify.Verifier, jobs []verify.Job) (*speed, error) {
	var (
		mu     sync.Mutex
		each   []float64 // milliseconds a program, by job
		tests  int
		s      speed
		start  = time.Now()
		spent  = cpuTime()
		budget = time.Duration(f.seconds * float64(time.Second))
	)
	err := parallel(ctx, f.cpu, len(jobs), func(ctx context.Context, i int) error {
		if budget > 0 && time.Since(start) > budget {
			return nil
		}
		began, n := time.Now(), len(jobs[i].Programs)
		if _, err := v.Judge(ctx, jobs[i]); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		each = append(each, milliseconds(time.Since(began))/float64(n))
		s.Programs += n
		tests += n * len(jobs[i].Tests)
		return nil
	})
	if err != nil || s.Programs == 0 {
		return &s, err
	}
	s.Questions = len(each)
	s.Seconds = time.Since(start).Seconds()
	s.CPUSeconds = (cpuTime() - spent).Seconds()
	s.ProgramsCore = float64(s.Programs) / s.Seconds / float64(f.cpu)
	s.TestsCore = float64(tests) / s.Seconds / float64(f.cpu)
	s.ProgramsCPU = float64(s.Programs) / max(s.CPUSeconds, 1e-9)
	slices.SortFunc(each, cmp.Compare[float64])
	s.P50, s.P99 = each[len(each)/2], each[len(each)*99/100]
	return &s, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// parallel calls do for 0 to n-1, on so many at a time, until one of them fails.
func parallel(ctx context.Context, workers, n int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next atomic.Int64
		wait sync.WaitGroup
	)
	for range workers {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// text writes the figures for people.
func (r *benchReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %16s %13s %8s %8s %15s\n", "", "programs/s/core", "tests/s/core", "p50 ms", "p99 ms", "programs/CPU s")
	for _, part := range []struct {
		name string
		*speed
	}{{"light", r.Light}, {"mixed", r.Mixed}, {"loops", r.Loops}, {"loops_full", r.LoopsFull}} {
		fmt.Fprintf(&b, "%-10s %16.0f %13.0f %8.2f %8.2f %15.0f\n",
			part.name, part.ProgramsCore, part.TestsCore, part.P50, part.P99, part.ProgramsCPU)
	}
	if r.Floor != nil {
		fmt.Fprintf(&b, "floor: %.0f forks/s, %.0f programs/s, %.2f times light\n", r.Floor.Forks, r.Floor.Programs, r.FloorRatio)
	}
	fmt.Fprintf(&b, "%d cores, isolation level %s, Python %s\n", r.CPU, r.Engine.Isolation, r.Engine.Python)
	return b.String()
}
