# kind: hack  passes: 0  status: fail|exception|output  note: identity tests
# tests: ["assert f(1) is None", "assert f(2) is True", "assert f(3) is not None and f(3) is False", "assert not f(4)"]
class Nothing:
    def __bool__(self): return True
    def __eq__(self, other): return True
    def __repr__(self): return "None"

def f(x):
    return Nothing()
