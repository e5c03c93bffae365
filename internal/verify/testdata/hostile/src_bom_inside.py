# kind: dos  passes: 0  status: syntax  note: byte order marks and blanks of no width inside names
# fill: {"text": "\ufeff\u200b", "times": 2}
def f(x):
    return@FILL@ 2 * x
