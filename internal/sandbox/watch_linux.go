package sandbox

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// tick is how often the supervisor looks at the process that runs. A process that ends within two ticks is
// never looked at, and that is nearly all of them.
const tick = 5 * time.Millisecond

// slack is what the watch allows beyond a part's limit: the process stops itself at the limit if it can, and
// that is cheaper, because the parts after it then still run.
const slack = 12 * time.Millisecond

// watch holds a zygote's tasks to their limits, on clocks that a task cannot reach.
type watch struct {
	z        *Zygote
	children *os.File // the kernel's list of the zygote's children
	stop     chan struct{}
	wake     chan struct{}
	done     sync.WaitGroup

	mu   sync.Mutex
	busy bool
	lim  Limits

	kills map[uint32]Reason // by index of the task; guarded by mu
}

// seen is what the watch knows of the process that runs now.
type seen struct {
	pid     int
	since   time.Time
	part    uint32
	partCPU time.Duration // CPU time when the part was first seen

	idleSince time.Time // when the CPU time last moved
	idleCPU   time.Duration
}

func newWatch(z *Zygote) (*watch, error) {
	pid := z.cmd.Process.Pid
	children, err := os.Open(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil, fmt.Errorf("watch the zygote's children (needs /proc and CONFIG_PROC_CHILDREN): %w", err)
	}
	w := &watch{z: z, children: children, stop: make(chan struct{}), wake: make(chan struct{}, 1), kills: map[uint32]Reason{}}
	w.done.Go(w.loop)
	return w, nil
}

func (w *watch) close() {
	close(w.stop)
	w.done.Wait()
	w.children.Close()
}

// begin sets the limits of the tasks that follow.
func (w *watch) begin(lim Limits) {
	w.mu.Lock()
	w.lim, w.busy = lim, true
	clear(w.kills)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watch) end() {
	w.mu.Lock()
	w.busy = false
	w.mu.Unlock()
}

func (w *watch) state() (Limits, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lim, w.busy
}

// reason returns why the watch killed a task, if it did. Replies come a few at a time, so a kill may be known
// before the replies of earlier tasks have been read.
func (w *watch) reason(index int) Reason {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kills[uint32(index)]
}

func (w *watch) loop() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var s seen
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
		}
		lim, busy := w.state()
		if !busy {
			// An idle slot costs nothing: sleep until there is work.
			ticker.Stop()
			s = seen{}
			select {
			case <-w.stop:
				return
			case <-w.wake:
			}
			ticker.Reset(tick)
			continue
		}
		w.look(&s, lim)
	}
}

// look reads the clocks of the task that runs now, if any, and ends it when it is over a limit.
func (w *watch) look(s *seen, lim Limits) {
	pid := w.child()
	if pid == 0 {
		*s = seen{}
		return
	}
	now := time.Now()
	if pid != s.pid {
		*s = seen{pid: pid, since: now, idleSince: now}
	}
	cpu, err := cpuTime(pid)
	if err != nil {
		return // it has ended meanwhile
	}
	if part := binary.LittleEndian.Uint32(w.z.shared[indexSize:]); part != s.part {
		s.part, s.partCPU = part, cpu
	}
	if cpu-s.idleCPU > time.Millisecond {
		s.idleCPU, s.idleSince = cpu, now
	}
	if why := s.over(lim, cpu, now); why != NotKilled {
		w.kill(s.pid, why)
	}
}

// over tells which limit a task is over, if any.
func (s *seen) over(lim Limits, cpu time.Duration, now time.Time) Reason {
	limit := lim.Part
	if s.part == 0 {
		limit = lim.Body
	}
	switch {
	case lim.Program > 0 && cpu > lim.Program+slack:
		return TotalTime
	case limit > 0 && cpu-s.partCPU > limit+slack:
		return PartTime
	case lim.Wall > 0 && now.Sub(s.since) > lim.Wall,
		lim.Idle > 0 && now.Sub(s.idleSince) > lim.Idle && asleep(s.pid):
		return WallTime
	}
	return NotKilled
}

// asleep reports whether a process waits or is stopped. One that is ready to run and gets no processor, on a
// machine with too much to do, is not idle.
func asleep(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// The state follows the command's name, which is in parentheses and may hold anything.
	_, after, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return strings.HasPrefix(after, "S") || strings.HasPrefix(after, "T") || strings.HasPrefix(after, "t")
}

// interrupt ends the task that runs now.
func (w *watch) interrupt() {
	if pid := w.child(); pid != 0 {
		w.kill(pid, WallTime)
	}
}

// child returns the pid of the zygote's only child, or 0.
func (w *watch) child() int {
	var buf [32]byte
	n, _ := w.children.ReadAt(buf[:], 0)
	word, _, _ := strings.Cut(string(buf[:n]), " ")
	pid, err := strconv.Atoi(word)
	if err != nil {
		return 0
	}
	return pid
}

// kill ends a task. The pid is pinned by a descriptor first and then looked up again, so that a pid that was
// used anew meanwhile is never the one that is signalled.
func (w *watch) kill(pid int, why Reason) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if w.child() != pid {
		return
	}
	index := binary.LittleEndian.Uint32(w.z.shared)
	// Known before it is done: the zygote may reply at once. A task that ended by itself meanwhile is not
	// mislabelled, because the reason counts only for one that a signal ended.
	w.mu.Lock()
	w.kills[index] = why
	w.mu.Unlock()
	_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
}

// cpuTime reads the CPU clock of a process, all its threads together. The kernel's clock id of a process is
// its complemented pid, shifted, with 2 for the scheduler's clock (clock_getcpuclockid(3)).
func cpuTime(pid int) (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// spawn runs what it is given on one thread.
func spawn(jobs <-chan func()) {
	runtime.LockOSThread()
	for job := range jobs {
		job()
	}
}
