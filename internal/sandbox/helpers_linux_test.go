package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/sandbox"
)

// runner is a harness whose tasks are Python sources of ours; what they print would be lost, so they emit.
const runner = `
import ctypes, errno, os, sys, time

def handle(common, task):
    space = {"step": step, "emit": emit, "PEER": PEER, "SHM": SHM, "ctypes": ctypes, "errno": errno, "os": os,
             "sys": sys, "time": time, "arguments": bytes(task)}
    exec(compile(bytes(common), "<task>", "exec"), space)
`

// prelude holds what several snippets need.
const prelude = `
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    "Makes a system call; returns its result and the name of its error."
    ctypes.set_errno(0)
    got = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return got, errno.errorcode.get(ctypes.get_errno(), "none")
def raises(f, *args):
    "Returns what f raised, as bytes, or None."
    try:
        f(*args)
    except (OSError, ValueError) as e:
        return repr(e).encode()
`

var generous = sandbox.Limits{Body: 20 * time.Second, Part: 20 * time.Second, Program: 20 * time.Second, Wall: 40 * time.Second}

var python = sync.OnceValues(func() (sandbox.Python, error) { return sandbox.FindPython(context.Background(), "") })

func findPython(t *testing.T) sandbox.Python {
	t.Helper()
	p, err := python()
	if err != nil {
		t.Skipf("no interpreter to put into a jail: %v", err)
	}
	return p
}

var (
	probeLock sync.Mutex
	probed    = map[sandbox.Level]sandbox.Finding{}
)

// atLevels runs a test at each isolation level and skips those that do not work here.
func atLevels(t *testing.T, test func(*testing.T, sandbox.Level)) {
	t.Helper()
	p := findPython(t)
	for _, level := range sandbox.Levels() {
		t.Run("level "+string(level), func(t *testing.T) {
			probeLock.Lock()
			f, ok := probed[level]
			if !ok {
				f = sandbox.Probe(t.Context(), p, level)
				probed[level] = f
			}
			probeLock.Unlock()
			if !f.Works {
				t.Skipf("level %s does not work here: %s", level, f.Why)
			}
			test(t, level)
		})
	}
}

// start makes a zygote that lives as long as the test.
func start(t *testing.T, level sandbox.Level, change func(*sandbox.Config)) *sandbox.Zygote {
	t.Helper()
	cfg := sandbox.Config{Python: findPython(t), Level: level, Harness: runner}
	if change != nil {
		change(&cfg)
	}
	z, err := sandbox.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(z.Close)
	return z
}

// run runs tasks in one frame and returns how each ended, in the order of the replies.
func run(t *testing.T, z *sandbox.Zygote, code string, tasks [][]byte, lim sandbox.Limits) []sandbox.Result {
	t.Helper()
	var out []sandbox.Result
	err := z.Run(t.Context(), []byte(prelude+code), tasks, lim, func(i int, r sandbox.Result) {
		if i != len(out) {
			t.Errorf("result %d came as number %d", i, len(out))
		}
		r.Data = bytes.Clone(r.Data)
		out = append(out, r)
	})
	if err != nil {
		t.Fatalf("run %d tasks: %v", len(tasks), err)
	}
	if len(out) != len(tasks) {
		t.Fatalf("%d results for %d tasks", len(out), len(tasks))
	}
	return out
}

// one runs one task and returns how it ended.
func one(t *testing.T, z *sandbox.Zygote, code string, lim sandbox.Limits) sandbox.Result {
	t.Helper()
	return run(t, z, code, [][]byte{nil}, lim)[0]
}

// says runs one task that must end by itself, and returns what it left.
func says(t *testing.T, z *sandbox.Zygote, code string) string {
	t.Helper()
	r := one(t, z, code, generous)
	if r.Exit != 0 || r.Signal != 0 {
		t.Fatalf("exit %d, signal %d, killed %d; said %q; want exit 0 for:\n%s", r.Exit, r.Signal, r.Killed, r.Data, code)
	}
	return string(r.Data)
}

// words makes one task of each word.
func words(list ...string) [][]byte {
	var out [][]byte
	for _, w := range list {
		out = append(out, []byte(w))
	}
	return out
}

// children returns the pids of a process's children, by the kernel's own list.
func children(pid int) []string {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	return strings.Fields(string(data))
}

func amd64Only(t *testing.T, arch string) {
	t.Helper()
	if arch != "amd64" {
		t.Skip("the numbers of the calls are those of amd64")
	}
}
