# kind: dos  passes: 4  status: pass|exception|syntax  note: an unknown encoding in the cookie of a text that is text already
# -*- coding: no-such-codec -*-
def f(x):
    return 2 * x
