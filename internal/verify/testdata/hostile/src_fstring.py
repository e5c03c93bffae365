# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: a format string of 50,000 parts
# fill: {"text": "{x}", "times": 50000}
def f(x):
    return f"@FILL@"
