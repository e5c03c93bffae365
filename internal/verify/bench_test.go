package verify

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/acecoder/acecoder"
)

// workloadJobs reads the timing workload as jobs of 16 programs a question, loops left out.
func workloadJobs(tb testing.TB) []Job {
	tb.Helper()
	f, err := os.Open("../../../shared/data/workload/workload.jsonl")
	if err != nil {
		tb.Skipf("needs the workload: %v", err)
	}
	defer f.Close()
	byQuestion := map[int]*Job{}
	var order []int
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var r struct {
			Q       int
			Kind    string
			Program string
			Tests   []string
		}
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			tb.Fatal(err)
		}
		if r.Kind == "loop" {
			continue
		}
		if byQuestion[r.Q] == nil {
			byQuestion[r.Q] = &Job{Tests: r.Tests}
			order = append(order, r.Q)
		}
		j := byQuestion[r.Q]
		j.Programs = append(j.Programs, acecoder.Program{Program: r.Program})
	}
	var jobs []Job
	for _, q := range order {
		j := byQuestion[q]
		for n := len(j.Programs); len(j.Programs) < 16; {
			j.Programs = append(j.Programs, j.Programs[len(j.Programs)-n])
		}
		jobs = append(jobs, *j)
	}
	return jobs
}

// BenchmarkMixed judges all questions of the workload, loops left out.
func BenchmarkMixed(b *testing.B) { benchmark(b, workloadJobs(b)) }

// BenchmarkOne judges one light program again and again.
func BenchmarkOne(b *testing.B) {
	jobs := workloadJobs(b)[:1]
	for i := range jobs[0].Programs {
		jobs[0].Programs[i] = jobs[0].Programs[1]
	}
	benchmark(b, jobs)
}

func benchmark(b *testing.B, jobs []Job) {
	b.Helper()
	p, err := ProfileByName("acecoder-labels")
	if err != nil {
		b.Fatal(err)
	}
	v, err := New(context.Background(), Options{Profile: p, Jobs: 1, CacheSize: -1})
	if err != nil {
		b.Skip(err)
	}
	defer v.Close()
	programs, cpu := 0, 0.0
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		out, err := v.Judge(context.Background(), jobs[i%len(jobs)])
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range out {
			cpu += o.CPUMS
		}
		programs += len(out)
	}
	b.ReportMetric(float64(programs)/b.Elapsed().Seconds(), "programs/s")
	b.ReportMetric(1000*cpu/float64(programs), "childus/program")
}
