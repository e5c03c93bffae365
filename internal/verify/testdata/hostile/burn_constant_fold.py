# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: many large constants that the compiler folds
def f(x):
    src = "\n".join("a%d = (1 << 127) * ('ab' * 2000).count('a') ** 1 + 10**%d" % (i, 40 + i % 20) for i in range(100000))
    exec(compile(src, "", "exec"), {})
    return 0
