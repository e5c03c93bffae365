# kind: dos  passes: 4  status: pass|fail|exception|timeout  note: right answers, and a thread that would keep the interpreter from ending; costs nobody else anything
import threading, time

def burn():
    while True:
        time.sleep(1)

try:
    threading.Thread(target=burn).start()
except RuntimeError:
    pass

def f(x):
    return 2 * x
