# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: threads that start threads
import threading

def go():
    while True:
        try:
            threading.Thread(target=go).start()
        except RuntimeError:
            pass

def f(x):
    go()
