# kind: hack  passes: 0  status: fail|exception|timeout|memory|output|crash  note: a chain of causes in a circle, notes without end, a deep traceback
import sys

def deep(n):
    if n:
        deep(n - 1)
    raise ValueError("deep")

def f(x):
    try:
        deep(900)
    except ValueError as e:
        a, b = KeyError("a"), KeyError("b")
        a.__cause__, b.__cause__ = b, a
        a.__context__, b.__context__ = b, a
        a.__notes__ = ["n" * 1000] * 10000
        raise a from e
