# kind: dos  passes: 0  status: fail|exception|timeout|output  note: dicts and sets with many NaN keys, no two of them equal
def f(x):
    return {float("nan"): i for i in range(5000)} if x % 2 else {float("nan") for _ in range(5000)}
