# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: one huge string
def f(x):
    return "a" * 10**10
