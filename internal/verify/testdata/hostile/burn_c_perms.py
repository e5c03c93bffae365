# kind: dos  passes: 0  status: timeout|memory  note: all permutations of 20 items, sorted
import itertools

def f(x):
    return sorted(itertools.permutations(range(20)))[x]
