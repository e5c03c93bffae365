// Package sandbox runs untrusted work in isolated processes and says what became of each.
//
// A [Zygote] is a warm Python interpreter in a jail that never runs the work itself: for each task it makes one
// process, waits for it to end and replies with how it ended, the CPU time it took and the bytes it left. The
// supervisor, this package, watches each process's CPU clock from outside and kills what goes over its limit;
// nothing that the process does can reach that clock.
//
// It is the only package that starts processes. How a task behaves is a [Result]; an error is a failure of the
// sandbox itself, and never becomes a verdict.
package sandbox

import (
	"fmt"
	"time"
)

// Level is how strongly a process is isolated. Lower letters are stronger.
type Level string

// The ladder of isolation. Below LevelC the package refuses to run anything.
const (
	// LevelA: all namespaces, the jail's root mapped to an unprivileged user of its own for every slot, a
	// private read-only file system, seccomp, resource limits, and a cgroup for every slot. Needs root.
	LevelA Level = "A"
	// LevelB: the same from an ordinary account, without the cgroup and with the account's own user id.
	LevelB Level = "B"
	// LevelC: where user namespaces are forbidden: Landlock, seccomp and resource limits.
	LevelC Level = "C"
)

// Size is a number of bytes.
type Size int64

// The sizes that limits are given in.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
)

// Config says what a zygote is to be.
type Config struct {
	Python  Python
	Level   Level
	Harness string   // Python source that defines handle(common, task)
	Preload []string // modules imported before the first task; a child then gets them for nothing
	Require []string // those of Preload without which the zygote is of no use
	Inline  bool     // tasks run in the zygote itself: trusted work only
	Memory  Size     // address space of a task above the zygote's own; 0: 512 MiB
	Shared  Size     // most bytes that a task may leave; 0: 16 MiB
	Debug   bool     // keep the processes' stderr

	// Variation is 0 for the one state that tasks usually start in: hash seed, random state, addresses. Any other
	// number varies them, for those who want to know what hangs on that state.
	Variation int
}

// Limits bound one task. The supervisor enforces them on the clocks it reads itself; a task tells which part
// it is in, and a lie there gains at most the whole task's CPU time.
type Limits struct {
	Body    time.Duration // CPU time of part 0
	Part    time.Duration // CPU time of any other part
	Program time.Duration // CPU time of the whole task
	Wall    time.Duration // wall-clock time of the whole task: the safety net
	Idle    time.Duration // wall-clock time asleep without a break; 0: no limit
}

// Reason tells why the supervisor ended a task.
type Reason int

// The reasons.
const (
	NotKilled   Reason = iota
	PartTime           // the running part went over its CPU time
	TotalTime          // the whole task went over its CPU time
	WallTime           // the whole task went over its wall-clock time
	OutOfMemory        // the slot's memory was used up
)

// Result is how one task ended.
type Result struct {
	Exit   int // exit code, or -1 if a signal ended it
	Signal int // the signal that ended it, or 0
	Killed Reason
	CPU    time.Duration
	Wall   time.Duration
	MaxRSS Size
	Data   []byte // what the task left; valid until the callback returns
}

// StartError tells that a zygote could not be started, and what its process said.
type StartError struct {
	Level  Level
	Stderr string
	Err    error
}

func (e *StartError) Error() string {
	if e.Stderr != "" {
		return fmt.Sprintf("start a zygote at isolation level %s: %v: %s", e.Level, e.Err, e.Stderr)
	}
	return fmt.Sprintf("start a zygote at isolation level %s: %v", e.Level, e.Err)
}

func (e *StartError) Unwrap() error { return e.Err }
