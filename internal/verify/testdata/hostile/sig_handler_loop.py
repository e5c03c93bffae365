# kind: dos  passes: 0  status: exception|timeout|crash  note: the handler of every signal loops
import signal

def handler(s, frame):
    while True:
        pass

for s in signal.valid_signals():
    try:
        signal.signal(s, handler)
    except (OSError, ValueError):
        pass

def f(x):
    while True:
        pass
