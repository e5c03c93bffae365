# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash  note: a chain of iterators as deep as the C stack
import itertools

def f(x):
    it = iter([1])
    for _ in range(10**6):
        it = itertools.chain(it, ())
    return next(it)
