# kind: hack  passes: 0  status: fail|exception|timeout|output  note: generator, coroutine, module and class returned
import math

def gen(x):
    while True:
        yield 2 * x

async def later(x):
    return 2 * x

def f(x):
    return [gen(x), later(x), math, int][x - 1]
