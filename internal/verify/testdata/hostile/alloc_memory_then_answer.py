# kind: dos  passes: 4  status: pass|exception|timeout|memory|crash  note: fills its memory to the brim, frees half, and answers; a neighbour must not notice
keep = []
try:
    size = 1 << 28
    while size > 1 << 16:
        try:
            keep.append(bytearray(size))
        except MemoryError:
            size //= 2
except BaseException:
    pass
del keep[::2]

def f(x):
    return 2 * x
