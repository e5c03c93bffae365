# kind: dos  passes: 0  status: fail|exception|timeout|output|crash  note: floods standard error and the underlying descriptors
import os, sys

def f(x):
    while True:
        sys.stderr.write("e" * 65536)
        os.write(2, b"e" * 65536)
