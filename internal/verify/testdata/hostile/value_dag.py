# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: a list of 60 shared levels, which written out has 2**60 items
def f(x):
    a = [1]
    for _ in range(60):
        a = [a, a]
    return a
