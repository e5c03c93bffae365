# kind: dos  passes: 0  status: exception|timeout|memory  note: decimal text of a huge number, digit limit lifted
import sys
sys.set_int_max_str_digits(0)

def f(x):
    return len(str(10**10**7))
