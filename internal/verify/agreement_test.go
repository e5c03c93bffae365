package verify_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"sync"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
	"github.com/acecoder/acecoder/internal/verify"
)

// commonPrelude is what rows marked needs_prelude miss: the imports that many harnesses put before a program.
const commonPrelude = "import math, re, sys, copy, datetime, itertools, collections, heapq, functools, random, string\n" +
	"from typing import *\nfrom collections import *\n"

// readRows reads a JSONL file of published verdicts, or skips the test where it is absent.
func readRows[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("needs %s: %v", path, err)
	}
	defer f.Close()
	var rows []T
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var r T
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rows = append(rows, r)
	}
	if err := in.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return rows
}

// newVerifier starts a verifier, or skips the test where nothing untrusted may be run.
func newVerifier(t *testing.T, opt verify.Options) *verify.Verifier {
	t.Helper()
	v, err := verify.New(context.Background(), opt)
	if err != nil {
		t.Skipf("no verifier on this machine: %v", err)
	}
	t.Cleanup(v.Close)
	return v
}

func profile(t *testing.T, name string) verify.Profile {
	t.Helper()
	p, err := verify.ProfileByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// judgeAll judges jobs of one program each, on all slots, and returns the outcomes in their order.
func judgeAll(t *testing.T, v *verify.Verifier, jobs []verify.Job) []acecoder.Outcome {
	t.Helper()
	out := make([]acecoder.Outcome, len(jobs))
	next := make(chan int)
	var group sync.WaitGroup
	for range v.Jobs() {
		group.Go(func() {
			for i := range next {
				o, err := v.Judge(context.Background(), jobs[i])
				if err != nil {
					t.Errorf("%s: %v", jobs[i].ID, err)
					continue
				}
				out[i] = o[0]
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	group.Wait()
	return out
}

type checkRow struct {
	ID           string
	Bench        string
	EntryPoint   string `json:"entry_point"`
	Program      string
	Test         string
	Verdict      string
	NeedsPrelude bool `json:"needs_prelude"`
}

// TestAgreement judges published programs by published check() scripts and compares with published verdicts.
func TestAgreement(t *testing.T) {
	rows := readRows[checkRow](t, "../../../shared/data/verdicts/check_style.jsonl")
	v := newVerifier(t, verify.Options{Profile: profile(t, "humaneval"), Jobs: 2})
	jobs := make([]verify.Job, len(rows))
	for i, r := range rows {
		jobs[i] = verify.Job{ID: r.ID, Tests: []string{r.Test}, EntryPoint: r.EntryPoint, Programs: []acecoder.Program{{ID: r.ID, Program: r.Program}}}
		if r.NeedsPrelude {
			jobs[i].Prelude = commonPrelude
		}
	}
	var falsePass, falseFail, passes, fails int
	trust := map[acecoder.Trust]int{}
	for i, o := range judgeAll(t, v, jobs) {
		if len(o.Tests) == 0 {
			continue
		}
		trust[o.Trust]++
		got, want := o.Status == acecoder.Pass, rows[i].Verdict == "pass"
		if want {
			passes++
		} else {
			fails++
		}
		if got == want {
			continue
		}
		t.Logf("%s: published %s, here %s (%s): %s", rows[i].ID, rows[i].Verdict, o.Status, o.Trust, o.Tests[0].Message)
		if got {
			falsePass++
		} else {
			falseFail++
		}
	}
	report := func(what string, k, n int) {
		low, high := stats.Interval(k, n, 0.95)
		t.Logf("%s: %d of %d = %.3f %% (95 %% interval %.3f to %.3f %%)", what, k, n, 100*float64(k)/float64(n), 100*low, 100*high)
		if float64(k) > 0.001*float64(n) {
			t.Errorf("%s: %d of %d, want at most 0.1 %%", what, k, n)
		}
	}
	report("false passes", falsePass, fails)
	report("false fails", falseFail, passes)
	t.Logf("trust: %v", trust)
}

// TestNeedsPrelude: programs that miss the usual imports fail without them.
func TestNeedsPrelude(t *testing.T) {
	rows := readRows[checkRow](t, "../../../shared/data/verdicts/check_style.jsonl")
	v := newVerifier(t, verify.Options{Profile: profile(t, "humaneval"), Jobs: 2})
	var jobs []verify.Job
	for _, r := range rows {
		if r.NeedsPrelude {
			jobs = append(jobs, verify.Job{ID: r.ID, Tests: []string{r.Test}, EntryPoint: r.EntryPoint, Programs: []acecoder.Program{{ID: r.ID, Program: r.Program}}})
		}
	}
	if len(jobs) == 0 {
		t.Fatal("no such rows; nothing would be tested")
	}
	for i, o := range judgeAll(t, v, jobs) {
		if o.Status == acecoder.Pass {
			t.Errorf("%s passes without the prelude that it needs", jobs[i].ID)
		}
	}
}
