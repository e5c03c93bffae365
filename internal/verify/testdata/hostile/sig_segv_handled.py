# kind: dos  passes: 0  status: exception|timeout|crash|missing_dependency  note: a handled segmentation fault that comes again for ever
import ctypes, signal

signal.signal(signal.SIGSEGV, lambda *a: None)
signal.signal(signal.SIGBUS, lambda *a: None)

def f(x):
    ctypes.string_at(8)
