package sandbox

import (
	"encoding/binary"
	"runtime"

	"golang.org/x/sys/unix"
)

// The system calls of a task, as an allow-list: whatever is not named here fails with EPERM, or with ENOSYS
// where a C library falls back to an older call. There is no socket, exec, ptrace, mount, key, BPF, io_uring
// and no way to make another process: a task is one process, so its CPU clock tells all it used.
var allowed = []uint32{
	// The most used first: the filter is a plain list.
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_LSEEK, unix.SYS_MMAP, unix.SYS_MUNMAP,
	unix.SYS_BRK, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MREMAP, unix.SYS_OPENAT, unix.SYS_NEWFSTATAT,
	unix.SYS_FUTEX, unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_WAIT4, unix.SYS_WAITID, unix.SYS_CLOCK_GETTIME, unix.SYS_GETRUSAGE,
	unix.SYS_GETDENTS64, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETPPID, unix.SYS_SETSID, unix.SYS_CAPSET,
	unix.SYS_SETITIMER, unix.SYS_GETITIMER, unix.SYS_IOCTL, unix.SYS_FCNTL, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_PIPE2,
	unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_READLINKAT, unix.SYS_FACCESSAT,
	unix.SYS_FACCESSAT2, unix.SYS_STATX, unix.SYS_STATFS, unix.SYS_FSTATFS, unix.SYS_GETCWD, unix.SYS_CHDIR,
	unix.SYS_FCHDIR, unix.SYS_FTRUNCATE, unix.SYS_TRUNCATE, unix.SYS_FALLOCATE, unix.SYS_FSYNC, unix.SYS_FDATASYNC,
	unix.SYS_MKDIRAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT, unix.SYS_SYMLINKAT,
	unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_UTIMENSAT, unix.SYS_UMASK, unix.SYS_FLOCK, unix.SYS_SENDFILE,
	unix.SYS_COPY_FILE_RANGE, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY,
	unix.SYS_TIMES, unix.SYS_GETUID, unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID, unix.SYS_GETRESUID,
	unix.SYS_GETRESGID, unix.SYS_GETGROUPS, unix.SYS_GETPGID, unix.SYS_GETSID, unix.SYS_SETPGID, unix.SYS_UNAME,
	unix.SYS_SYSINFO, unix.SYS_GETRANDOM, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_SCHED_GETPARAM,
	unix.SYS_SCHED_GETSCHEDULER, unix.SYS_GETPRIORITY, unix.SYS_GETCPU, unix.SYS_PRLIMIT64, unix.SYS_KILL, unix.SYS_TKILL,
	unix.SYS_TGKILL, unix.SYS_RT_SIGPENDING, unix.SYS_RT_SIGSUSPEND, unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_SET_TID_ADDRESS,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_GET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_MEMBARRIER, unix.SYS_MINCORE,
	unix.SYS_MSYNC, unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_EVENTFD2, unix.SYS_TIMERFD_CREATE, unix.SYS_TIMERFD_SETTIME, unix.SYS_TIMERFD_GETTIME, unix.SYS_TIMER_CREATE,
	unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_GETTIME, unix.SYS_TIMER_DELETE, unix.SYS_RESTART_SYSCALL, unix.SYS_CLOSE_RANGE,
	unix.SYS_RECVFROM, unix.SYS_SENDTO, unix.SYS_SHUTDOWN, unix.SYS_SYNC_FILE_RANGE, unix.SYS_FADVISE64,
}

// firstUnknown is the first system call that a C library may try and do without: it is told ENOSYS from here on.
const firstUnknown = 424

// The classic BPF instructions that a filter needs.
const (
	bpfLoad  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	bpfEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	bpfAbove = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	bpfAny   = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	bpfRet   = unix.BPF_RET | unix.BPF_K

	retKill  = 0x80000000
	retErrno = 0x00050000
	retAllow = 0x7fff0000

	offNR   = 0
	offArch = 4
	offArg0 = 16 // low half, little endian
)

type assembler struct{ code []byte }

func (a *assembler) emit(op uint16, jt, jf uint8, k uint32) {
	a.code = binary.LittleEndian.AppendUint16(a.code, op)
	a.code = append(a.code, jt, jf)
	a.code = binary.LittleEndian.AppendUint32(a.code, k)
}

// allow lets one system call through.
func (a *assembler) allow(nr uint32) {
	a.emit(bpfEqual, 0, 1, nr)
	a.emit(bpfRet, 0, 0, retAllow)
}

// fail lets one system call fail.
func (a *assembler) fail(nr uint32, errno uint32) {
	a.emit(bpfEqual, 0, 1, nr)
	a.emit(bpfRet, 0, 0, retErrno|errno)
}

// only lets a system call through when the low half of its first argument is among the values.
func (a *assembler) only(nr uint32, values ...uint32) {
	a.emit(bpfEqual, 0, uint8(2*len(values)+3), nr)
	a.emit(bpfLoad, 0, 0, offArg0)
	for _, v := range values {
		a.emit(bpfEqual, 0, 1, v)
		a.emit(bpfRet, 0, 0, retAllow)
	}
	a.emit(bpfRet, 0, 0, retErrno|uint32(unix.EPERM))
	a.emit(bpfLoad, 0, 0, offNR) // never reached; keeps the length even with the jump
}

// clone lets threads be made and, for the zygote, its one kind of process; no other flag that makes a namespace.
func (a *assembler) clone(process uint32) {
	const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
		unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
	a.emit(bpfEqual, 0, 9, uint32(unix.SYS_CLONE))
	a.emit(bpfLoad, 0, 0, offArg0)
	a.emit(bpfEqual, 0, 1, process)
	a.emit(bpfRet, 0, 0, retAllow)
	a.emit(bpfAny, 0, 1, namespaces)
	a.emit(bpfRet, 0, 0, retErrno|uint32(unix.EPERM))
	a.emit(bpfAny, 0, 1, unix.CLONE_THREAD)
	a.emit(bpfRet, 0, 0, retAllow)
	a.emit(bpfRet, 0, 0, retErrno|uint32(unix.EPERM))
	a.emit(bpfLoad, 0, 0, offNR) // never reached; keeps the jump in range of a next instruction
}

// harmlessPrctl: threads name themselves, the rest only asks.
var harmlessPrctl = []uint32{unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_GET_PDEATHSIG, unix.PR_GET_DUMPABLE}

// filter returns the seccomp program of a zygote: level A and B make processes in a pid namespace of their own,
// which a task cannot repeat because it has no capability left; level C cannot, and adds a filter to each task.
func filter(level Level) []byte {
	process := uint32(unix.SIGCHLD)
	if level != LevelC {
		process |= unix.CLONE_NEWPID
	}
	a := header()
	for _, nr := range append(allowed[:len(allowed):len(allowed)], allowedHere...) {
		a.allow(nr)
	}
	a.clone(process)
	a.only(unix.SYS_SOCKETPAIR, unix.AF_UNIX) // asyncio wakes itself through one
	if level == LevelC {
		a.allow(unix.SYS_SECCOMP)
		a.allow(unix.SYS_PRCTL)
	} else {
		a.only(unix.SYS_PRCTL, harmlessPrctl...)
	}
	a.fail(unix.SYS_CLONE3, uint32(unix.ENOSYS))
	a.emit(bpfAbove, 0, 1, firstUnknown)
	a.emit(bpfRet, 0, 0, retErrno|uint32(unix.ENOSYS))
	a.emit(bpfRet, 0, 0, retErrno|uint32(unix.EPERM))
	return a.code
}

// childFilter is what a task at level C adds, where no namespace keeps it from the account's other processes and
// files: no process, no signal, limits of its own alone, no change of filters, and none of the changes to files
// that Landlock does not see.
func childFilter() []byte {
	a := header()
	a.emit(bpfEqual, 0, 4, uint32(unix.SYS_CLONE))
	a.emit(bpfLoad, 0, 0, offArg0)
	a.emit(bpfAny, 1, 0, unix.CLONE_THREAD)
	a.emit(bpfRet, 0, 0, retErrno|uint32(unix.EPERM))
	a.emit(bpfRet, 0, 0, retAllow)
	a.only(unix.SYS_PRCTL, harmlessPrctl...)
	a.only(unix.SYS_PRLIMIT64, 0)
	for _, nr := range append([]uint32{
		unix.SYS_SECCOMP, unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_TGKILL,
		unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_UTIMENSAT,
	}, deniedHere...) {
		a.fail(nr, uint32(unix.EPERM))
	}
	a.emit(bpfRet, 0, 0, retAllow)
	return a.code
}

// header checks that the call is made by this machine's own convention and leaves its number loaded.
func header() *assembler {
	a := &assembler{}
	a.emit(bpfLoad, 0, 0, offArch)
	a.emit(bpfEqual, 1, 0, auditArch)
	a.emit(bpfRet, 0, 0, retKill)
	a.emit(bpfLoad, 0, 0, offNR)
	if runtime.GOARCH == "amd64" {
		a.emit(bpfAbove, 0, 1, 0x40000000) // the x32 convention reaches the same calls by other numbers
		a.emit(bpfRet, 0, 0, retErrno|uint32(unix.ENOSYS))
	}
	return a
}
