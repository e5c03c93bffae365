# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: one huge list
def f(x):
    return [0] * 10**10
