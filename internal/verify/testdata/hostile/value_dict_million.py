# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: a dict with a million keys
def f(x):
    return {i: i for i in range(10**6)}
