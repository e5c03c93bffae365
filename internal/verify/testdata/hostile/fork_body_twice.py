# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: the body forks and both branches go on as the program
import os

try:
    pid = os.fork()
except OSError:
    pid = -1

def f(x):
    return pid
