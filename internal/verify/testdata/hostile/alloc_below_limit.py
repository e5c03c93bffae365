# kind: dos  passes: 0  status: fail|exception|timeout|memory  note: keeps allocating and freeing just under usual limits
def f(x):
    for _ in range(20):
        b = bytearray(200 * 2**20)
        b[::4096] = b"x" * len(b[::4096])
        del b
    return 0
