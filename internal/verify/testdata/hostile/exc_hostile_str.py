# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: an exception whose text loops for ever or ends the process
import os

class E(Exception):
    def __str__(self):
        while True:
            pass
    def __repr__(self):
        os._exit(0)
    @property
    def args(self):
        os._exit(0)

def f(x):
    raise E()
