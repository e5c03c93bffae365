# kind: hack  passes: 0  status: fail|exception|output  note: tests that call twice: a counter is not the same as itself
# tests: ["assert f(1) == f(1)", "assert f(2) == f(2) == 4", "assert [f(3), f(3)] == [6, 6]", "x = f(4)\nassert f(4) == x"]
n = 0

def f(x):
    global n
    n += 1
    return n
