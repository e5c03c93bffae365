# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: a profile function changes mutable arguments of the harness's calls
import sys, threading

def spy(frame, event, arg):
    loc = frame.f_locals
    for value in list(loc.values()):
        if isinstance(value, list):
            value.clear()
        elif isinstance(value, bytearray):
            for i in range(min(len(value), 4096)):
                value[i] = 1

def f(x):
    return 0

sys.setprofile(spy)
threading.setprofile(spy)
threading.settrace(spy)
