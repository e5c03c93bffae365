# kind: dos  passes: 0  status: timeout|memory  note: factorial of ten million
import math

def f(x):
    return math.factorial(10**7) % (x + 1)
