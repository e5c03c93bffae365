# kind: dos  passes: 0  status: fail|exception|timeout|output|crash|not_run  note: the body does its damage in decorators, class bodies, defaults and annotations
import os

@(lambda c: c)
class A:
    os.closerange(3, 256)
    def g(self, a=os.dup2(1, 2) if False else None): pass

def f(x, a=os.nice(0)):
    return 0
