# The zygote: a single-threaded Python that is warm, never runs tested code, and makes one process per task.
#
# It reads frames from REQUEST, forks a child for each task of a frame, waits for the child to end, and writes
# one reply per task to RESPONSE. A child leaves what it has to say in SHM, memory shared with nobody but this
# process and the supervisor; the reply carries a copy. The child never sees REQUEST and RESPONSE.
#
# A child inherits all that this process has in memory, so nothing of one task may be here when the next one is
# forked: neither what it was given, which may be a right program, nor what it left, which may be right answers.
# A task is read only when its turn has come, into one buffer, and wiped there; a reply is written at once, from
# SHM, and wiped there.
#
#   frame:  u32 tasks, u32 length of common, common, then for each task u32 length, task
#   reply:  u32 index, i32 wait status, u32 cpu in us, u32 wall in us, u32 max RSS in KiB, u32 n, then n bytes
#   SHM:    u32 part that runs, u32 unused, u64 bytes used after the header, 48 bytes unused, data
#   INDEX:  u32 number of the task that runs, in a page that children do not have
#
# C is the configuration, a dict made by zygote.go. The harness, a second source, defines handle(common, task).
import ctypes
import gc
import os
import resource
import signal
import stat
import struct
import sys
import time

REQUEST, RESPONSE, SHARED, PEER = 4, 5, 6, 7
HEADER = 64

_libc = ctypes.PyDLL(None, use_errno=True)  # PyDLL keeps the GIL: after a raw clone there is nothing to repair
_libc.mmap.restype = ctypes.c_void_p
_syscall = _libc.syscall
_exit, _write = os._exit, os.write
_pack_into, _unpack_from = struct.pack_into, struct.unpack_from


def _map_shared(offset, size):
    # Not the mmap module: it keeps a duplicate of the descriptor, which every child would then hold.
    at = _libc.mmap(None, ctypes.c_size_t(size), 3, 1, SHARED, ctypes.c_long(offset))
    return memoryview((ctypes.c_char * size).from_address(at)).cast("B"), at


INDEX, _index_at = _map_shared(0, 4096)
SHM, _shm_at = _map_shared(4096, C["shared"])
_libc.madvise(ctypes.c_void_p(_index_at), ctypes.c_size_t(4096), 10)  # MADV_DONTFORK
os.close(SHARED)
_used = 0


def step(index):
    """Tells the supervisor which part of the task runs now, so that it can hold that part to its limit."""
    _pack_into("<I", SHM, 0, index)


def emit(record):
    """Appends one record, bytes, to what this task says. What does not fit is an OverflowError."""
    global _used
    end = HEADER + _used + len(record)
    if end > len(SHM):
        raise OverflowError("the record does not fit")
    SHM[HEADER + _used:end] = record
    _used += len(record)
    _pack_into("<Q", SHM, 8, _used)


def _long(*numbers):
    return [ctypes.c_long(n) for n in numbers]


_SYS = C["syscalls"]  # numbers for this machine
_CLONE_NEWPID, _CLONE_VFORK = 0x20000000, 0x4000
_clone_flags = signal.SIGCHLD | (_CLONE_NEWPID if C["nested"] else 0)
_clone = _long(_SYS["clone"], _clone_flags, 0, 0, 0, 0)
_cap_header = (ctypes.c_uint32 * 2)(0x20080522, 0)
_cap_none = (ctypes.c_uint32 * 6)()
_drop_caps = [ctypes.c_long(_SYS["capset"]), ctypes.byref(_cap_header), ctypes.byref(_cap_none)]
_setsid = _long(_SYS["setsid"])
_close_two = _long(_SYS["close_range"], REQUEST, RESPONSE, 0)
_status, _usage = ctypes.c_int(), (ctypes.c_long * 18)()  # struct rusage: two timevals, then 14 longs
_wait = [ctypes.c_long(_SYS["wait4"]), None, ctypes.byref(_status), ctypes.c_long(0), ctypes.byref(_usage)]
_stat = (ctypes.c_uint32 * 64)()
_stat_workdir = [ctypes.c_long(_SYS["newfstatat"]), ctypes.c_long(-100), ctypes.c_char_p(b"."), ctypes.byref(_stat), ctypes.c_long(0)]


def _alone():
    """Level C: no namespace holds the child, so a filter of its own does, and it ends with the zygote."""
    if _libc.prctl(1, ctypes.c_ulong(9)) != 0 or os.getppid() != _zygote:  # PR_SET_PDEATHSIG, SIGKILL
        _exit(97)
    _install_filter(C["child_filter"])


_zygote = os.getpid()


def _child(common, task):
    # All by raw system calls: the pages that they need, clone's return has touched already.
    try:
        # A process group of its own first: group 0 crosses pid namespaces, and kill(0, 9) would reach the zygote.
        _syscall(*_setsid)
        if _syscall(*_close_two) != 0:  # before Linux 5.9
            os.close(REQUEST)
            os.close(RESPONSE)
        if not C["nested"]:
            _alone()
        elif _syscall(*_drop_caps) != 0:
            _exit(97)
        handle(common, task)
    except BaseException:
        if C["debug"]:
            import traceback
            os.write(2, traceback.format_exc().encode())
        _exit(96)
    finally:
        _exit(0)


def _workdir_state():
    """What of the working folder's state changes when something is left in it: on tmpfs its size counts entries."""
    if _syscall(*_stat_workdir) != 0:
        return b""
    # struct stat: the device and the times are left out, they say nothing or change with what was removed again.
    return bytes(_stat)[16:32] + bytes(_stat)[48:56] if C["x86"] else bytes(_stat)[16:28] + bytes(_stat)[48:56]


def _clean():
    """Empties the working folder, so that no task finds anything of an earlier one.

    A hostile tree may be deeper than a path can be long. So no path here has more than two parts: what lies in a
    folder is moved up before the folder is removed.
    """
    os.chmod(C["workdir"], 0o700)
    while True:
        names = os.listdir(b".")
        if not names:
            return
        for name in names:
            if not stat.S_ISDIR(os.lstat(name).st_mode):
                os.unlink(name)
                continue
            os.chmod(name, 0o700)
            for inner in os.listdir(name):
                path = name + b"/" + inner
                if stat.S_ISDIR(os.lstat(path).st_mode):
                    os.chmod(path, 0o700)
                    os.rename(path, os.urandom(12).hex())
                else:
                    os.unlink(path)
            os.rmdir(name)


_head = struct.Struct("<IiIIII")
_buffer = bytearray(1 << 16)


def _reply(index, status, usage, wall, used):
    seconds, us, more, moreus = usage[0:4]
    cpu = (seconds + more) * 1000000 + us + moreus
    used = min(used, len(SHM) - HEADER)
    _write_all(_head.pack(index, status, cpu, wall // 1000, usage[4], used), SHM[HEADER:HEADER + used])


def _write_all(head, data=b""):
    n = os.writev(RESPONSE, (head, data))
    if n < len(head):
        _write_all(head[n:], data)
        return
    n -= len(head)
    while n < len(data):
        n += _write(RESPONSE, data[n:])


def _wipe_shared():
    # All of it: how much a task has written there, only the task could say. MADV_REMOVE gives the pages back.
    if _libc.madvise(ctypes.c_void_p(_shm_at), ctypes.c_size_t(len(SHM)), 9) != 0:
        raise OSError(ctypes.get_errno(), "madvise")


def _read_into(view):
    while view:
        n = os.readv(REQUEST, (view,))
        if n == 0:
            _exit(0)  # the supervisor is gone or done with us
        view = view[n:]


def _read_task():
    """Reads the next task into the buffer and returns its part of it."""
    global _buffer
    head = bytearray(4)
    _read_into(memoryview(head))
    n = int.from_bytes(head, "little")
    if n > len(_buffer):
        _buffer = bytearray(n)
    view = memoryview(_buffer)[:n]
    _read_into(view)
    return view


def _run(common, index, task):
    _pack_into("<I", INDEX, 0, index)
    start = time.monotonic_ns()
    pid = _syscall(*_clone)
    if pid == 0:
        _child(common, task)
    if pid < 0:
        # Not the task's fault: say so, and the supervisor starts a fresh zygote.
        _write_all(_head.pack(index, -1, 0, 0, ctypes.get_errno(), 0))
        return
    _wait[1] = ctypes.c_long(pid)
    if _syscall(*_wait) != pid:
        raise OSError(ctypes.get_errno(), "wait4")
    wall = time.monotonic_ns() - start
    used = min(_unpack_from("<Q", SHM, 8)[0], len(SHM) - HEADER)
    task[:] = bytes(len(task))
    _reply(index, _status.value, _usage, wall, used)
    _wipe_shared()
    if not C["tmpfs"] or _workdir_state() != _fresh:
        _clean()


def _run_inline(common, index, task):
    """Trusted work only (parsing tests): no child, no program ever comes here."""
    global _used
    _used = 0
    start, cpu = time.monotonic_ns(), time.process_time_ns()
    handle(common, task)
    wall = time.monotonic_ns() - start
    head = _head.pack(index, 0, (time.process_time_ns() - cpu) // 1000, wall // 1000, 0, _used)
    _write_all(head, SHM[HEADER:HEADER + _used])


def _serve():
    run = _run_inline if C["inline"] else _run
    head = bytearray(8)
    while True:
        _read_into(memoryview(head))
        tasks, n = struct.unpack("<II", head)
        common = bytearray(n)
        _read_into(memoryview(common))
        for i in range(tasks):
            run(common, i, _read_task())
        del common


def _limit():
    """Lowers this process's limits for good; every child inherits them."""
    with_headroom = _address_space() + C["memory"]
    for name, value in (("AS", with_headroom), ("CORE", 0), ("FSIZE", C["file_size"]), ("NOFILE", 64),
                        ("CPU", C["cpu_seconds"]), ("NPROC", C["processes"]), ("MEMLOCK", 0), ("MSGQUEUE", 0)):
        what = getattr(resource, "RLIMIT_" + name, None)
        if what is None or value is None:
            continue
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(what, (value, value))


def _address_space():
    # getrusage has no address space and /proc may be absent: find the smallest RLIMIT_AS under which a mapping
    # still works, by bisection. Each probe lowers only the soft limit.
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    low, high = 0, 1 << 40
    unmap = _libc.munmap
    while high - low > 1 << 20:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, hard))
        at = _libc.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))
        if at is None or at == ctypes.c_void_p(-1).value:
            low = middle
        else:
            unmap(ctypes.c_void_p(at), ctypes.c_size_t(4096))
            high = middle
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return high


def _install_filter(program):
    """Puts a seccomp filter, sock_filter instructions as bytes, on this process and all it makes."""
    if not program:
        return
    code = ctypes.create_string_buffer(program, len(program))

    class Fprog(ctypes.Structure):
        _fields_ = [("n", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    prog = Fprog(len(program) // 8, ctypes.addressof(code))
    if _libc.prctl(38, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    if _syscall(ctypes.c_long(_SYS["seccomp"]), ctypes.c_long(1), ctypes.c_long(0), ctypes.byref(prog)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp(SECCOMP_SET_MODE_FILTER)")


def _free_blocks():
    """pymalloc's free blocks by size class, read off its own report."""
    fd = os.memfd_create("stats")
    stderr = os.dup(2)
    os.dup2(fd, 2)
    sys._debugmallocstats()
    os.dup2(stderr, 2)
    text = os.pread(fd, 1 << 17, 0).decode()
    os.close(fd)
    os.close(stderr)
    rows = (line.split() for line in text.splitlines())
    return {int(r[1]): int(r[4]) for r in rows if len(r) == 5 and r[0].isdigit() and r[1].isdigit()}


def _fill():
    """Uses up the half-empty memory pools, so that what a child allocates lies together on fresh pages.

    A child's first write to a page that the zygote has touched copies it, which costs about twice a fresh
    page; half-empty pools of thirty size classes are thirty such pages. What is allocated here is kept.
    """
    kept = [None] * 30000
    kept.clear()
    for _ in range(2):
        for size, n in _free_blocks().items():
            if size >= 48:
                kept.extend([bytes(size - 33) for _ in range(n)])
            elif size == 16:
                kept.extend([object() for _ in range(n)])
            elif size == 32:
                kept.extend([float(i) + 0.5 for i in range(n)])
    _libc.malloc_trim(ctypes.c_size_t(0))
    return kept


class _DlInfo(ctypes.Structure):
    _fields_ = [("file", ctypes.c_char_p), ("base", ctypes.c_void_p), ("name", ctypes.c_char_p), ("at", ctypes.c_void_p)]


def _fixed_part():
    """Where the interpreter's own code and constants lie in memory: (from, to), or None."""
    info = _DlInfo()
    if not _libc.dladdr(ctypes.cast(ctypes.pythonapi.PyEval_EvalCode, ctypes.c_void_p), ctypes.byref(info)):
        return None
    base, word = info.base, lambda at, code: struct.unpack(code, ctypes.string_at(at, struct.calcsize(code)))[0]
    # ELF-64: e_type at 16, e_phoff at 32, e_phnum at 56; a program header has p_type, p_flags, then p_vaddr at 16
    # and p_memsz at 40. An executable at a fixed address says whole addresses, all others say them from base.
    shift = 0 if word(base + 16, "H") == 2 else base
    end = base
    for i in range(word(base + 56, "H")):
        header = base + word(base + 32, "Q") + 56 * i
        if word(header, "I") != 1:  # PT_LOAD
            continue
        start = (word(header + 16, "Q") + shift) & -4096
        if word(header + 4, "I") & 2 or start > end:  # PF_W, or a gap
            break
        end = (word(header + 16, "Q") + shift + word(header + 40, "Q") + 4095) & -4096
    return base, end


def _huge_pages():
    """Puts the interpreter's code on huge pages, where the kernel has them: 7 % more programs a second.

    A child has no page of a file mapped until it touches it, and drops each when it ends: some forty faults.
    Anonymous huge pages it inherits mapped, two entries in all, and as nobody writes them they stay whole.
    """
    huge, part = 2 << 20, _fixed_part()
    if part is None:
        return
    low, high = (part[0] + huge - 1) & -huge, part[1] & -huge
    if high <= low:
        return
    size, mmap = high - low, _libc.mmap
    at = mmap(None, ctypes.c_size_t(size + huge), 3, 0x22, -1, ctypes.c_long(0))
    if at == ctypes.c_void_p(-1).value:
        return
    copy = (at + huge - 1) & -huge
    ctypes.memmove(copy, low, size)
    # MADV_COLLAPSE, since Linux 6.1. Unlike MADV_HUGEPAGE it says whether it worked; a copy on small pages is worse
    # than none. PROT_READ | PROT_EXEC, as the code had; its constants become executable, which they need not be.
    if _libc.madvise(ctypes.c_void_p(copy), ctypes.c_size_t(size), 25) != 0 or \
            _libc.mprotect(ctypes.c_void_p(copy), ctypes.c_size_t(size), 5) != 0:
        _libc.munmap(ctypes.c_void_p(at), ctypes.c_size_t(size + huge))
        return
    _libc.munmap(ctypes.c_void_p(copy + size), ctypes.c_size_t(at + huge - copy))
    if copy > at:
        _libc.munmap(ctypes.c_void_p(at), ctypes.c_size_t(copy - at))
    _libc.mremap(ctypes.c_void_p(copy), ctypes.c_size_t(size), ctypes.c_size_t(size), 3, ctypes.c_void_p(low))


sys.path[:] = C["search_path"]  # -S left out the folders of installed modules

for _name in C["preload"]:
    try:
        __import__(_name)
    except ImportError as e:
        if _name in C["required"]:
            sys.stderr.write("cannot import %s: %s\n" % (_name, e))
            _exit(95)

_harness = {"__name__": "harness", "step": step, "emit": emit, "PEER": PEER, "C": C, "SHM": SHM, "libc": _libc}
exec(compile(C["harness"], "<harness>", "exec"), _harness)
handle = _harness["handle"]
if "warm" in _harness:
    _harness["warm"]()
    _used = 0
    _wipe_shared()

# Every child starts with this state, as a raw clone runs no hook that would give it another.
for _name in "random", "numpy.random":
    if _name in sys.modules:
        sys.modules[_name].seed(C["variation"])
_huge_pages()
os.chdir(C["workdir"])
_fresh = _workdir_state()
_limit()
gc.collect()
gc.freeze()
_kept = _fill() if C["fill"] and hasattr(sys, "_debugmallocstats") else None
# Under a variation, what a child allocates lies elsewhere within a page: that orders its sets of objects.
_shift = [bytes(size - 33) for size in range(48, 513, 16) for _ in range(7 * C["variation"] % 61)]
_install_filter(C["filter"])
_null = os.open("/dev/null", os.O_RDWR)
os.dup2(_null, 1)
_write_all(_head.pack(0, 0, 0, 0, 0, 0))
if not C["debug"]:
    os.dup2(_null, 2)
os.close(_null)
_serve()
