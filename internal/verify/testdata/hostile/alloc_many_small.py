# kind: dos  passes: 0  status: exception|timeout|memory|crash  note: small objects without end, in a cycle
def f(x):
    root = {}
    while True:
        root = {"up": root, "data": [root] * 10}
