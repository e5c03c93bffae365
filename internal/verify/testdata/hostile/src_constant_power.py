# kind: dos  passes: 0  status: fail|exception|timeout|memory|syntax  note: powers that the compiler would fold if it were careless
A = 10 ** 10 ** 7
B = "a" * 4096 * 4096 * 16

def f(x):
    return 0
