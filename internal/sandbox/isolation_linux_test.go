package sandbox_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/acecoder/acecoder/internal/sandbox"
)

// snippet is a piece of Python that emits b"ok", or what it managed to do.
type snippet struct{ name, code string }

// isolates runs snippets at each level, each as a task of one zygote, and wants ok of each.
func isolates(t *testing.T, rows []snippet) {
	t.Helper()
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				r := one(t, z, row.code, generous)
				if string(r.Data) != "ok" || r.Exit != 0 || r.Signal != 0 {
					t.Errorf("said %q, exit %d, signal %d, killed: %s; want ok, exit 0", r.Data, r.Exit, r.Signal, reasons[r.Killed])
				}
			})
		}
	})
}

func TestIsolationFiles(t *testing.T) {
	isolates(t, []snippet{
		{"nothing of the machine can be read", `
for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/root", "/home", "/proc/self/status", "/proc/1/environ", "/proc",
             "/sys", "/sys/kernel", "/var", "/run", "/dev", "/dev/shm", "/dev/mem", "/dev/kmsg", "/dev/fuse", "/boot", "/opt/.", "/mnt"):
    try:
        if os.path.isdir(path):
            found = os.listdir(path)
            if path == "/dev" and set(found) <= {"null", "zero", "random", "urandom"}: continue
            if path == "/opt/." or not found: continue
        else: open(path, "rb").read(1)
        emit(path.encode() + b" ")
    except OSError: pass
emit(b"ok")`},
		{"links do not lead out", `
for target in ("/etc/passwd", "/proc/self/environ", "../../../etc/passwd", "/usr/../etc/shadow"):
    os.symlink(target, "link")
    if not raises(lambda: open("link").read()): emit(target.encode())
    os.unlink("link")
emit(b"ok")`},
		{"the system is read-only", `
for path in ("/", "/usr", "/usr/lib", "/usr/bin", "/lib", "/bin", "/etc", "/dev", sys.prefix, os.path.dirname(os.__file__)):
    try:
        os.mkdir(path + "/acecoder-test")
        emit(b"made a folder in " + path.encode() + b" ")
    except OSError: pass
    try:
        open(path + "/acecoder-test", "w")
        emit(b"made a file in " + path.encode() + b" ")
    except OSError: pass
if not raises(open, os.__file__, "r+"): emit(b"opened a module for writing ")
if not raises(os.unlink, os.__file__): emit(b"removed a module ")
if not raises(os.rename, os.__file__, "os.py"): emit(b"moved a module ")
if not raises(os.chmod, os.__file__, 0): emit(b"closed a module ")
if not raises(os.link, os.__file__, "os.py"): emit(b"linked a module ")
emit(b"ok")`},
		{"the working folder is writable and empty", `
assert os.listdir(".") == [], os.listdir(".")
assert os.getcwd() == os.environ["TMPDIR"] == os.environ["HOME"]
import tempfile
with tempfile.NamedTemporaryFile("w+") as f:
    f.write("x"); f.seek(0)
    assert f.read() == "x"
os.mkdir("a"); os.rename("a", "b"); os.symlink("b", "c"); os.listdir("c")
emit(b"ok")`},
		{"disk: one file", `
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
n = 0
try:
    with open("big", "wb", 0) as f:
        while n < 1 << 30: n += f.write(b"x" * (1 << 20))
except OSError: pass
emit(b"ok" if n <= 32 << 20 else b"%d bytes" % n)`},
		{"devices cannot be made", `
import stat
emit(b"ok" if raises(os.mknod, "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3)) else b"made a device")`},
	})
}

// What fills the jail's own disk must not stay either.
func TestIsolationDisk(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		if level == sandbox.LevelC {
			t.Skip("level C has no disk of its own")
		}
		z := start(t, level, nil)
		got := says(t, z, `
total, i = 0, 0
try:
    for i in range(20):
        with open("f%d" % i, "wb", 0) as f:
            for _ in range(16): total += f.write(b"x" * (1 << 20))
except OSError: pass
files = 0
try:
    for files in range(20000): open("n%d" % files, "w").close()
except OSError: pass
emit(b"ok" if total <= 64 << 20 and files < 9000 else b"%d bytes, %d files" % (total, files))`)
		if got != "ok" {
			t.Errorf("wrote %s", got)
		}
		if got := says(t, z, `open("x", "wb").write(b"x" * (10 << 20)); emit(b"%d" % len(os.listdir(".")))`); got != "1" {
			t.Errorf("the next task found %s files", got)
		}
	})
}

func TestIsolationNothingStays(t *testing.T) {
	const look = `
import stat
st = os.stat(".")
if os.listdir(b"."): emit(repr(os.listdir(b".")[:5]).encode())
elif stat.S_IMODE(st.st_mode) != 0o700: emit(b"mode %o" % st.st_mode)
elif open("x", "w").close() is None: emit(b"ok")`
	rows := []snippet{
		{"files", `
for i in range(1000): open("f%d" % i, "w").close()`},
		{"hidden files", `open(".x", "w").close(); open("..x", "w").close(); open(" ", "w").close(); open("-rf", "w").close()`},
		{"folders nested 500 deep", `
for i in range(500):
    os.mkdir("d"); open("f", "w").close(); os.chdir("d")`},
		{"folders of long names deeper than a path may be", `
for i in range(60):
    os.mkdir("d" * 250); os.chdir("d" * 250)
open("f", "w").close()`},
		{"folders that nobody may read", `
os.makedirs("a/b/c"); open("a/b/f", "w").close()
for d in ("a/b/c", "a/b", "a"): os.chmod(d, 0)`},
		{"files that nobody may read", `open("f", "w").close(); os.chmod("f", 0)`},
		{"the working folder closed", `open("f", "w").close(); os.chmod(".", 0)`},
		{"the working folder closed and empty", `os.chmod(".", 0)`},
		{"the working folder open to all", `os.chmod(".", 0o777)`},
		{"symbolic links", `os.symlink("/usr", "u"); os.symlink("nowhere", "n"); os.symlink("self", "self"); os.mkdir("d"); os.symlink("..", "d/up")`},
		{"hard links", `open("a", "w").close(); os.link("a", "b"); os.mkdir("d"); os.link("a", "d/c")`},
		{"names of odd bytes", `
for name in (b"\xff\xfe", b"new\nline", b"\x01\x7f", b"\xed\xa0\x80", "\u202e".encode(), b"*", b"x" * 255):
    open(name, "w").close(); os.mkdir(b"d" + name[:200]); open(b"d" + name[:200] + b"/" + name, "w").close()`},
		{"a fifo", `raises(os.mkfifo, "p")`},
		{"an open file that was removed", `f = open("x", "w"); os.unlink("x"); f.write("x")`},
		{"a file that stays after all else was removed", `open("a", "w").close(); open("b", "w").close(); os.unlink("a")`},
		{"a file in place of one's own folder", `os.mkdir("a"); os.rmdir("a"); open("a", "w").close()`},
		{"a killed task's files", `open("f", "w").close(); os.mkdir("d"); ctypes.string_at(1)`},
		{"modules and environment", `sys.modules["json"] = None; os.environ["LEFT"] = "x"; import builtins; builtins.left = 1`},
	}
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				alone := start(t, level, nil) // a row that breaks it must not hide the others
				one(t, alone, row.code, generous)
				if got := says(t, alone, look); got != "ok" {
					t.Errorf("the next task found: %s", got)
				}
			})
		}
		z := start(t, level, nil)
		one(t, z, rows[len(rows)-1].code, generous)
		if got := says(t, z, `import json, builtins; emit(b"ok" if "LEFT" not in os.environ and not hasattr(builtins, "left") else b"left")`); got != "ok" {
			t.Errorf("what a task changed in its interpreter is there for the next: %s", got)
		}
	})
}

// Where a task has the account of other files, it must not change what it cannot read.
func TestIsolationFilesOfTheSameAccount(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		dir, err := os.MkdirTemp("", "acecoder-outside-") //nolint:usetesting // another account has to reach it
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		path := dir + "/precious"
		if err := os.WriteFile(path, []byte("precious"), 0o644); err != nil {
			t.Fatal(err)
		}
		z := start(t, level, nil)
		if os.Getuid() == 0 {
			for _, p := range []string{dir, path} {
				if err := os.Chown(p, 61184+300, 61184+300); err != nil {
					t.Fatal(err)
				}
			}
		}
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		got := says(t, z, fmt.Sprintf(`
path = %q
for name, f in (("read", lambda: open(path).read()), ("written", lambda: open(path, "r+")), ("truncated", lambda: os.truncate(path, 1)),
                ("closed by chmod", lambda: os.chmod(path, 0o600)), ("given a time", lambda: os.utime(path, (1, 1))),
                ("moved", lambda: os.rename(path, path + "2")), ("removed", lambda: os.unlink(path)), ("copied as a link", lambda: os.link(path, "x"))):
    if not raises(f): emit(name.encode() + b" ")
emit(b"ok")`, path))
		if got != "ok" {
			t.Errorf("a file of the task's account was %s", got)
		}
		after, err := os.Stat(path)
		if err != nil || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) || after.Size() != before.Size() {
			t.Errorf("the file was changed: %v, %v; was %v", after, err, before)
		}
	})
}

func TestIsolationDescriptors(t *testing.T) {
	isolates(t, []snippet{
		{"only the standard ones and the stream", `
open_ones = []
for fd in range(256):
    try: os.fstat(fd); open_ones.append(fd)
    except OSError: pass
emit(b"ok" if set(open_ones) <= {0, 1, 2, PEER} else repr(open_ones).encode())`},
		{"stdin is at its end", `emit(b"ok" if os.read(0, 10) == b"" and sys.stdin.read() == "" else b"read something")`},
		{"input() raises", `
try: input()
except EOFError: emit(b"ok")`},
		{"output of any size is swallowed", `
for _ in range(64):
    os.write(1, b"x" * (1 << 20)); os.write(2, b"x" * (1 << 20))
print("x" * (1 << 20)); sys.stdout.flush(); print("x", file=sys.stderr)
emit(b"ok")`},
		{"a lone surrogate is printed", `
try: print("\udc80")
except UnicodeEncodeError: pass
emit(b"ok")`},
		{"closing them", `
for fd in range(64):
    try: os.close(fd)
    except OSError: pass
emit(b"ok")`},
		{"the table is small", `
n = []
try:
    while len(n) < 1000: n.append(os.open("/dev/null", os.O_RDONLY))
except OSError: pass
emit(b"ok" if len(n) < 64 else b"%d" % len(n))`},
	})
}

// What the supervisor's own parent left open, without the flag that closes it on exec, is no business of a task.
func TestIsolationInheritedDescriptors(t *testing.T) {
	path := t.TempDir() + "/open"
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	const far = 200
	if err := unix.Dup3(fd, far, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(far)
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		got := says(t, z, `
emit(b"ok" if raises(os.write, 200, b"written by a task") else b"wrote")`)
		if got != "ok" {
			t.Errorf("descriptor %d is open to a task: it %s", far, got)
		}
		if data, _ := os.ReadFile(path); len(data) > 0 {
			t.Errorf("the file now holds %q", data)
		}
	})
}

func TestIsolationNetwork(t *testing.T) {
	isolates(t, []snippet{
		{"no socket of any family", `
import socket
for family in range(0, 46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            emit(b"family %d kind %d " % (family, kind))
        except OSError: pass
emit(b"ok")`},
		{"a pair of sockets works", `
import socket
a, b = socket.socketpair()
a.sendall(b"ok"); emit(b.recv(2))`},
		{"but of one family", `
import socket
emit(b"ok" if raises(socket.socketpair, socket.AF_INET) else b"made")`},
		{"a socket cannot be bound, connected or listened on", `
import socket
a, b = socket.socketpair()
if not raises(a.bind, "\0acecoder"): emit(b"bound")
if not raises(a.connect, "\0acecoder"): emit(b"connected")
if not raises(a.listen, 1): emit(b"listens")
emit(b"ok")`},
		{"names are not resolved", `
import socket
emit(b"ok" if raises(socket.getaddrinfo, "example.com", 80) else b"resolved")`},
		{"an event loop works", `
import asyncio
async def f():
    await asyncio.sleep(0)
    return b"ok"
emit(asyncio.run(f()))`},
	})
}

func TestIsolationProcesses(t *testing.T) {
	isolates(t, []snippet{
		{"os.fork", `emit(b"ok" if raises(os.fork) else b"forked")`},
		{"exec", `
for f in (lambda: os.execv("/bin/true", ["true"]), lambda: os.execv(sys.executable or "/usr/bin/python3", ["python3", "-c", ""])):
    if not raises(f): emit(b"ran")
emit(b"ok")`},
		{"posix_spawn", `emit(b"ok" if raises(os.posix_spawn, "/bin/true", ["true"], {}) else b"spawned")`},
		{"subprocess", `
import subprocess
emit(b"ok" if raises(subprocess.run, ["/bin/true"]) else b"ran")`},
		{"system", `emit(b"ok" if os.system("true") != 0 else b"ran")`},
		{"multiprocessing", `
import multiprocessing
def work(): pass
p = multiprocessing.get_context("fork").Process(target=work)
emit(b"ok" if raises(p.start) else b"started")`},
		{"threads work", `
import threading
out = []
threads = [threading.Thread(target=out.append, args=(i,)) for i in range(8)]
for x in threads: x.start()
for x in threads: x.join()
emit(b"ok" if sorted(out) == list(range(8)) else b"lost")`},
		{"many threads", `
import threading
wait, n = threading.Event(), 0
threading.stack_size(65536)
try:
    for n in range(1000): threading.Thread(target=wait.wait, daemon=True).start()
except RuntimeError: pass
emit(b"ok" if n < 200 else b"%d threads" % n)
os._exit(0)`},
		{"limits of other processes", `
import resource
for pid in {os.getppid(), 1, 2} - {0, os.getpid()}:
    if not raises(resource.prlimit, pid, resource.RLIMIT_CPU): emit(b"read those of another process ")
emit(b"ok")`},
		{"hard limits are not raised", `
import resource
for name in dir(resource):
    if not name.startswith("RLIMIT_"): continue
    soft, hard = resource.getrlimit(getattr(resource, name))
    if hard != resource.RLIM_INFINITY and not raises(resource.setrlimit, getattr(resource, name), (soft, hard + 1)): emit(name.encode() + b" ")
emit(b"ok")`},
	})
}

// A task that signals all it can reach ends nobody but itself.
func TestIsolationSignals(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		if uid := os.Getuid(); level == sandbox.LevelC && uid != 0 && uid != 65534 {
			t.Skip("should it fail, it would end the processes of whoever runs it: only as root or as nobody")
		}
		z := start(t, level, nil)
		for _, target := range []string{
			"os.kill(-1, 9)", "os.kill(0, 9)", "os.killpg(0, 9)", "os.killpg(os.getpgrp(), 9)", "os.kill(1, 9)",
			"os.kill(os.getppid(), 9)", "os.kill(os.getppid(), 19)", "[os.kill(p, 9) for p in range(2, 400)]",
			"libc.syscall(ctypes.c_long(200), ctypes.c_long(os.getppid()), ctypes.c_long(9))",
		} {
			r := one(t, z, "try: "+target+"\nexcept OSError: pass\nemit(b'lives')", generous)
			if r.Killed != sandbox.NotKilled {
				t.Errorf("%s: killed: %s", target, reasons[r.Killed])
			}
			if got := says(t, z, "emit(b'next')"); got != "next" {
				t.Errorf("%s: the next task said %q", target, got)
			}
		}
	})
}

func TestIsolationPrivileges(t *testing.T) {
	amd64Only(t, runtime.GOARCH)
	isolates(t, []snippet{
		{"no capabilities, and none to be had", `
head, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
if call(125, head, data)[0] == -1:  # reading them may be forbidden: then that setting them fails has to do
    full = (ctypes.c_uint32 * 6)(*[0xffffffff] * 6)
    emit(b"ok" if call(126, head, full) == (-1, "EPERM") else b"set")
else: emit(b"ok" if not any(data) else repr(list(data)).encode())`},
		{"one capability cannot be had back", `
for bit in range(41):
    data = (ctypes.c_uint32 * 6)()
    data[3 * (bit // 32)] = data[3 * (bit // 32) + 1] = 1 << bit % 32
    if call(126, (ctypes.c_uint32 * 2)(0x20080522, 0), data)[0] == 0: emit(b"%d " % bit)
emit(b"ok")`},
		{"supplementary groups", `emit(b"ok" if set(os.getgroups()) <= {os.getgid(), 65534} else repr(os.getgroups()).encode())`},
	})
}

func TestIsolationEnvironment(t *testing.T) {
	t.Setenv("ACECODER_SECRET", "hunter2")
	t.Setenv("PYTHONSTARTUP", "/nowhere")
	t.Setenv("PYTHONPATH", "/nowhere")
	t.Setenv("LD_PRELOAD", "")
	isolates(t, []snippet{
		{"nothing of ours", `
for name, value in os.environ.items():
    if "SECRET" in name or "hunter2" in value or "nowhere" in value or name == "LD_PRELOAD": emit(name.encode())
known = {"PATH", "HOME", "TMPDIR", "TZ", "LC_ALL", "LANG"}
others = [n for n in os.environ if n not in known and not n.startswith("PYTHON") and not n.endswith("_NUM_THREADS")]
emit(repr(others).encode() if others else b"ok")`},
		{"time zone and locale", `
import locale
emit(b"ok" if time.tzname[0] == "UTC" and os.environ["LC_ALL"] == "C.UTF-8" and sys.getfilesystemencoding() == "utf-8" else b"other")`},
		{"umask", `
old = os.umask(0)
emit(b"ok" if old == 0o077 else b"%o" % old)`},
		{"the supervisor's secret is not in memory", `
secret = b"hunter" + b"%d" % (1 + 1)
emit(b"found" if any(isinstance(v, str) and v.encode() == secret for v in os.environ.values()) else b"ok")`},
		{"search path", `emit(b"ok" if "" not in sys.path and "/nowhere" not in sys.path and os.getcwd() not in sys.path else repr(sys.path).encode())`},
	})
}

// Two runs of one program agree.
func TestIsolationSameEveryTime(t *testing.T) {
	const code = `
import random
emit(repr((hash("a"), hash(b"b"), list({"x", "y", "z", "w"}), random.random(), random.getrandbits(64))).encode())`
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		var all [][]byte
		for range 2 {
			z := start(t, level, func(c *sandbox.Config) {
				c.Preload = []string{"random"}
			})
			for _, r := range run(t, z, code, make([][]byte, 3), generous) {
				all = append(all, r.Data)
			}
		}
		for _, got := range all[1:] {
			if len(got) == 0 || !bytes.Equal(got, all[0]) {
				t.Errorf("got %s, want %s", got, all[0])
			}
		}
	})
}

// The stream to the supervisor is kept; nothing of an earlier task is in it.
func TestLevelPeer(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		says(t, z, "os.write(PEER, b'x' * 20000)")
		z.DrainPeer()
		done := make(chan string, 1)
		go func() {
			buf := make([]byte, 100)
			n, err := z.Peer().Read(buf)
			if err != nil {
				done <- err.Error()
				return
			}
			_, _ = z.Peer().Write([]byte(strings.ToUpper(string(buf[:n]))))
			done <- string(buf[:n])
		}()
		if got := says(t, z, "os.write(PEER, b'hello'); emit(os.read(PEER, 100))"); got != "HELLO" {
			t.Errorf("the task was answered %q, want HELLO", got)
		}
		if got := <-done; got != "hello" {
			t.Errorf("the task said %q, want hello", got)
		}
	})
}
