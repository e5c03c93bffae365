# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: integers that all have the same hash, as set members and keys
def f(x):
    p = 2**61 - 1
    return {i * p: 0 for i in range(20000)} if x % 2 else {i * p for i in range(20000)}
