# kind: dos  passes: 4  status: pass|timeout  note: right, but every test takes its time; the sum is bounded
import time

def f(x):
    end = time.process_time() + 0.03
    while time.process_time() < end:
        pass
    return 2 * x
