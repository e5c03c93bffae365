# kind: dos  passes: 0  status: fail|exception|timeout|memory|output  note: containers whose iteration never ends
class L(list):
    def __iter__(self):
        while True:
            yield 0
    def __len__(self): return 3

class D(dict):
    def items(self):
        while True:
            yield 0, 0
    __iter__ = keys = values = items

def f(x):
    return L([1]) if x % 2 else D(a=1)
