# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash  note: swallows MemoryError and tries smaller pieces for ever
def f(x):
    keep = []
    size = 1 << 34
    while True:
        try:
            keep.append(bytearray(size))
        except MemoryError:
            size = max(1, size // 2)
