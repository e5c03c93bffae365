# kind: dos  passes: 0  status: timeout  note: sleeps in tiny steps: next to no CPU time, for ever
import time

def f(x):
    while True:
        time.sleep(0.001)
