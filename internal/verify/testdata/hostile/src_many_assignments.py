# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash|syntax  note: 10 MB of assignments
# fill: {"text": "a = 1\n", "times": 1750000}
@FILL@
def f(x):
    return 0
