package sandbox_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/sandbox"
)

const ms = time.Millisecond

// reasons names a Reason in messages.
var reasons = map[sandbox.Reason]string{
	sandbox.NotKilled: "not killed", sandbox.PartTime: "part time", sandbox.TotalTime: "total time",
	sandbox.WallTime: "wall time", sandbox.OutOfMemory: "out of memory",
}

func TestLevelKilledByLimit(t *testing.T) {
	const loop = "\nwhile True: pass\n"
	const wall = 20 * time.Second // far: must not be what ends the others
	rows := []struct {
		name, code string
		lim        sandbox.Limits
		want       sandbox.Reason
		cpu        time.Duration // expected CPU time, 0: next to none
	}{
		{
			"a loop in part 0 ends at Body", loop,
			sandbox.Limits{Body: 150 * ms, Part: 5 * time.Second, Program: 10 * time.Second, Wall: wall},
			sandbox.PartTime, 150 * ms,
		},
		{
			"a loop in part 1 ends at Part", "step(1)" + loop,
			sandbox.Limits{Body: 5 * time.Second, Part: 100 * ms, Program: 10 * time.Second, Wall: wall},
			sandbox.PartTime, 100 * ms,
		},
		{"parts each below their limit end at Program", `
n = 0
while True:
    n += 1
    step(n)
    end = time.process_time() + 0.03
    while time.process_time() < end: pass
`, sandbox.Limits{Body: time.Second, Part: time.Second, Program: 300 * ms, Wall: wall}, sandbox.TotalTime, 300 * ms},
		{
			"going back and forth between parts gains no more than Program", "while True: step(1); step(2)",
			sandbox.Limits{Body: 100 * ms, Part: 100 * ms, Program: 300 * ms, Wall: wall},
			sandbox.TotalTime, 300 * ms,
		},
		{
			"sleep ends at Idle", "time.sleep(100)",
			sandbox.Limits{Body: 5 * time.Second, Program: 10 * time.Second, Wall: wall, Idle: 150 * ms},
			sandbox.WallTime, 0,
		},
		{
			"sleep without Idle ends at Wall", "time.sleep(100)",
			sandbox.Limits{Body: 5 * time.Second, Program: 10 * time.Second, Wall: 200 * ms},
			sandbox.WallTime, 0,
		},
		{
			"short sleeps end at Wall", "while True: time.sleep(0.02)",
			sandbox.Limits{Body: 5 * time.Second, Program: 10 * time.Second, Wall: 400 * ms, Idle: 10 * time.Second},
			sandbox.WallTime, 0,
		},
		{
			"a stopped process ends at Idle or goes on", "import signal\ntry: os.kill(os.getpid(), signal.SIGSTOP)\nexcept PermissionError: pass\ntime.sleep(100)",
			sandbox.Limits{Body: 5 * time.Second, Program: 10 * time.Second, Wall: wall, Idle: 150 * ms},
			sandbox.WallTime, 0,
		},
		{"a program that ignores every signal", `
import signal
for s in range(1, 65):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException: pass
`, sandbox.Limits{Body: 150 * ms, Program: 10 * time.Second, Wall: wall}, sandbox.PartTime, 150 * ms},
		{"CPU time of threads counts together", `
import threading, hashlib
block = b"x" * (1 << 20)
def burn():
    while True: hashlib.sha256(block).digest()
for _ in range(4): threading.Thread(target=burn, daemon=True).start()
burn()
`, sandbox.Limits{Body: 300 * ms, Program: 10 * time.Second, Wall: wall}, sandbox.PartTime, 300 * ms},
		{"a loop in a thread while the program sleeps", `
import threading
def burn():
    while True: pass
threading.Thread(target=burn, daemon=True).start()
time.sleep(100)
`, sandbox.Limits{Body: 150 * ms, Program: 10 * time.Second, Wall: wall, Idle: 5 * time.Second}, sandbox.PartTime, 150 * ms},
		{
			"one call into C", "9 ** 9 ** 9",
			sandbox.Limits{Body: 150 * ms, Program: 10 * time.Second, Wall: wall},
			sandbox.PartTime, 150 * ms,
		},
	}
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				began := time.Now()
				r := one(t, z, row.code, row.lim)
				if r.Killed != row.want || r.Signal != 9 || r.Exit != -1 {
					t.Errorf("killed: %s, signal %d, exit %d; want %s, signal 9, exit -1", reasons[r.Killed], r.Signal, r.Exit, reasons[row.want])
				}
				// Threads on every core may burn until the next look; the rest is what a busy machine adds.
				most := row.cpu + 150*ms + time.Duration(runtime.NumCPU())*50*ms
				if r.CPU > most || r.CPU < row.cpu-10*ms {
					t.Errorf("%v of CPU time, want about %v (at most %v)", r.CPU, row.cpu, most)
				}
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("took %v", took)
				}
			})
		}
		if got := says(t, z, "emit(b'well')"); got != "well" {
			t.Errorf("the task after those said %q", got)
		}
	})
}

// Each task has its limits to itself, and its end is told of it and not of a neighbour.
func TestLevelKilledInABatch(t *testing.T) {
	const code = `
kind = arguments.decode()
if kind == "body":
    while True: pass
if kind == "part":
    step(3)
    while True: pass
if kind == "sleep": time.sleep(100)
if kind == "crash": ctypes.string_at(1)
if kind == "exit": os._exit(7)
if kind == "some":
    end = time.process_time() + 0.08
    while time.process_time() < end: pass
emit(kind.encode())
`
	kinds := []string{"fine", "some", "body", "some", "fine", "crash", "part", "fine", "sleep", "some", "exit", "body", "body", "fine", "crash", "some", "fine", "fine"}
	want := map[string]sandbox.Reason{"body": sandbox.PartTime, "part": sandbox.PartTime, "sleep": sandbox.WallTime}
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		lim := sandbox.Limits{Body: 200 * ms, Part: 120 * ms, Program: 300 * ms, Wall: 10 * time.Second, Idle: 200 * ms}
		got := run(t, z, code, words(kinds...), lim)
		for i, kind := range kinds {
			r := got[i]
			if r.Killed != want[kind] {
				t.Errorf("task %d, %s: killed: %s, want %s", i, kind, reasons[r.Killed], reasons[want[kind]])
			}
			data, exit, signal := kind, 0, 0
			switch kind {
			case "body", "part", "sleep":
				data, exit, signal = "", -1, 9
			case "crash":
				data, exit, signal = "", -1, 11
			case "exit":
				data, exit = "", 7
			}
			if string(r.Data) != data || r.Exit != exit || r.Signal != signal {
				t.Errorf("task %d, %s: data %q, exit %d, signal %d; want %q, %d, %d", i, kind, r.Data, r.Exit, r.Signal, data, exit, signal)
			}
		}
	})
}

// A killed task that claimed to be another one must not be the reason given for the other's own end.
func TestLevelKilledUnderAnotherIndex(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		got := run(t, z, `
import struct
if arguments == b"liar":
    struct.pack_into("<I", SHM, 4, 2)
    while True: pass
if arguments == b"crash": ctypes.string_at(1)
`, words("liar", "fine", "crash"), sandbox.Limits{Body: 150 * ms, Wall: 10 * time.Second})
		if got[2].Killed != sandbox.NotKilled || got[2].Signal != 11 {
			t.Errorf("the crash: killed: %s, signal %d; want not killed, signal 11", reasons[got[2].Killed], got[2].Signal)
		}
	})
}

func TestLevelMemory(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, func(c *sandbox.Config) { c.Memory = 256 * sandbox.MiB })
		for _, row := range []struct{ name, code, want string }{
			{"at once", `
try: bytearray(2 << 30)
except MemoryError: emit(b"memory error")`, "memory error"},
			{"little by little", `
held = []
try:
    while True: held.append(bytearray(1 << 20))
except MemoryError:
    n = len(held)
    del held
    emit(b"memory error" if 150 < n < 400 else b"at %d MiB" % n)`, "memory error"},
			{"what is allowed", "emit(b'%d' % len(bytearray(100 << 20)))", "104857600"},
			{"the next task", "emit(b'fine')", "fine"},
			{"it cannot be raised", `
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
emit(b"ok" if raises(resource.setrlimit, resource.RLIMIT_AS, (hard + 1, hard + 1)) and soft == hard else b"raised")`, "ok"},
		} {
			if got := says(t, z, row.code); got != row.want {
				t.Errorf("%s: got %q, want %q", row.name, got, row.want)
			}
		}
	})
}

// Many files in memory and much data besides go over the slot's cgroup, where there is one.
func TestLevelOutOfMemory(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		if level != sandbox.LevelA {
			t.Skip("only level A has a cgroup")
		}
		z := start(t, level, func(c *sandbox.Config) { c.Memory, c.Shared = 128*sandbox.MiB, 300*sandbox.MiB })
		r := one(t, z, `
for i in range(2):
    with open("f%d" % i, "wb") as f: f.write(b"x" * (30 << 20))
held = []
try:
    while True: held.append(bytearray(b"x" * (1 << 20)))
except MemoryError: pass
for at in range(64, len(SHM) - (1 << 20), 1 << 20): SHM[at:at + (1 << 20)] = b"x" * (1 << 20)
emit(b"all of it")
`, generous)
		if string(r.Data) == "all of it" {
			t.Skip("no writable memory controller on this machine")
		}
		if r.Killed != sandbox.OutOfMemory || r.Signal != 9 {
			t.Errorf("killed: %s, signal %d, exit %d; want out of memory, signal 9", reasons[r.Killed], r.Signal, r.Exit)
		}
		if got := says(t, z, "emit(b'%d' % len(os.listdir('.')))"); got != "0" {
			t.Errorf("the next task found %s files", got)
		}
		r = one(t, z, "import signal\nif os.getpid() == 1: ctypes.string_at(1)\nos.kill(os.getpid(), 9)", generous)
		if r.Killed != sandbox.NotKilled {
			t.Errorf("a crash after that: killed: %s, want not killed", reasons[r.Killed])
		}
	})
}
