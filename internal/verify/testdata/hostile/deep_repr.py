# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: recursion in C through repr, ==, copy, json and pickle of deep values
import copy, json, pickle, sys

sys.setrecursionlimit(10**8)

def f(x):
    a, b = [], []
    for _ in range(500000):
        a, b = [a], [b]
    return [lambda: repr(a), lambda: a == b, lambda: copy.deepcopy(a), lambda: json.dumps(a) + str(pickle.dumps(a))][x - 1]()
