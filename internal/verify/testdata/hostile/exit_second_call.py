# kind: hack  passes: 2  status: fail|exception|crash  note: right once, then ends the process with code 0
import os

calls = 0

def f(x):
    global calls
    calls += 1
    if calls > 1:
        os._exit(0)
    return 2 * x
