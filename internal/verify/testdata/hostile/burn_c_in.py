# kind: dos  passes: 0  status: timeout  note: membership in an endless iterator
import itertools

def f(x):
    return -1 in itertools.count()
