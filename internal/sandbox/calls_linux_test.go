package sandbox_test

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/acecoder/acecoder/internal/sandbox"
)

// The calls of amd64 that a task must not be able to make. Each is made with arguments that would work or at
// least be told apart from what a filter says: EPERM, or ENOSYS.
func TestIsolationCalls(t *testing.T) {
	amd64Only(t, runtime.GOARCH)
	deny := []struct {
		name string
		call string
	}{
		{"vfork", "58"},
		{"fork", "57"},
		{"execve", `59, b"/bin/true", None, None`},
		{"execveat", `322, -100, b"/bin/true", None, None, 0`},
		{"clone3", "435, None, 0"},
		{"ptrace traceme", "101, 0, 0, 0, 0"},
		{"process_vm_readv", "310, 1, None, 0, None, 0, 0"},
		{"process_vm_writev", "311, 1, None, 0, None, 0, 0"},
		{"pidfd_open", "434, 1, 0"},
		{"pidfd_getfd", "438, 0, 0, 0"},
		{"pidfd_send_signal", "424, 0, 0, None, 0"},
		{"process_madvise", "440, 0, None, 0, 0, 0"},
		{"kcmp", "312, 1, 1, 0, 0, 0"},
		{"io_uring_setup", "425, 8, ctypes.create_string_buffer(200)"},
		{"io_uring_enter", "426, 0, 0, 0, 0, None, 0"},
		{"io_setup", "206, 1, ctypes.byref(ctypes.c_long())"},
		{"bpf", "321, 0, ctypes.create_string_buffer(100), 100"},
		{"userfaultfd", "323, 1"},
		{"keyctl", "250, 0, -3, 0"},
		{"add_key", "248, b'user', b'x', b'x', 1, -2"},
		{"request_key", "249, b'user', b'x', None, 0"},
		{"perf_event_open", "298, ctypes.create_string_buffer(128), 0, -1, -1, 0"},
		{"mount", `165, b"x", b"/tmp", b"tmpfs", 0, None`},
		{"umount2", `166, b"/tmp", 2`},
		{"fsopen", `430, b"tmpfs", 0`},
		{"open_tree", `428, -100, b"/", 0`},
		{"move_mount", `429, -100, b"/", -100, b"/", 0`},
		{"mount_setattr", `442, -100, b"/", 0, None, 0`},
		{"unshare user", "272, 0x10000000"},
		{"unshare nothing", "272, 0"},
		{"setns", "308, 0, 0"},
		{"chroot", `161, b"/usr"`},
		{"pivot_root", `155, b".", b"."`},
		{"personality", "135, 0xffffffff"},
		{"memfd_create", `319, b"x", 0`},
		{"memfd_secret", "447, 0"},
		{"shmget", "29, 0, 4096, 0o1600"},
		{"semget", "64, 0, 1, 0o1600"},
		{"msgget", "68, 0, 0o1600"},
		{"mq_open", `240, b"x", 0o102, 0o600, None`},
		{"sched_setaffinity", "203, 0, 8, ctypes.byref(ctypes.c_long(1))"},
		{"sched_setscheduler", "144, 0, 3, ctypes.byref(ctypes.c_int())"},
		{"setpriority", "141, 0, 0, 5"},
		{"ioprio_set", "251, 1, 0, 0"},
		{"no_new_privs", "157, 38, 1, 0, 0, 0"},
		{"prctl seccomp", "157, 22, 1, 0, 0, 0"},
		{"dumpable", "157, 4, 1, 0, 0, 0"},
		{"subreaper", "157, 36, 1, 0, 0, 0"},
		{"pdeathsig", "157, 1, 0, 0, 0, 0"},
		{"ptracer", "157, 0x59616d61, -1, 0, 0, 0"},
		{"seccomp strict", "317, 0, 0, None"},
		{"seccomp ask", "317, 2, 0, ctypes.byref(ctypes.c_int(0x7fff0000))"},
		{"kexec_load", "246, 0, 0, None, 0"},
		{"kexec_file_load", "320, 0, 0, 0, None, 0"},
		{"reboot", "169, 0xfee1dead, 672274793, 0, None"},
		{"sethostname", `170, b"x", 1`},
		{"setdomainname", `171, b"x", 1`},
		{"clock_settime", "227, 0, ctypes.create_string_buffer(16)"},
		{"settimeofday", "164, None, ctypes.create_string_buffer(8)"},
		{"adjtimex", "159, ctypes.create_string_buffer(208)"},
		{"init_module", "175, None, 0, b''"},
		{"finit_module", "313, 0, b'', 0"},
		{"delete_module", "176, b'x', 0"},
		{"iopl", "172, 0"},
		{"ioperm", "173, 0, 1, 0"},
		{"swapon", "167, b'x', 0"},
		{"acct", "163, None"},
		{"quotactl", "179, 0, None, 0, None"},
		{"syslog", "103, 3, ctypes.create_string_buffer(10), 10"},
		{"socket inet", "41, 2, 1, 0"},
		{"socket unix", "41, 1, 1, 0"},
		{"socket netlink", "41, 16, 3, 0"},
		{"socket packet", "41, 17, 3, 0"},
		{"socket vsock", "41, 40, 1, 0"},
		{"bind", "49, 0, None, 0"},
		{"connect", "42, 0, None, 0"},
		{"sendmsg", "46, 0, None, 0"},
		{"recvmsg", "47, 0, None, 0"},
		{"fanotify_init", "300, 0, 0"},
		{"inotify_init1", "294, 0"},
		{"name_to_handle_at", `303, -100, b".", None, None, 0`},
		{"open_by_handle_at", "304, 0, None, 0"},
		{"setuid", "105, 0"},
		{"setgid", "106, 0"},
		{"setresuid", "117, -1, -1, -1"},
		{"setgroups", "116, 0, None"},
		{"chown", `92, b".", 0, 0`},
		{"setxattr", `188, b".", b"user.x", b"x", 1, 0`},
		{"mknod", `133, b"x", 0o20600, 259`},
		{"vmsplice", "278, 1, None, 0, 0"},
		{"splice", "275, 0, None, 1, None, 1, 0"},
		{"mlockall", "151, 1"},
		{"remap_file_pages", "216, 0, 0, 0, 0, 0"},
		{"mbind", "237, 0, 0, 0, None, 0, 0"},
		{"move_pages", "279, 0, 0, None, None, None, 0"},
		{"lookup_dcookie", "212, 0, None, 0"},
		{"vhangup", "153"},
		{"modify_ldt", "154, 0, None, 0"},
		{"landlock_create_ruleset", "444, None, 0, 1"},
		{"cachestat", "451, 0, None, None, 0"},
		{"a call that does not exist", "999"},
		{"x32 fork", "0x40000000 + 57"},
		{"x32 execve", "0x40000000 + 520"},
	}
	for _, flag := range []int{unix.CLONE_NEWNS, unix.CLONE_NEWCGROUP, unix.CLONE_NEWUTS, unix.CLONE_NEWIPC, unix.CLONE_NEWUSER, unix.CLONE_NEWPID, unix.CLONE_NEWNET, 0, unix.CLONE_VM | unix.CLONE_VFORK} {
		deny = append(deny, struct{ name, call string }{fmt.Sprintf("clone with flags %#x", flag), fmt.Sprintf("56, %d, None, None, None, 0", flag|int(unix.SIGCHLD))})
	}
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		var names []string
		var tasks [][]byte
		for _, d := range deny {
			names, tasks = append(names, d.name), append(tasks, []byte(d.call))
		}
		for i, r := range run(t, z, `
got, why = eval("call(" + arguments.decode() + ")")
if got == 0 and arguments.startswith((b"56", b"57", b"58")): os._exit(1)
emit(b"ok" if got == -1 and why in ("EPERM", "ENOSYS") else b"%d %s" % (got, why.encode()))`, tasks, generous) {
			if string(r.Data) != "ok" {
				t.Errorf("%s: said %q, exit %d, signal %d; want EPERM or ENOSYS", names[i], r.Data, r.Exit, r.Signal)
			}
		}
		if got := says(t, z, "emit(b'well')"); got != "well" {
			t.Errorf("the task after those said %q", got)
		}
	})
}
