package verify_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// resident returns the resident memory of a process and its descendants in KiB, and the descriptors it has open.
func resident(pid int) (kib, fds int) {
	for _, p := range append([]int{pid}, descendants(pid)...) {
		data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
		for line := range strings.Lines(string(data)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				n, _ := strconv.Atoi(strings.Fields(rest)[0])
				kib += n
			}
		}
	}
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return kib, len(list)
}

// TestNoLeak judges many programs and looks at memory and descriptors. ACECODER_LEAK_PROGRAMS sets how many.
func TestNoLeak(t *testing.T) {
	n := 4000
	if s := os.Getenv("ACECODER_LEAK_PROGRAMS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 2, CacheSize: -1})
	var jobs []verify.Job
	const each = 50
	for i := range n / each {
		job := verify.Job{ID: fmt.Sprint(i), Tests: append([]string{"assert abs(f(1) - 2) < 1e-9"}, doubles...)}
		if i%4 > 0 {
			job.Tests = doubles
		}
		for k := range each {
			job.Programs = append(job.Programs, acecoder.Program{Program: fmt.Sprintf("open('x%d', 'w').close()\ndef f(x): return %d * x", k, 2+k%2)})
		}
		jobs = append(jobs, job)
	}
	run := func(jobs []verify.Job) {
		done := make(chan error)
		for half := range 2 {
			go func() {
				for i := half; i < len(jobs); i += 2 {
					if _, err := v.Judge(context.Background(), jobs[i]); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}
	run(jobs[:len(jobs)/4])
	runtime.GC()
	before, fdsBefore := resident(os.Getpid())
	run(jobs[len(jobs)/4:])
	runtime.GC()
	after, fdsAfter := resident(os.Getpid())
	t.Logf("%d programs: resident memory %d KiB after a quarter, %d KiB at the end; descriptors %d, %d", n, before, after, fdsBefore, fdsAfter)
	if after > before+before/2 {
		t.Errorf("resident memory grew from %d to %d KiB", before, after)
	}
	if fdsAfter > fdsBefore+4 {
		t.Errorf("descriptors grew from %d to %d", fdsBefore, fdsAfter)
	}
}
