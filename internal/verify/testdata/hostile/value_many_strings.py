# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: two million empty strings, sets and Nones
def f(x):
    return [[""] * 2000000, [None] * 2000000, [()] * 2000000, set(range(500000))][x - 1]
