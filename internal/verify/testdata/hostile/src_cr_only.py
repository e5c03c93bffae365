# kind: dos  passes: 0  status: fail|exception|syntax  note: a carriage return ends a comment for Python, and not for naive readers
# fill: {"text": "\r", "times": 1}
def f(x):
    return 2 * x
# harmless@FILL@def f(x): return 0
