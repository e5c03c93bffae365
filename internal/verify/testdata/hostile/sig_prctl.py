# kind: dos  passes: 0  status: fail|exception|timeout|crash|missing_dependency  note: prctl: not dumpable, no death signal, child of nobody; then loops
import ctypes, os

libc = ctypes.CDLL(None)

def f(x):
    libc.prctl(1, 0, 0, 0, 0)
    libc.prctl(4, 0, 0, 0, 0)
    libc.prctl(36, 1, 0, 0, 0)
    libc.prctl(15, b"kworker/0:0", 0, 0, 0)
    while True:
        pass
