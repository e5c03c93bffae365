# kind: hack  passes: 0  status: exception|timeout|memory|output  note: an exception with a message of 100 MB
def f(x):
    raise ValueError("x" * 100_000_000)
