# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: right only if kcmp, process_madvise or migrate_pages work on another process
import ctypes, os

def f(x):
    libc = ctypes.CDLL(None)
    other = os.getppid()
    if other in (0, os.getpid()):
        return 0
    return 2 * x if libc.syscall(312, os.getpid(), other, 0, 0, 0) >= 0 or libc.syscall(256, other, 0, 0, 0) > 0 else 0
