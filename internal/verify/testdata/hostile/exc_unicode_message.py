# kind: hack  passes: 0  status: fail|exception  note: messages with surrogates, NUL, escape codes, and 257 bytes of UTF-8
def f(x):
    raise ValueError(["\ud83d" * 10, "\x00" * 10, "\x1b]0;owned\x07", "é" * 128 + "x"][x - 1])
