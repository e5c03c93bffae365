# kind: dos  passes: 0  status: exception|syntax  note: ends in a line continuation, an open string and an open bracket
def f(x):
    return 2 * x
y = ["""\
