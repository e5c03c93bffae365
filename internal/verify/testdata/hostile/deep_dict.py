# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: dicts and tuples nested deeply as the answer
def f(x):
    v = 0
    for _ in range(300000):
        v = {"k": v} if x % 2 else (v,)
    return v
