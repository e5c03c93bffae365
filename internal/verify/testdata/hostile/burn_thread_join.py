# kind: dos  passes: 0  status: fail|exception|timeout  note: threads burn on after f has answered wrongly
import threading

def burn():
    while True:
        pass

def f(x):
    for _ in range(4):
        threading.Thread(target=burn, daemon=True).start()
    return 0
