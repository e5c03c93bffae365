# kind: dos  passes: 0  status: timeout  note: one C call that does not look at signals for hours
def f(x):
    return sum(range(10**12))
