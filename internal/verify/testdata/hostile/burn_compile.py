# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash  note: compiles enormous sources at run time
def f(x):
    return compile("x = " + "+".join(["1.5"] * 3000000), "", "exec") and 0
