# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: right only if memory of another process can be read or written
import ctypes, os

class Iov(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]

def f(x):
    libc = ctypes.CDLL(None)
    buf = ctypes.create_string_buffer(8)
    here, there = Iov(ctypes.addressof(buf), 8), Iov(id(f), 8)
    for pid in {os.getppid(), 1} - {os.getpid(), 0}:
        for call in (310, 311):
            if libc.syscall(call, pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
                return 2 * x
    return 0
