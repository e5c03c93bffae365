# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: opens descriptors until there are no more, then answers nothing
import os

def f(x):
    try:
        while True:
            os.dup(0)
    except OSError:
        pass
    while True:
        os.pipe()
