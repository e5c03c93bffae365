# kind: hack  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: overwrites the expected small integers in memory by zero
import ctypes

def f(x):
    for n in (2, 4, 6, 8):
        ctypes.memset(id(n) + 24, 0, 4)
    return 0
