# kind: dos  passes: 0  status: fail|exception|timeout|memory|syntax  note: one literal of 20 MB
# fill: {"text": "0123456789abcdef", "times": 1250000}
A = "@FILL@"

def f(x):
    return len(A)
