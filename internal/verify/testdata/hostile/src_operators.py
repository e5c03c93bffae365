# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: a sum of 200,000 terms
# fill: {"text": "x+", "times": 200000}
def f(x):
    return -1 - abs(@FILL@x)
