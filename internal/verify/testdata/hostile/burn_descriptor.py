# kind: dos  passes: 0  status: fail|exception|timeout|output|crash  note: attribute access on the value, its type and its class's class loops
class M(type):
    def __getattribute__(cls, name):
        while True:
            pass

class A(metaclass=M):
    def __getattribute__(self, name):
        while True:
            pass

def f(x):
    return A()
