# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: frozensets in frozensets: each hash and each comparison recurses
def f(x):
    v = frozenset()
    for _ in range(20000):
        v = frozenset([v])
    return {v: v}
