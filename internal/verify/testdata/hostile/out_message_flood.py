# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: a message of a megabyte for every test
# tests: ["assert f(1) == 2", "assert f(2) == 4, f(2)", "assert f(3) == 6, 'm' * 1000", "assert f(4) == 8"]
def f(x):
    raise RuntimeError("\u00e9\n" * 500000)
