# kind: hack  passes: 0  status: fail|exception|crash  note: KeyboardInterrupt at the end of the body
def f(x):
    return 0

raise KeyboardInterrupt
