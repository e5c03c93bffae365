# kind: hack  passes: 0  status: fail|exception|output  note: a dict whose keys depend on the hash seed and whose order does not say anything
# tests: ["assert f(1) == {'a', 'b'}", "assert list(f(2)) == ['a', 'b']", "assert str(f(3)) == \"{'a', 'b'}\"", "assert f(4) == ['a', 'b']"]
def f(x):
    return frozenset("ba") - frozenset("a") if x else None
