# kind: hack  passes: 4  status: pass|fail|exception|timeout|crash  note: both branches of a fork return, one the right answer, one the wrong one; at most four tests may pass, and none twice
import os

def f(x):
    if os.fork() == 0:
        return 0
    return 2 * x
