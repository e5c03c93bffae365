# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: a chain of 100,000 elif
# fill: {"text": "    elif x == -1: y = 1\n", "times": 100000}
def f(x):
    if x == -2:
        y = 0
@FILL@
    return 0
