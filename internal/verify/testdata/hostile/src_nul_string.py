# kind: dos  passes: 0  status: syntax  note: a NUL byte in a string literal
# fill: {"text": "\u0000", "times": 3}
def f(x):
    return 2 * x if "@FILL@" else 0
