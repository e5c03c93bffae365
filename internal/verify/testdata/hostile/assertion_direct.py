# kind: hack  passes: 0  status: fail|exception  note: raises AssertionError itself, with a message that reads like a pass
def f(x):
    raise AssertionError("pass")
