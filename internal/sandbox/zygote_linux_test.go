package sandbox_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/sandbox"
)

// alive reports whether a process exists and is no zombie.
func alive(pid string) bool {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	return len(fields) > 0 && fields[0] != "Z" && fields[0] != "X"
}

// gone waits a moment for processes to end, and returns those that do not.
func gone(pids ...string) []string {
	var left []string
	for range 100 {
		left = left[:0]
		for _, pid := range pids {
			if alive(pid) {
				left = append(left, pid)
			}
		}
		if len(left) == 0 {
			return nil
		}
		time.Sleep(10 * ms)
	}
	return left
}

// startKnown starts a zygote and returns its pid: the child of this process that was not there before.
func startKnown(t *testing.T, level sandbox.Level) (*sandbox.Zygote, string) {
	t.Helper()
	before := map[string]bool{}
	for _, pid := range allChildren(t) {
		before[pid] = true
	}
	z := start(t, level, nil)
	for _, pid := range allChildren(t) {
		if !before[pid] {
			return z, pid
		}
	}
	t.Fatal("the zygote is no child of this process")
	return nil, ""
}

func allChildren(t *testing.T) []string {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Skip("the kernel does not list children")
	}
	var out []string
	for _, l := range lists {
		data, _ := os.ReadFile(l)
		out = append(out, strings.Fields(string(data))...)
	}
	return out
}

// taskOf waits until a zygote has a child and returns its pid.
func taskOf(t *testing.T, zygote string) string {
	t.Helper()
	n, _ := strconv.Atoi(zygote)
	for range 400 {
		if list := children(n); len(list) > 0 {
			return list[0]
		}
		time.Sleep(5 * ms)
	}
	t.Error("no task was started")
	return ""
}

func TestLevelKilledZygote(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z, pid := startKnown(t, level)
		n, _ := strconv.Atoi(pid)
		task := make(chan string, 1)
		go func() {
			task <- taskOf(t, pid)
			_ = syscall.Kill(n, syscall.SIGKILL)
		}()
		began := time.Now()
		err := z.Run(t.Context(), []byte("while True: pass"), make([][]byte, 3), generous, func(int, sandbox.Result) {})
		if !errors.Is(err, sandbox.ErrZygote) {
			t.Errorf("Run: %v, want ErrZygote", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if err := z.Run(t.Context(), nil, make([][]byte, 1), generous, func(int, sandbox.Result) {}); !errors.Is(err, sandbox.ErrZygote) {
			t.Errorf("Run after that: %v, want ErrZygote", err)
		}
		z.Close()
		if left := gone(pid, <-task); left != nil {
			t.Errorf("processes %v are still there", left)
			endTasks(left)
		}
	})
}

// endTasks ends what a failed test has left over, which are children of its own zygotes.
func endTasks(pids []string) {
	for _, pid := range pids {
		if n, err := strconv.Atoi(pid); err == nil {
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
}

func TestLevelCancelledNothingLeft(t *testing.T) {
	for _, row := range []struct{ name, code string }{
		{"a loop", "while True: pass"},
		{"sleep", "time.sleep(1000)"},
		{"a stopped process", "try: os.kill(os.getpid(), 19)\nexcept PermissionError: pass\ntime.sleep(1000)"},
		{"a task that deafened itself", "import signal\nfor s in (1, 2, 3, 13, 15): signal.signal(s, signal.SIG_IGN)\nos.setpgid(0, 0) if os.getpgrp() != os.getpid() else None\nwhile True: pass"},
	} {
		t.Run(row.name, func(t *testing.T) {
			atLevels(t, func(t *testing.T, level sandbox.Level) {
				z, pid := startKnown(t, level)
				ctx, cancel := context.WithCancel(t.Context())
				task := make(chan string, 1)
				var cancelled time.Time
				go func() {
					child := taskOf(t, pid)
					time.Sleep(50 * ms)
					cancelled = time.Now()
					cancel()
					task <- child
				}()
				err := z.Run(ctx, []byte(row.code), make([][]byte, 2), sandbox.Limits{}, func(int, sandbox.Result) {})
				child := <-task
				if took := time.Since(cancelled); took > time.Second {
					t.Errorf("Run returned %v after it was cancelled", took)
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("Run: %v, want %v", err, context.Canceled)
				}
				z.Close()
				z.Close() // twice does no harm
				if left := gone(pid, child); left != nil {
					t.Errorf("processes %v are still there", left)
					endTasks(left)
				}
			})
		})
	}
}

func TestLevelInterrupt(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z, pid := startKnown(t, level)
		go func() {
			taskOf(t, pid)
			time.Sleep(50 * ms)
			z.Interrupt()
		}()
		got := run(t, z, "time.sleep(100) if arguments == b'long' else emit(b'fine')", words("long", "short"), generous)
		if got[0].Killed != sandbox.WallTime || string(got[1].Data) != "fine" {
			t.Errorf("killed: %s, then %q; want wall time, then fine", reasons[got[0].Killed], got[1].Data)
		}
	})
}

// Close leaves nothing in the file system either: working folders and cgroups.
func TestLevelNothingLeftOfFiles(t *testing.T) {
	tmp, err := os.MkdirTemp("", "acecoder-left-") //nolint:usetesting // another account has to reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	groups := func() int {
		n := 0
		for _, pattern := range []string{"acecoder-", "memory/acecoder-", "pids/acecoder-"} {
			list, _ := filepath.Glob("/sys/fs/cgroup/" + pattern + strconv.Itoa(os.Getpid()) + "-*")
			n += len(list)
		}
		return n
	}
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		t.Setenv("TMPDIR", tmp)
		before := groups()
		z := start(t, level, nil)
		one(t, z, "open('f', 'w').close(); os.mkdir('d'); os.chmod('d', 0); os.chmod('.', 0)\nwhile True: pass", sandbox.Limits{Body: 50 * ms})
		z.Close()
		left, err := os.ReadDir(tmp)
		if err != nil || len(left) > 0 {
			t.Errorf("left in the temporary folder: %v, %v", left, err)
		}
		if n := groups(); n != before {
			t.Errorf("%d cgroups left", n-before)
		}
	})
}

func TestLevelStartError(t *testing.T) {
	p := findPython(t)
	for _, row := range []struct {
		name   string
		change func(*sandbox.Config)
		want   string
	}{
		{"no such interpreter", func(c *sandbox.Config) { c.Python.Path = "/usr/bin/python-that-is-absent" }, "python-that-is-absent"},
		{"an interpreter that is a folder", func(c *sandbox.Config) { c.Python.Path = "/usr/bin" }, "/usr/bin"},
		{"an interpreter that ends at once", func(c *sandbox.Config) { c.Python.Path = "/bin/true" }, "did not get ready"},
		{"a harness that raises", func(c *sandbox.Config) { c.Harness = "raise ValueError('said by the harness')" }, "said by the harness"},
		{"a harness that is no Python", func(c *sandbox.Config) { c.Harness = "def :" }, "SyntaxError"},
		{"a harness without handle", func(c *sandbox.Config) { c.Harness = "x = 1" }, "handle"},
		{"a harness that ends the process", func(c *sandbox.Config) { c.Harness = "import os; os._exit(0)" }, "did not get ready"},
		{"a module that is required and absent", func(c *sandbox.Config) {
			c.Preload, c.Require = []string{"json", "no_such_module"}, []string{"no_such_module"}
		}, "cannot import no_such_module"},
	} {
		t.Run(row.name, func(t *testing.T) {
			atLevels(t, func(t *testing.T, level sandbox.Level) {
				cfg := sandbox.Config{Python: p, Level: level, Harness: runner}
				row.change(&cfg)
				began := time.Now()
				z, err := sandbox.Start(t.Context(), cfg)
				if err == nil {
					z.Close()
					t.Fatal("started; want an error")
				}
				var se *sandbox.StartError
				if !errors.As(err, &se) || se.Level != level || !strings.Contains(err.Error(), row.want) {
					t.Errorf("got %v, want a StartError of level %s that says %q", err, level, row.want)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestLevelPreload(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, func(c *sandbox.Config) { c.Preload = []string{"no_such_module", "decimal"} })
		if got := says(t, z, "emit(b'ok' if 'decimal' in sys.modules else b'not preloaded')"); got != "ok" {
			t.Error(got)
		}
	})
}

func TestLevelStartCancelled(t *testing.T) {
	p := findPython(t)
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*ms)
		defer cancel()
		began := time.Now()
		z, err := sandbox.Start(ctx, sandbox.Config{Python: p, Level: level, Harness: "import time; time.sleep(100)"})
		if err == nil {
			z.Close()
			t.Fatal("started; want an error")
		}
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 3*time.Second {
			t.Errorf("got %v after %v, want %v at once", err, time.Since(began), context.DeadlineExceeded)
		}
	})
}

func TestFindPython(t *testing.T) {
	p := findPython(t)
	if !filepath.IsAbs(p.Path) || p.Version == "" || p.Prefix == "" || p.Build == "" || len(p.SearchPath) == 0 {
		t.Errorf("FindPython: incomplete: %+v", p)
	}
	for _, row := range []struct{ name, path, want string }{
		{"absent", "/no/such/python", "python /no/such/python"},
		{"a name that is not on the path", "no-such-python", "install python3"},
		{"not a Python", "/bin/true", "python /bin/true"},
		{"one that fails", "/bin/false", "ask for its version"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := sandbox.FindPython(t.Context(), row.path)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("FindPython(%q): %v, want an error that says %q", row.path, err, row.want)
			}
		})
	}
}

// A virtual environment under each of several folders works wherever the jail's account can read it.
func TestLevelVirtualEnvironment(t *testing.T) {
	findPython(t)
	for _, row := range []struct{ name, under string }{
		{"in the temporary folder", os.TempDir()}, {"elsewhere", "/opt"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir, err := os.MkdirTemp(row.under, "acecoder-venv-") //nolint:usetesting // another account has to reach it
			if err != nil {
				t.Skipf("no folder for an environment: %v", err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(sandbox.DefaultPython, "-m", "venv", "--without-pip", dir+"/env").CombinedOutput(); err != nil {
				t.Skipf("no virtual environments here: %v: %s", err, out)
			}
			site, err := filepath.Glob(dir + "/env/lib/python3*/site-packages")
			if err != nil || len(site) != 1 {
				t.Fatalf("site-packages: %v, %v", site, err)
			}
			if err := os.WriteFile(site[0]+"/acecoder_only_here.py", []byte("x = 42\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			p, err := sandbox.FindPython(t.Context(), dir+"/env/bin/python3")
			if err != nil {
				t.Fatal(err)
			}
			if p.Path != dir+"/env/bin/python3" || p.Prefix != dir+"/env" {
				t.Errorf("path %s, prefix %s; want those of the environment", p.Path, p.Prefix)
			}
			atLevels(t, func(t *testing.T, level sandbox.Level) {
				z := start(t, level, func(c *sandbox.Config) { c.Python = p })
				if got := says(t, z, "import acecoder_only_here as m; emit(b'%d' % m.x)"); got != "42" {
					t.Errorf("a module of the environment: %q, want 42", got)
				}
			})
		})
	}
}
