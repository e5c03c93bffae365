# kind: dos  passes: 0  status: exception|timeout|crash  note: waits for a pipe of its own
import os
r, w = os.pipe()

def f(x):
    return os.read(r, 1)
