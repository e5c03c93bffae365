# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: stops its group, its parent and everybody it may
import os, signal

def f(x):
    for target in (0, -1, os.getppid(), 1):
        try:
            os.kill(target, signal.SIGSTOP)
        except OSError:
            pass
    return 0
