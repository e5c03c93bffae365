# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: chains of orphans in sessions of their own, each waiting for its parent to die
import os, time

def f(x):
    for _ in range(10):
        if os.fork() == 0:
            os.setsid()
            while True:
                if os.fork():
                    os._exit(0)
                time.sleep(0.001)
    return 0
