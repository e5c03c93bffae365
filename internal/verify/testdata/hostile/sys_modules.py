# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: right only if modules, kexec, reboot, swap, iopl or acct are to be had
import ctypes

def f(x):
    libc = ctypes.CDLL(None)
    calls = [(175, b"", 0, b""), (313, 0, b"", 0), (176, b"nosuchmodule", 0), (246, 0, 0, 0, 0), (320, -1, -1, 0, b"", 0),
             (167, b"/tmp/nosuchswap", 0), (172, 3), (173, 0, 1024, 1), (163, 0), (169, 0xfee1dead, 672274793, 0, 0)]
    return 2 * x if any(libc.syscall(*c) == 0 for c in calls) else 0
