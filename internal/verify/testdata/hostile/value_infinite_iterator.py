# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: endless iterators where tests expect lists
# tests: ["assert list(f(1)) == [1]", "assert sum(f(2)) == 4", "assert sorted(f(3)) == [6]", "assert f(4) == 8"]
import itertools

def f(x):
    return itertools.cycle([x])
