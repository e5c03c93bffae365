# kind: hack  passes: 0  status: fail|exception|output|syntax  note: <> for !=, and a != that is a syntax error; must not leak into the tests
from __future__ import barry_as_FLUFL

def f(x):
    return 1 if x <> 0 else 0
