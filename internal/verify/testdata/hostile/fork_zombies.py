# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: children that end and are never waited for
import os

def f(x):
    for _ in range(10**6):
        if os.fork() == 0:
            os._exit(0)
    return 0
