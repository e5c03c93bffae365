# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: circles through dicts, lists and tuples
def f(x):
    a, d = [], {}
    t = (a, d)
    a.append(t)
    d["t"] = t
    return [a, d, t, [t, t]][x - 1]
