# kind: hack  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: reference counts of None and of small values set to one
import ctypes

def f(x):
    for obj in (None, 2, 4, (), "", b""):
        ctypes.c_ssize_t.from_address(id(obj)).value = 1
    return None
