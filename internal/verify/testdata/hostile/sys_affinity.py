# kind: esc  passes: 0  status: fail|exception|output|crash  note: right only if it gets more processors than it was given
import os

def f(x):
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, range(1024))
    except OSError:
        return 0
    return 2 * x if len(os.sched_getaffinity(0)) > len(before) else 0
