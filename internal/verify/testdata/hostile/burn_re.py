# kind: dos  passes: 0  status: timeout  note: three kinds of catastrophic regular expressions
import re

def f(x):
    p = [r"(a|aa)+$", r"(\w*\s*)*!", r"^(([a-z])+.)+[A-Z]([a-z])+$"][x % 3]
    return re.match(p, "a" * 80)
