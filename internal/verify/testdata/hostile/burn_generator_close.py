# kind: dos  passes: 0  status: fail|exception|timeout|crash  note: a generator that ignores GeneratorExit
def gen():
    while True:
        try:
            yield
        except BaseException:
            while True:
                pass

def f(x):
    g = gen()
    next(g)
    del g
    return 0
