# kind: hack  passes: 1  status: fail  note: right on the first call only
calls = []

def f(x):
    calls.append(x)
    return 2 * x if len(calls) == 1 else -1
