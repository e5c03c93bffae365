# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: the same with tuples and dicts
def f(x):
    a = (1,)
    for i in range(60):
        a = (a, {"x": a, "y": a})
    return a
