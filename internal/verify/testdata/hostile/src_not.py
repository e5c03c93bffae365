# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: 100,000 times not
# fill: {"text": "not ", "times": 100000}
x = @FILL@1

def f(x):
    return 0
