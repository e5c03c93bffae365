# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: an attribute chain of 100,000 links
# fill: {"text": ".a", "times": 100000}
def f(x):
    return x@FILL@
