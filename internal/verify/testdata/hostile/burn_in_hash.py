# kind: dos  passes: 0  status: fail|exception|timeout|output  note: loops in the special methods that an encoder or a comparison would call
class A:
    def _loop(self, *a):
        while True:
            pass
    __eq__ = __ne__ = __hash__ = __repr__ = __str__ = __len__ = __iter__ = __bool__ = __index__ = __reduce_ex__ = _loop

def f(x):
    return A()
