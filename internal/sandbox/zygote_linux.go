package sandbox

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/acecoder/acecoder/internal/marshal"
)

//go:embed zygote.py
var zygoteSource string

// replyHead is the fixed part of a zygote's reply; zygote.py describes it.
const replyHead = 24

// Zygote is a warm interpreter in a jail. One caller uses it at a time.
type Zygote struct {
	cfg    Config
	place  int // its number among the zygotes that run now
	cmd    *exec.Cmd
	req    *os.File
	resp   *os.File
	shared []byte
	peer   *net.UnixConn
	stderr *tail
	work   string // level C: the folder that tasks may write
	group  *cgroup
	watch  *watch
	frame  []byte
	head   [replyHead]byte
	data   []byte
	ran    int
	exited chan struct{}
	close  sync.Once
}

// ErrZygote tells that the zygote itself broke. The work that it held was not done; another zygote can do it.
var ErrZygote = errors.New("the zygote ended")

// Start makes a zygote and waits until it is warm.
func Start(ctx context.Context, cfg Config) (*Zygote, error) {
	if cfg.Memory == 0 {
		cfg.Memory = 512 * MiB
	}
	if cfg.Shared == 0 {
		cfg.Shared = 16 * MiB
	}
	z := &Zygote{cfg: cfg, place: takePlace(), stderr: &tail{}, exited: make(chan struct{})}
	if err := z.start(ctx); err != nil {
		z.Close()
		return nil, &StartError{Level: cfg.Level, Stderr: z.stderr.String(), Err: err}
	}
	return z, nil
}

func (z *Zygote) start(ctx context.Context) error {
	pipes, err := newPipes(z.cfg.Shared)
	defer pipes.closeChild()
	if err != nil {
		return err
	}
	z.req, z.resp, z.shared = pipes.req, pipes.resp, pipes.shared
	if z.peer, err = pipes.connect(); err != nil {
		return err
	}
	if z.cfg.Level == LevelC {
		if z.work, err = os.MkdirTemp("", fmt.Sprintf("%s%d-", workPrefix, os.Getpid())); err != nil {
			return fmt.Errorf("make a working folder: %w", err)
		}
	}
	z.cmd = &exec.Cmd{Path: "/proc/self/exe", Args: []string{jailName}, Env: []string{}, ExtraFiles: pipes.child, Stderr: z.stderr}
	z.cmd.SysProcAttr = z.attributes()
	if err := startLocked(z.cmd); err != nil {
		return fmt.Errorf("start the jail: %w", err)
	}
	// With the child's ends open here as well, the end of a jail that dies early would never be noticed.
	pipes.closeChild()
	go func() { _ = z.cmd.Wait(); close(z.exited) }()
	if z.group, err = newCgroup(z.cfg, z.cmd.Process.Pid); err != nil {
		return err
	}
	if err := pipes.configure(z); err != nil {
		return err
	}
	return z.ready(ctx)
}

// attributes are the namespaces and the account of the jail's process.
func (z *Zygote) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	uid, gid := os.Getuid(), os.Getgid()
	root := uid == 0
	if root {
		// A user and group of its own for every zygote: limits counted by user are then counted by zygote, and
		// nothing on this machine belongs to it.
		uid, gid = firstUID+z.place, firstUID+z.place
	}
	if z.cfg.Level == LevelC {
		if root {
			attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), Groups: []uint32{}}
			_ = os.Chown(z.work, uid, gid)
		}
		return attr
	}
	attr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
		unix.CLONE_NEWUTS
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	if root {
		attr.GidMappingsEnableSetgroups = true
		attr.Credential = &syscall.Credential{Uid: 0, Gid: 0, Groups: []uint32{}}
	}
	return attr
}

// workPrefix begins the names of working folders at level C; the supervisor's process id follows.
const workPrefix = "acecoder-work-"

// firstUID is the user id of place 0 where the supervisor is root; it and those after it belong to no account of a
// usual system.
const firstUID = 61184

// places gives zygotes that run at the same time different numbers.
var places struct {
	mu    sync.Mutex
	taken [4096]bool
}

// takePlace returns a free number. Where it begins to look depends on the process, so that the zygotes of two
// supervisors are hardly ever the same user.
func takePlace() int {
	places.mu.Lock()
	defer places.mu.Unlock()
	const stride = 61 // odd: process ids that follow each other start far apart
	first := os.Getpid() * stride
	for i := range places.taken {
		if n := (first + i) % len(places.taken); !places.taken[n] {
			places.taken[n] = true
			return n
		}
	}
	return first % len(places.taken) // more zygotes than numbers: some share one
}

func (z *Zygote) leavePlace() {
	places.mu.Lock()
	defer places.mu.Unlock()
	places.taken[z.place] = false
}

// startTimeout bounds how long a zygote may take to warm up.
const startTimeout = 30 * time.Second

// ready waits for the zygote's first reply.
func (z *Zygote) ready(ctx context.Context) error {
	stop := context.AfterFunc(ctx, z.kill)
	defer stop()
	_ = z.resp.SetReadDeadline(time.Now().Add(startTimeout))
	_, err := io.ReadFull(z.resp, z.head[:])
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		z.kill()
		<-z.exited
		return fmt.Errorf("it did not get ready: %w", err)
	}
	_ = z.resp.SetReadDeadline(time.Time{})
	z.watch, err = newWatch(z)
	return err
}

// Ran returns how many tasks the zygote has run: the caller replaces it now and then.
func (z *Zygote) Ran() int { return z.ran }

// Peer is a stream to the task that runs now, for tasks that serve; nothing of an earlier task is in it once
// [Zygote.Run] has returned and [Zygote.DrainPeer] was called.
func (z *Zygote) Peer() *net.UnixConn { return z.peer }

// Interrupt ends the task that runs now, if any; its result says WallTime. It may be called during Run.
func (z *Zygote) Interrupt() { z.watch.interrupt() }

// DrainPeer throws away what an ended task left in the stream, and lifts its deadlines.
func (z *Zygote) DrainPeer() {
	var buf [4096]byte
	// A deadline that has passed would keep raw.Read from reading at all.
	_ = z.peer.SetDeadline(time.Time{})
	raw, err := z.peer.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool {
		for {
			if n, _, err := unix.Recvfrom(int(fd), buf[:], unix.MSG_DONTWAIT); n <= 0 || err != nil {
				return true
			}
		}
	})
}

// Run makes one process for each task, in order, and calls each with how it ended. An error means that the
// zygote broke; tasks whose result was not given have then not been judged.
func (z *Zygote) Run(ctx context.Context, common []byte, tasks [][]byte, lim Limits, each func(int, Result)) error {
	z.frame = frame(z.frame, common, tasks)
	z.watch.begin(lim)
	defer z.watch.end()
	stop := context.AfterFunc(ctx, z.kill)
	defer stop()
	sent := make(chan error, 1)
	if len(z.frame) < 1<<16 {
		// Fits in the pipe's buffer, so the write cannot wait for a zygote that waits for us.
		_, err := z.req.Write(z.frame)
		sent <- err
	} else {
		go func() { _, err := z.req.Write(z.frame); sent <- err }()
	}
	for i := range tasks {
		r, err := z.reply(i)
		if err != nil {
			z.kill()
			if unsent := <-sent; unsent != nil {
				err = errors.Join(err, unsent) // the write ends with the zygote
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%w: %w", ErrZygote, err)
		}
		each(i, r)
		z.ran++
	}
	return <-sent
}

func (z *Zygote) reply(index int) (Result, error) {
	if _, err := io.ReadFull(z.resp, z.head[:]); err != nil {
		return Result{}, err
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(z.head[4*i:]) }
	if int(word(0)) != index {
		return Result{}, fmt.Errorf("reply %d came for task %d", word(0), index)
	}
	if int32(word(1)) == -1 {
		return Result{}, fmt.Errorf("clone: %w", unix.Errno(word(4)))
	}
	n := int(word(5))
	if n > len(z.shared) {
		return Result{}, fmt.Errorf("a reply of %d bytes", n)
	}
	if cap(z.data) < n {
		z.data = make([]byte, n)
	}
	z.data = z.data[:n]
	if _, err := io.ReadFull(z.resp, z.data); err != nil {
		return Result{}, err
	}
	status := unix.WaitStatus(word(1))
	r := Result{
		Exit: status.ExitStatus(), CPU: time.Duration(word(2)) * time.Microsecond,
		Wall: time.Duration(word(3)) * time.Microsecond, MaxRSS: Size(word(4)) * KiB, Data: z.data,
	}
	if status.Signaled() {
		killed := z.watch.reason(index)
		r.Signal = int(status.Signal())
		r.Killed = killed
		if killed == NotKilled && status.Signal() == unix.SIGKILL && z.group.ranOut() {
			r.Killed = OutOfMemory
		}
	}
	return r, nil
}

// kill ends the zygote and with it everything in its jail.
func (z *Zygote) kill() {
	if z.cmd != nil && z.cmd.Process != nil {
		_ = z.cmd.Process.Kill()
	}
}

// Close ends the zygote and removes all that it had.
func (z *Zygote) Close() {
	z.close.Do(func() {
		z.kill()
		if z.cmd != nil && z.cmd.Process != nil {
			<-z.exited
		}
		if z.watch != nil {
			z.watch.close()
		}
		for _, c := range []io.Closer{z.req, z.resp} {
			if f, ok := c.(*os.File); ok && f != nil {
				f.Close()
			}
		}
		if z.peer != nil {
			z.peer.Close()
		}
		if z.shared != nil {
			_ = unix.Munmap(z.shared)
		}
		if z.work != "" {
			removeAll(z.work)
		}
		z.group.remove()
		z.leavePlace()
	})
}

// removeAll removes a folder that tasks could write: they may have closed folders in it to their own account.
func removeAll(dir string) {
	if root, err := os.OpenRoot(dir); err == nil {
		_ = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, _ error) error {
			if d != nil && d.IsDir() {
				_ = root.Chmod(path, 0o700)
			}
			return nil
		})
		_ = root.Close()
	}
	_ = os.RemoveAll(dir)
}

// indexSize is the first page of the shared memory, where a zygote says which task runs; tasks do not have it.
const indexSize = 4 * KiB

// pipes are the descriptors between the supervisor and a jail.
type pipes struct {
	child     []*os.File
	req, resp *os.File
	boot      *os.File
	jail      *os.File
	peer      *os.File
	shared    []byte
}

func newPipes(size Size) (*pipes, error) {
	p := &pipes{child: make([]*os.File, fdJail-fdBoot+1)}
	var err error
	pipe := func(fd int, towards bool) *os.File {
		if err != nil {
			return nil
		}
		var r, w *os.File
		if r, w, err = os.Pipe(); err != nil {
			return nil
		}
		if towards {
			p.child[fd-fdBoot] = r
			return w
		}
		p.child[fd-fdBoot] = w
		return r
	}
	p.boot, p.req, p.resp, p.jail = pipe(fdBoot, true), pipe(fdRequest, true), pipe(fdResponse, false), pipe(fdJail, true)
	if err != nil {
		return p, fmt.Errorf("make the pipes of a jail: %w", err)
	}
	fd, err := unix.MemfdCreate("acecoder", unix.MFD_CLOEXEC)
	if err != nil {
		return p, fmt.Errorf("make shared memory: %w", err)
	}
	p.child[fdShared-fdBoot] = os.NewFile(uintptr(fd), "shared")
	size += indexSize
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return p, fmt.Errorf("make shared memory: %w", err)
	}
	// The supervisor looks only at the first page, where a task says how far it is; results come by the pipe.
	if p.shared, err = unix.Mmap(fd, 0, int(size), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return p, fmt.Errorf("map shared memory: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return p, fmt.Errorf("make a jail's stream: %w", err)
	}
	p.child[fdPeer-fdBoot] = os.NewFile(uintptr(pair[0]), "peer")
	p.peer = os.NewFile(uintptr(pair[1]), "peer")
	return p, nil
}

// closeChild closes the ends that belong to the jail.
func (p *pipes) closeChild() {
	for _, f := range p.child {
		if f != nil {
			f.Close()
		}
	}
	clear(p.child)
}

func (p *pipes) connect() (*net.UnixConn, error) {
	defer p.peer.Close()
	conn, err := net.FileConn(p.peer)
	if err != nil {
		return nil, fmt.Errorf("a jail's stream: %w", err)
	}
	return conn.(*net.UnixConn), nil
}

// configure tells the jail, and then the zygote in it, what to be.
func (p *pipes) configure(z *Zygote) error {
	defer p.boot.Close()
	defer p.jail.Close()
	work := z.work
	if work == "" {
		work = z.cfg.Python.workFolder()
	}
	j := jail{
		Level: z.cfg.Level, Python: z.cfg.Python.Path, Folders: z.cfg.Python.folders(), Work: work,
		TmpSize: 64 * MiB, Env: environment(work, z.cfg.Variation), Fixed: z.cfg.Variation == 0,
	}
	if err := json.NewEncoder(p.jail).Encode(j); err != nil {
		return fmt.Errorf("configure the jail: %w", err)
	}
	p.jail.Close()
	if _, err := p.boot.Write(z.cfg.marshal(work)); err != nil {
		return fmt.Errorf("configure the zygote: %w", err)
	}
	return nil
}

// marshal is the dict C of zygote.py.
func (c Config) marshal(work string) []byte {
	b := marshal.Dict(nil)
	key := func(name string) { b = marshal.Str(b, name) }
	number := func(name string, n int64) { key(name); b = marshal.Int(b, n) }
	flag := func(name string, v bool) { key(name); b = marshal.Bool(b, v) }
	text := func(name, s string) { key(name); b = marshal.Str(b, s) }
	list := func(name string, s []string) { key(name); b = marshal.Strs(b, s) }
	text("zygote", zygoteSource)
	text("harness", c.Harness)
	text("workdir", work)
	number("shared", int64(c.Shared))
	number("memory", int64(c.Memory))
	number("file_size", int64(32*MiB))
	number("cpu_seconds", 1800)
	number("processes", 64)
	number("variation", int64(c.Variation))
	flag("nested", c.Level != LevelC)
	flag("tmpfs", c.Level != LevelC)
	flag("x86", runtime.GOARCH == "amd64")
	flag("inline", c.Inline)
	flag("fill", true)
	flag("debug", c.Debug)
	list("preload", c.Preload)
	list("required", c.Require)
	list("search_path", c.Python.SearchPath)
	key("filter")
	b = marshal.Bytes(b, filter(c.Level))
	key("child_filter")
	b = marshal.Bytes(b, childFilter())
	key("syscalls")
	b = marshal.Dict(b)
	number("clone", unix.SYS_CLONE)
	number("capset", unix.SYS_CAPSET)
	number("setsid", unix.SYS_SETSID)
	number("close_range", unix.SYS_CLOSE_RANGE)
	number("wait4", unix.SYS_WAIT4)
	number("newfstatat", unix.SYS_NEWFSTATAT)
	number("seccomp", unix.SYS_SECCOMP)
	return marshal.EndDict(marshal.EndDict(b))
}

// tail keeps the end of what a process writes to its stderr.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p)
	if t.buf.Len() > 8<<10 {
		t.buf.Next(t.buf.Len() - 4<<10)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.buf.String())
}

// startLocked starts processes from one thread that never ends: the parent-death signal that a jail asks for
// is sent when the thread that made it ends, not when the program does.
func startLocked(cmd *exec.Cmd) error {
	spawner.once.Do(func() {
		spawner.jobs = make(chan func())
		go spawn(spawner.jobs)
	})
	done := make(chan error)
	spawner.jobs <- func() { done <- cmd.Start() }
	return <-done
}

var spawner struct {
	once sync.Once
	jobs chan func()
}
