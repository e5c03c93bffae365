# kind: dos  passes: 0  status: fail|exception|output  note: lone surrogates, NUL, non-characters, right-to-left marks
def f(x):
    return ["\ud800", "\x00", "\uffff\U0010ffff", "\u202e2\u202c"][x - 1] * 1000
