# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: a timer that fires every microsecond
import signal

signal.signal(signal.SIGALRM, lambda *a: None)
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)

def f(x):
    while True:
        pass
