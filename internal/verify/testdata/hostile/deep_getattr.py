# kind: dos  passes: 0  status: fail|exception|timeout|output|crash  note: unbounded recursion in __getattr__ and __del__
import sys
sys.setrecursionlimit(10**8)

class A:
    def __getattr__(self, name): return getattr(self, name + "x")
    def __del__(self): A()

def f(x):
    A()
    return A().y
