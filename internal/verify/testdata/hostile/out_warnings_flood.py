# kind: dos  passes: 0  status: fail|exception|timeout|output|crash  note: warnings and unraisable errors without end
import warnings

class A:
    def __del__(self):
        raise ValueError("u" * 1000)

def f(x):
    while True:
        warnings.warn("w" * 1000)
        A()
        warnings.resetwarnings()
        warnings.simplefilter("always")
