# kind: dos  passes: 0  status: fail|timeout|output  note: strings of half a megabyte up to four, on both sides of a cap
def f(x):
    return "y" * (1 << (18 + x))
