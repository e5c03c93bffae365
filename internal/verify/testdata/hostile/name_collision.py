# kind: dos  passes: 0  status: fail|exception  note: the entry point is deleted again
def f(x):
    return 2 * x

g = f
del f
