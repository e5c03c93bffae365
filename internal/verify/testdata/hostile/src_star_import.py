# kind: dos  passes: 0  status: fail|exception|timeout|crash|missing_dependency  note: imports that run code: antigravity, this, idlelib, turtle, __main__, __hello__
import this
import __hello__
from __main__ import *

def f(x):
    import antigravity
    import turtle
    return 0
