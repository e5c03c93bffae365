# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash|missing_dependency  note: clone3, which a filter cannot look into
import ctypes, struct

libc = ctypes.CDLL(None)

def f(x):
    args = ctypes.create_string_buffer(struct.pack("<11Q", 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0))
    n = 0
    while n < 10**6:
        n += 1
        libc.syscall(435, args, 88)
    return 0
