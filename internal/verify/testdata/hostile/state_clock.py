# kind: hack  passes: 4  status: pass|fail  note: answers by the clock
import time

def f(x):
    return 2 * x if time.time_ns() // 1000 % 2 else 0
