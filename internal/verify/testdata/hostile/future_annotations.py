# kind: hack  passes: 0  status: fail|exception|output  note: annotations and defaults with side effects
from __future__ import annotations

def f(x: __import__("os")._exit(0)) -> __import__("sys").exit(0):
    return None
