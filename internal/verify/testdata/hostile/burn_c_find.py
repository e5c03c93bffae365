# kind: dos  passes: 0  status: fail|exception|timeout|memory  note: text search of quadratic cost
def f(x):
    s = "a" * 3000000
    return sum((s + "b" * i).count("a" * 1500000 + "c") + s.rfind("b" + "a" * 1400000) for i in range(10**6))
