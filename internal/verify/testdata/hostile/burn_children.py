# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: burns CPU time in children, which its own clock does not show
import os

def f(x):
    for _ in range(8):
        if os.fork() == 0:
            while True:
                pass
    return 0
