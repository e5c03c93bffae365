# kind: dos  passes: 0  status: syntax  note: a NUL byte in a comment, hiding what follows from naive readers
# fill: {"text": "\u0000", "times": 1}
# nothing here@FILL@
def f(x):
    return 2 * x
