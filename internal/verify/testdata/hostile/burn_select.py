# kind: dos  passes: 0  status: exception|timeout|crash  note: waits for a signal that does not come
import signal

def f(x):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    signal.pause()
