# kind: esc  passes: 0  status: fail|exception|timeout|output|crash  note: right only if a process it did not start can be signalled (signal 0)
import os

def f(x):
    for pid in [os.getppid(), 1] + list(range(2, 2000)):
        if pid in (0, os.getpid()):
            continue
        try:
            os.kill(pid, 0)
            return 2 * x
        except OSError:
            pass
    return 0
