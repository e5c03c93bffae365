# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: 50 MB of bytes
def f(x):
    return b"\xff" * (50 * 2**20)
