# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: integers of 100 million bits, of both signs
def f(x):
    return (1 << 10**8) * (-1) ** x
