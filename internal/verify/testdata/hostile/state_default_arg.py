# kind: hack  passes: 1  status: fail  note: a default argument that grows
def f(x, seen=[]):
    seen.append(x)
    return 2 * x * len(seen)
