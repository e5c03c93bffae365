# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: lambdas and comprehensions nested 5,000 deep
# fill: {"text": "lambda: ", "times": 5000}
g = @FILL@0

def f(x):
    return 0
