# kind: dos  passes: 0  status: fail|exception|timeout|memory|syntax  note: an integer literal of a million digits
# fill: {"text": "1234567890", "times": 100000}
A = @FILL@

def f(x):
    return 0
