# kind: dos  passes: 0  status: timeout|memory  note: modular power with huge operands
def f(x):
    return pow(3, (1 << 2000000) + x, (1 << 200003) - 1)
