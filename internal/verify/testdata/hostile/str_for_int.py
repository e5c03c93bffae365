# kind: hack  passes: 0  status: fail  note: text, bytes and near numbers are not the number
def f(x):
    return [str(2 * x), b"\x04", 2.0 * x + 1e-9, complex(2 * x, 1e-12)][x - 1]
