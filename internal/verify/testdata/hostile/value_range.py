# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: ranges and views too large to be written out
# tests: ["assert f(1) == [1]", "assert list(f(2)) == [2]", "assert sum(f(3)) == 6", "assert len(f(4)) == 8"]
def f(x):
    return range(10**18) if x % 2 else memoryview(bytes(10**8))
