# kind: dos  passes: 0  status: fail|exception|timeout  note: reads standard input
import sys

def f(x):
    return [input(), sys.stdin.read()]
