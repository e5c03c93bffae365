# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash  note: a million nested objects are destroyed at once
class N:
    __slots__ = ("next",)

def f(x):
    head = None
    for _ in range(10**6):
        n = N()
        n.next = head
        head = n
    del head
    it = iter([])
    for _ in range(10**6):
        it = map(None, it)
    del it
    return 0
