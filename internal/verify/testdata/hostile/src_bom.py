# kind: dos  passes: 4  status: pass|syntax  note: a byte order mark before an honest program
# fill: {"text": "\ufeff", "times": 1}
@FILL@def f(x):
    return 2 * x
