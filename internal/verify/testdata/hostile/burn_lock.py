# kind: dos  passes: 0  status: timeout  note: waits for its own lock
import threading
lock = threading.Lock()

def f(x):
    lock.acquire()
    lock.acquire()
