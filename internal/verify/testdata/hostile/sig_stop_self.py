# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: stops itself: no CPU time, no end
import os, signal

def f(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0
