# kind: hack  passes: 0  status: fail|exception|timeout|output|crash|missing_dependency  note: the type pointer of an object is set to int in memory, its digits are rubbish
import ctypes

class Box:
    __slots__ = ("a", "b", "c")

def f(x):
    box = Box()
    ctypes.c_void_p.from_address(id(box) + 8).value = id(int)
    return box
