package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pin binds this process, all its threads and what they start from now on, to n of the cores it may use.
func pin(n int) error {
	var may, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		return fmt.Errorf("ask for the cores: %w", err)
	}
	if n > may.Count() {
		return usagef("--cpu: %d cores asked for, %d are there", n, may.Count())
	}
	for core := 0; set.Count() < n; core++ {
		if may.IsSet(core) {
			set.Set(core)
		}
	}
	runtime.GOMAXPROCS(n)
	// A thread made meanwhile takes the cores of the one that makes it, so two rounds catch all.
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list the threads: %w", err)
		}
		for _, thread := range threads {
			id, _ := strconv.Atoi(thread.Name())
			if err := unix.SchedSetaffinity(id, &set); err != nil && err != unix.ESRCH {
				return fmt.Errorf("bind thread %d to %d cores: %w", id, n, err)
			}
		}
	}
	return nil
}

// tick is the unit of CPU time in /proc on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpuTime returns the CPU time of this process and of everything that it has started, whether it still runs or not.
func cpuTime() time.Duration {
	total := usage(unix.RUSAGE_SELF) + usage(unix.RUSAGE_CHILDREN)
	parents, spent := processes()
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == os.Getpid() {
				total += spent[pid]
				break
			}
		}
	}
	return total
}

func usage(who int) time.Duration {
	var r unix.Rusage
	if unix.Getrusage(who, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// processes returns the parent of every process, and its CPU time with that of its children that have ended.
func processes() (parents map[int]int, spent map[int]time.Duration) {
	parents, spent = map[int]int{}, map[int]time.Duration{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, may hold anything; the fields after it are numbers.
		at := strings.LastIndexByte(string(data), ')')
		fields := strings.Fields(string(data[at+1:]))
		if at < 0 || len(fields) < 15 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parents[pid], _ = strconv.Atoi(fields[1])
		for _, field := range fields[11:15] { // utime, stime, cutime, cstime
			ticks, _ := strconv.ParseInt(field, 10, 64)
			spent[pid] += time.Duration(ticks) * tick
		}
	}
	return parents, spent
}
