# kind: esc  passes: 0  status: fail|exception|timeout|output|crash  note: a fifo that nobody reads; only its own test waits
import os

def f(x):
    os.mkfifo("/tmp/fifo%d" % x)
    return open("/tmp/fifo%d" % x).read()
