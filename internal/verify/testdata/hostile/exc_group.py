# kind: hack  passes: 0  status: fail|exception|output|crash  note: exception groups with SystemExit inside, nested
def f(x):
    e = BaseExceptionGroup("g", [SystemExit(0), KeyboardInterrupt()])
    for _ in range(100):
        e = BaseExceptionGroup("g", [e, ValueError("\x00\x1b[2J")])
    raise e
