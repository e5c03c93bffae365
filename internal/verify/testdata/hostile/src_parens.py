# kind: dos  passes: 0  status: exception|memory|crash|syntax  note: 200,000 open parentheses
# fill: {"text": "(", "times": 200000}
x = @FILL@

def f(x):
    return 0
