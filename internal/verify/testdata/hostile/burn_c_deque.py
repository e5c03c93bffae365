# kind: dos  passes: 0  status: timeout  note: consumes an endless iterator in C
import collections, itertools

def f(x):
    return collections.deque(itertools.repeat(0), maxlen=0)
