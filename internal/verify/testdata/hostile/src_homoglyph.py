# kind: dos  passes: 0  status: fail|exception|syntax  note: a function that only looks like f, and a name that normalizes to another
def ｆf(x):
    return 2 * x

def ƒ(x):
    return 2 * x
