# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash  note: eval of deep expressions, with the recursion limit lifted
import ast, sys
sys.setrecursionlimit(10**8)

def f(x):
    try:
        return eval("-" * 10**6 + "1")
    except BaseException:
        return ast.literal_eval("(" * 10**5 + "1" + ",)" * 10**5)
