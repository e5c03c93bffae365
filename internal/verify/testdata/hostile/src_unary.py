# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: 200,000 unary operators
# fill: {"text": "-~", "times": 100000}
x = @FILL@1

def f(x):
    return 0
