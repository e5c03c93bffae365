# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: another thread changes the value while it is encoded
import threading

a = [[0] * 10 for _ in range(1000)]
d = {i: i for i in range(1000)}

def change():
    while True:
        a.append([0] * 10)
        a[:500] = []
        d.clear()
        d.update((i, a) for i in range(500))

threading.Thread(target=change, daemon=True).start()

def f(x):
    return a if x % 2 else d
