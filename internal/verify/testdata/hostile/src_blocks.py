# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|syntax  note: more indentation levels than the tokenizer has
def f(x):
    exec("\n".join(" " * i + "if 1:" for i in range(300)) + "\n" + " " * 300 + "pass")
    return 0
