# kind: hack  passes: 0  status: fail|exception|crash  note: SystemExit(0) out of the call
def f(x):
    raise SystemExit(0)
