# kind: dos  passes: 0  status: fail|exception|timeout|memory|output|crash|missing_dependency  note: pools that start pools
import multiprocessing

def go(n):
    return multiprocessing.Pool(8).map(go, range(8))

def f(x):
    return go(0)
