package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// descendants lists the processes below one, itself left out.
func descendants(pid int) []int {
	var out []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range tasks {
		data, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(word); err == nil {
				out = append(append(out, child), descendants(child)...)
			}
		}
	}
	return out
}

// zygotes lists the interpreters that this process has started and that still run.
func zygotes(pid int) []int {
	var out []int
	for _, p := range descendants(pid) {
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p))
		if bytes.HasPrefix(name, []byte("python3\x00")) {
			out = append(out, p)
		}
	}
	return out
}

// TestKilledZygotes: zygotes are killed while they work; every program still gets its right verdict.
func TestKilledZygotes(t *testing.T) {
	v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 1, CacheSize: -1})
	stop := make(chan struct{})
	var group sync.WaitGroup
	kills := 0
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
			}
			for _, pid := range zygotes(os.Getpid()) {
				if p, err := os.FindProcess(pid); err == nil && p.Kill() == nil {
					kills++
				}
			}
		}
	})
	job := verify.Job{ID: "chaos", Tests: append([]string{"assert abs(f(1) - 2) < 1e-9"}, doubles...)}
	for i := range 16 {
		job.Programs = append(job.Programs, acecoder.Program{ID: fmt.Sprint(i), Program: fmt.Sprintf("def f(x):\n    return %d * x # %d", 2+i%2, i)})
	}
	for range 60 {
		out, err := v.Judge(context.Background(), job)
		if err != nil {
			t.Errorf("judge while zygotes are killed: %v", err)
			continue
		}
		for i, o := range out {
			want := acecoder.Pass
			if i%2 == 1 {
				want = acecoder.Fail
			}
			if o.Status != want {
				t.Errorf("program %d: %s (%s), want %s", i, o.Status, o.Tests[0].Message, want)
			}
		}
	}
	close(stop)
	group.Wait()
	t.Logf("%d zygotes killed", kills)
}

const victimEnv = "ACECODER_TEST_VICTIM"

// TestKilledSupervisor: a supervisor is killed while a program loops; nothing of it is left.
func TestKilledSupervisor(t *testing.T) {
	if os.Getenv(victimEnv) != "" {
		v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder"), Jobs: 1})
		fmt.Println("ready")
		_, _ = v.Judge(context.Background(), verify.Job{ID: "loop", Tests: doubles, Programs: []acecoder.Program{{Program: "while True: pass"}}})
		return
	}
	newVerifier(t, verify.Options{Jobs: 1}).Close() // skips where nothing can run
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledSupervisor$", "-test.v")
	cmd.Env = append(os.Environ(), victimEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for said := ""; !strings.Contains(said, "ready"); {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatalf("the victim ended early: %v", err)
		}
		said += string(buf[:n])
	}
	time.Sleep(500 * time.Millisecond) // the program loops by now
	all := descendants(cmd.Process.Pid)
	if len(all) == 0 {
		t.Fatal("the victim has no processes; nothing would be tested")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var left []int
		for _, pid := range all {
			if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && !strings.Contains(string(state), ") Z ") {
				left = append(left, pid)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d processes live on after their supervisor", len(left), len(all))
		}
	}
}

// TestNothingLeft: after all hostile kinds of use a closed verifier leaves no process, descriptor, cgroup or file.
func TestNothingLeft(t *testing.T) {
	count := func() (fds, files, groups int) {
		list, _ := os.ReadDir("/proc/self/fd")
		dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "acecoder-work-*"))
		found, _ := filepath.Glob("/sys/fs/cgroup/*/acecoder-" + strconv.Itoa(os.Getpid()) + "-*")
		return len(list), len(dirs), len(found)
	}
	// The first verifier opens what the Go runtime keeps for good.
	newVerifier(t, verify.Options{Jobs: 1}).Close()
	fds, files, groups := count()
	before := len(descendants(os.Getpid()))
	for range 3 {
		v := newVerifier(t, verify.Options{Profile: profile(t, "acecoder-labels"), Jobs: 2, CacheSize: -1})
		programs := []acecoder.Program{
			{Program: "open('left', 'w').write('x')\ndef f(x): return 2 * x"},
			{Program: "import os, threading, time\nthreading.Thread(target=time.sleep, args=(100,)).start()\ndef f(x): return 2 * x"},
			{Program: "def f(x):\n    while True: pass"},
			{Program: "import os\nos._exit(3)"},
		}
		if _, err := v.Judge(context.Background(), verify.Job{ID: "left", Tests: append([]string{"assert len([f(1)]) == 1"}, doubles...), Programs: programs}); err != nil {
			t.Fatal(err)
		}
		v.Close()
	}
	if after := len(descendants(os.Getpid())); after > before {
		t.Errorf("%d processes are left, %d before", after, before)
	}
	afterFDs, afterFiles, afterGroups := count()
	if afterFDs > fds || afterFiles > files || afterGroups > groups {
		t.Errorf("left: %d descriptors (%d before), %d folders (%d), %d cgroups (%d)", afterFDs, fds, afterFiles, files, afterGroups, groups)
	}
}
