package sandbox

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// call is what the kernel shows a filter: struct seccomp_data.
type call struct {
	nr   uint32
	arch uint32
	args [6]uint64
}

func (c call) word(offset uint32) (uint32, error) {
	var data [64]byte
	binary.LittleEndian.PutUint32(data[0:], c.nr)
	binary.LittleEndian.PutUint32(data[4:], c.arch)
	for i, a := range c.args {
		binary.LittleEndian.PutUint64(data[16+8*i:], a)
	}
	if offset%4 != 0 || offset > 60 {
		return 0, fmt.Errorf("load at %d", offset)
	}
	return binary.LittleEndian.Uint32(data[offset:]), nil
}

// answer interprets a filter as the kernel does.
func answer(program []byte, c call) (uint32, error) {
	var acc uint32
	n := len(program) / 8
	for pc := 0; pc < n; pc++ {
		ins := program[8*pc:]
		op, jt, jf, k := binary.LittleEndian.Uint16(ins), int(ins[2]), int(ins[3]), binary.LittleEndian.Uint32(ins[4:])
		var holds bool
		switch op {
		case bpfRet:
			return k, nil
		case bpfLoad:
			var err error
			if acc, err = c.word(k); err != nil {
				return 0, err
			}
			continue
		case bpfEqual:
			holds = acc == k
		case bpfAbove:
			holds = acc >= k
		case bpfAny:
			holds = acc&k != 0
		default:
			return 0, fmt.Errorf("instruction %d: unknown operation %#x", pc, op)
		}
		if holds {
			pc += jt
		} else {
			pc += jf
		}
	}
	return 0, fmt.Errorf("ran off the end")
}

func programs() map[string][]byte {
	return map[string][]byte{"level A": filter(LevelA), "level B": filter(LevelB), "level C": filter(LevelC), "a task at level C": childFilter()}
}

// says checks what a filter returns for a call.
func says(t *testing.T, program []byte, what string, c call, want uint32) {
	t.Helper()
	if c.arch == 0 {
		c.arch = auditArch
	}
	got, err := answer(program, c)
	if err != nil || got != want {
		t.Errorf("%s: filter returns %#x, %v; want %#x", what, got, err, want)
	}
}

const (
	eperm  = retErrno | uint32(unix.EPERM)
	enosys = retErrno | uint32(unix.ENOSYS)
)

func TestFilterShape(t *testing.T) {
	for name, p := range programs() {
		n := len(p) / 8
		if len(p)%8 != 0 || n == 0 || n > 4096 {
			t.Fatalf("%s: %d bytes", name, len(p))
		}
		for pc := range n {
			ins := p[8*pc:]
			op := binary.LittleEndian.Uint16(ins)
			switch op {
			case bpfEqual, bpfAbove, bpfAny:
				for _, jump := range ins[2:4] {
					if pc+1+int(jump) >= n {
						t.Errorf("%s: instruction %d jumps to %d of %d", name, pc, pc+1+int(jump), n)
					}
				}
			case bpfLoad:
				if k := binary.LittleEndian.Uint32(ins[4:]); k%4 != 0 || k > 60 {
					t.Errorf("%s: instruction %d loads at %d", name, pc, k)
				}
			case bpfRet:
			default:
				t.Errorf("%s: instruction %d is of unknown operation %#x", name, pc, op)
			}
		}
		if op := binary.LittleEndian.Uint16(p[8*(n-1):]); op != bpfRet {
			t.Errorf("%s: the last instruction does not return", name)
		}
	}
}

func TestFilterConvention(t *testing.T) {
	for name, p := range programs() {
		for _, arch := range []uint32{unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_ARM, unix.AUDIT_ARCH_MIPS, 1, 0xffffffff} {
			for _, nr := range []uint32{0, uint32(unix.SYS_READ), 11, 0x40000000} {
				says(t, p, fmt.Sprintf("%s: call %d of architecture %#x", name, nr, arch), call{nr: nr, arch: arch}, retKill)
			}
		}
		if runtime.GOARCH != "amd64" {
			continue
		}
		for _, nr := range []uint32{0x40000000, 0x40000001, 0x40000000 + 57, 0x40000000 + 520, 0xffffffff, 0x80000000} {
			says(t, p, fmt.Sprintf("%s: x32 call %#x", name, nr), call{nr: nr}, enosys)
		}
	}
}

func TestFilterEveryNumber(t *testing.T) {
	for _, level := range Levels() {
		p := filter(level)
		free := map[uint32]bool{}
		for _, nr := range append(append([]uint32{}, allowed...), allowedHere...) {
			free[nr] = true
		}
		if level == LevelC {
			free[unix.SYS_SECCOMP], free[unix.SYS_PRCTL] = true, true
		}
		for nr := range uint32(2000) {
			want := eperm
			switch {
			case free[nr]:
				want = retAllow
			case nr >= firstUnknown:
				want = enosys // clone3 among them
			}
			// All arguments ones: what looks at them (clone, socketpair, prctl) finds nothing that it allows.
			c := call{nr: nr, args: [6]uint64{^uint64(0), ^uint64(0)}}
			says(t, p, fmt.Sprintf("level %s: call %d", level, nr), c, want)
		}
	}
}

func TestFilterArguments(t *testing.T) {
	for _, level := range Levels() {
		p := filter(level)
		for _, family := range []uint64{0, 1, 2, 10, 16, 17, 40} {
			want := eperm
			if family == unix.AF_UNIX {
				want = retAllow
			}
			says(t, p, fmt.Sprintf("level %s: socketpair %d", level, family), call{nr: unix.SYS_SOCKETPAIR, args: [6]uint64{family}}, want)
		}
	}
	free := map[uint64]bool{}
	for _, option := range harmlessPrctl {
		free[uint64(option)] = true
	}
	for name, p := range programs() {
		if name == "level C" {
			continue // there each task adds a filter of its own
		}
		for option := range uint64(80) {
			want := eperm
			if free[option] {
				want = retAllow
			}
			says(t, p, fmt.Sprintf("%s: prctl %d", name, option), call{nr: unix.SYS_PRCTL, args: [6]uint64{option}}, want)
		}
		for _, option := range []uint64{unix.PR_SET_PTRACER, unix.PR_SET_VMA} {
			says(t, p, fmt.Sprintf("%s: prctl %#x", name, option), call{nr: unix.SYS_PRCTL, args: [6]uint64{option}}, eperm)
		}
	}
	child := childFilter()
	says(t, child, "seccomp in a task at level C", call{nr: unix.SYS_SECCOMP}, eperm)
	says(t, child, "read in a task at level C", call{nr: unix.SYS_READ}, retAllow)
}

func TestFilterClone(t *testing.T) {
	namespaces := []uint64{unix.CLONE_NEWNS, unix.CLONE_NEWCGROUP, unix.CLONE_NEWUTS, unix.CLONE_NEWIPC, unix.CLONE_NEWUSER, unix.CLONE_NEWPID, unix.CLONE_NEWNET}
	// What a C library makes a thread with.
	const thread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM |
		unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID
	clone := func(flags uint64) call { return call{nr: unix.SYS_CLONE, args: [6]uint64{flags}} }
	process := map[string]uint64{
		"level A": uint64(unix.SIGCHLD) | unix.CLONE_NEWPID, "level B": uint64(unix.SIGCHLD) | unix.CLONE_NEWPID, "level C": uint64(unix.SIGCHLD),
	}
	for name, p := range programs() {
		says(t, p, name+": a thread", clone(thread), retAllow)
		for _, flags := range []uint64{
			0, uint64(unix.SIGCHLD), uint64(unix.SIGCHLD) | unix.CLONE_NEWPID, unix.CLONE_VM | unix.CLONE_VFORK | uint64(unix.SIGCHLD),
			uint64(unix.SIGCHLD) | unix.CLONE_PARENT, uint64(unix.SIGCHLD) | unix.CLONE_CHILD_CLEARTID | unix.CLONE_CHILD_SETTID,
		} {
			want := eperm
			if own, ok := process[name]; ok && flags == own {
				want = retAllow
			}
			says(t, p, fmt.Sprintf("%s: clone with flags %#x", name, flags), clone(flags), want)
		}
		for _, ns := range namespaces {
			if flags := ns | uint64(unix.SIGCHLD); flags != process[name] {
				says(t, p, fmt.Sprintf("%s: clone with namespace %#x", name, ns), clone(flags), eperm)
			}
			if name != "a task at level C" { // it comes on top of level C's, which refuses
				says(t, p, fmt.Sprintf("%s: a thread with namespace %#x", name, ns), clone(thread|ns), eperm)
			}
		}
	}
}
