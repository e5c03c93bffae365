# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: overwrites every list, dict and number that can be reached from callers' frames
import ctypes, sys

def f(x):
    poison()
    return 0

def poison():
    frame = sys._getframe(1)
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            for name, value in list(scope.items()):
                if name.startswith("__"):
                    continue
                if isinstance(value, list):
                    value[:] = [True] * len(value)
                elif isinstance(value, bool):
                    scope[name] = True
                elif isinstance(value, int):
                    scope[name] = 0
        try:
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        except Exception:
            pass
        frame = frame.f_back

poison()
