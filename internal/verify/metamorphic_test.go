package verify_test

import (
	"bufio"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/verify"
)

// workload reads questions with honest programs, right and wrong, of the timing workload.
func workload(t *testing.T, questions int) []verify.Job {
	t.Helper()
	f, err := os.Open("../../../shared/data/workload/workload.jsonl")
	if err != nil {
		t.Skipf("needs the workload: %v", err)
	}
	defer f.Close()
	var jobs []verify.Job
	last := -1
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
			t.Fatal(err)
		}
		if r.Kind == "loop" {
			continue
		}
		if r.Q != last {
			if len(jobs) == questions {
				return jobs
			}
			jobs = append(jobs, verify.Job{ID: "q", Tests: r.Tests})
			last = r.Q
		}
		j := &jobs[len(jobs)-1]
		j.Programs = append(j.Programs, acecoder.Program{ID: "p", Program: r.Program})
	}
	return jobs
}

// words are the status words of all tests of all programs of the jobs, in their order.
func words(t *testing.T, v *verify.Verifier, jobs []verify.Job) [][]acecoder.Status {
	t.Helper()
	var out [][]acecoder.Status
	for _, j := range jobs {
		got, err := v.Judge(context.Background(), j)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range got {
			var w []acecoder.Status
			for _, r := range o.Tests {
				w = append(w, r.Status)
			}
			out = append(out, w)
		}
	}
	return out
}

func same(t *testing.T, what string, got, want [][]acecoder.Status) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d programs, want %d", what, len(got), len(want))
	}
	differ := 0
	for i := range got {
		if !slices.Equal(got[i], want[i]) {
			if differ++; differ < 4 {
				t.Errorf("%s: program %d: %v, want %v", what, i, got[i], want[i])
			}
		}
	}
}

// TestSameVerdicts: how programs are judged, where, in whose company and in which order changes no verdict.
func TestSameVerdicts(t *testing.T) {
	jobs := workload(t, 60)
	rule := profile(t, "acecoder-labels")
	options := verify.Options{Profile: rule, Jobs: 1, CacheSize: -1}
	want := words(t, newVerifier(t, options), jobs)

	t.Run("in process", func(t *testing.T) {
		o := options
		o.InProcess = "only"
		same(t, "in process", words(t, newVerifier(t, o), jobs), want)
	})
	t.Run("one by one", func(t *testing.T) {
		var single []verify.Job
		for _, j := range jobs {
			for _, p := range j.Programs {
				one := j
				one.Programs = []acecoder.Program{p}
				single = append(single, one)
			}
		}
		same(t, "one by one", words(t, newVerifier(t, options), single), want)
	})
	t.Run("backwards", func(t *testing.T) {
		var back []verify.Job
		for _, j := range jobs {
			one := j
			one.Programs = slices.Clone(j.Programs)
			slices.Reverse(one.Programs)
			back = append(back, one)
		}
		got := words(t, newVerifier(t, options), back)
		at := 0
		for _, j := range jobs {
			slices.Reverse(got[at : at+len(j.Programs)])
			at += len(j.Programs)
		}
		same(t, "backwards", got, want)
	})
	t.Run("cached", func(t *testing.T) {
		o := options
		o.CacheSize = 0
		v := newVerifier(t, o)
		same(t, "first", words(t, v, jobs), want)
		same(t, "from the cache", words(t, v, jobs), want)
	})
	t.Run("with care", func(t *testing.T) {
		o := options
		o.Profile.FirstLane = 1 // a nanosecond: every program is run anew
		same(t, "second run", words(t, newVerifier(t, o), jobs), want)
	})
	for _, level := range sandbox.Levels() {
		t.Run("level "+string(level), func(t *testing.T) {
			o := options
			o.Level = level
			same(t, string(level), words(t, newVerifier(t, o), jobs), want)
		})
	}
}

// TestShuffledTests: the verdict of a stateless program's test does not depend on the tests around it.
func TestShuffledTests(t *testing.T) {
	jobs := workload(t, 30)
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 1, CacheSize: -1})
	random := rand.New(rand.NewPCG(1, 2))
	for _, j := range jobs {
		want := words(t, v, []verify.Job{j})
		order := random.Perm(len(j.Tests))
		shuffled := j
		shuffled.Tests = make([]string, len(order))
		for i, k := range order {
			shuffled.Tests[i] = j.Tests[k]
		}
		for p, got := range words(t, v, []verify.Job{shuffled}) {
			for i, k := range order {
				if got[i] != want[p][k] {
					t.Errorf("test %q of program %d: %s among others in another order, %s before", j.Tests[k], p, got[i], want[p][k])
				}
			}
		}
	}
}
