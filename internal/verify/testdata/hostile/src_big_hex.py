# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|syntax  note: a hexadecimal literal of four million digits, which no digit limit stops, as the answer
# fill: {"text": "deadbeef", "times": 500000}
A = 0x@FILL@

def f(x):
    return A * x
