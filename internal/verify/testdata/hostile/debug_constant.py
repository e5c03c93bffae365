# kind: hack  passes: 0  status: fail|exception|output|syntax  note: asserts as with -O: flags and compile replaced
import builtins, sys

_compile = builtins.compile
builtins.compile = lambda src, fn, mode, *a, **k: _compile(src, fn, mode, optimize=2)
try:
    sys.flags = type("Flags", (), {"optimize": 2, "__getattr__": lambda s, n: 0})()
except Exception:
    pass

def f(x):
    return 0
