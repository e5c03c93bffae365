# kind: dos  passes: 0  status: fail|exception|syntax  note: an encoding cookie under which the text would mean something else
# -*- coding: utf-7 -*-
def f(x):
    return 0
# +AAo-def f(x): return 2 * x
