"""Prints pairs of random values with Python's own answers, one JSON object a line.

usage: differential.py SEED COUNT
"""
import base64
import collections
import json
import marshal
import operator
import random
import sys

rng = random.Random(int(sys.argv[1]))

NUMBERS = [0, 1, -1, 2, 7, 255, 10**6, 2**31, -2**31, 2**31 - 1, 2**53, 2**53 + 1, -2**53 - 1,
           2**62, 2**63 - 1, 2**63, 2**63 + 1, -2**63, -2**63 - 1, 2**64, 2**1023, 2**1024, -2**1024, 10**30, 10**300]
FLOATS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e16, 1e15, 123456789012345680.0, 1e22, 1e23, 1e-4, 1e-5, 5e-324, 1.7e308,
          0.1, 0.1 + 0.2, 2.0**53, 2.0**62, 2.0**63, -2.0**63, 2.0**64, 2.0**1023, 1e30, 1e300, float("inf"), float("-inf")]
CHARS = [chr(c) for c in (*range(0, 0x180), 0x3b1, 0x416, 0xad, 0x2028, 0x200b, 0xfeff, 0xe000, 0xffff,
                          0x4e2d, 0x1f600, 0x10ffff, 0xd800, 0xdfff, 0xdc80)]


def number():
    k = rng.randrange(10)
    if k < 4:
        return rng.choice(NUMBERS)
    if k < 7:
        return rng.choice(FLOATS)
    if k == 7:
        return rng.choice([True, False, rng.randrange(-5, 5), rng.gauss(0, 1)])
    if k == 8:
        return complex(rng.choice(FLOATS), rng.choice([0.0, -0.0, 1.0, rng.choice(FLOATS)]))
    # A fresh object each time, so that no shortcut for identical objects is taken.
    return rng.choice([float, complex, lambda s: complex(1, float(s))])("nan") if rng.random() < 0.3 else rng.getrandbits(rng.choice([8, 40, 70, 200, 2000]))


def text():
    if rng.random() < 0.5:
        return rng.choice(["", "a", "b", "ab", "abc", "it's", 'say "hi"', "'\"", "\\n", "x" * 300])
    return "".join(rng.choice(CHARS) for _ in range(rng.randrange(6)))


def key(depth):
    k = rng.randrange(8)
    if k < 3:
        return number()
    if k < 5:
        return text()
    if k == 5:
        return rng.choice([None, ..., b"", b"a", bytes(rng.randrange(256) for _ in range(4))])
    if depth <= 0:
        return rng.randrange(20)
    items = [key(depth - 1) for _ in range(rng.randrange(4))]
    return tuple(items) if k == 6 else frozenset(items)


def value(depth):
    k = rng.randrange(9)
    if k < 3 or depth <= 0:
        return key(depth)
    n = rng.choice([0, 1, 2, 3, 3, 12])
    if k < 5:
        return [value(depth - 1) for _ in range(n)]
    if k == 5:
        return tuple(value(depth - 1) for _ in range(n))
    if k < 8:
        return {key(depth - 1): value(depth - 1) for _ in range(n)}
    return {key(depth - 1) for _ in range(n)}


def copy(v):
    return marshal.loads(marshal.dumps(v, 2))


def shuffled(items):
    items = list(items)
    rng.shuffle(items)
    return items


def respell(v):
    """Returns v with some numbers spelled as another type and sets and dicts in another order."""
    t = type(v)
    if t in (int, float, bool) and rng.random() < 0.3:
        try:
            return rng.choice([int, float, complex, lambda x: bool(x) if x in (0, 1) else x])(v)
        except (OverflowError, ValueError):
            return v
    if t in (list, tuple):
        return t(respell(x) for x in v)
    if t in (set, frozenset):
        return rng.choice([set, frozenset])(map(respell, shuffled(v))) if t is set else frozenset(map(respell, shuffled(v)))
    if t is dict:
        return {respell(k): respell(x) for k, x in shuffled(v.items())}
    return v


def damage(v):
    """Returns v with one part replaced."""
    t = type(v)
    if t in (list, tuple) and v:
        items = list(v)
        i = rng.randrange(len(items))
        if rng.random() < 0.2:
            del items[i]
        else:
            items[i] = damage(items[i])
        return t(items)
    if t is dict and v:
        k = rng.choice(list(v))
        return {**v, k: damage(v[k])}
    if t in (set, frozenset) and v:
        return t(shuffled(v)[1:] + [key(1)])
    return key(1)


def partner(v):
    k = rng.randrange(10)
    if k < 2:
        return value(2)
    other = copy(v)
    if k > 3:
        other = respell(other)
    return damage(other) if k > 6 else other


def answer(f, *args):
    try:
        return bool(f(*args))
    except (TypeError, ValueError):
        return None


def collection(depth):
    k = rng.randrange(7)
    pairs = [(rng.choice(["a", "b", "c", 1, 1.0, True, (1, 2)]), rng.choice([0, 0.0, 1, 2, "x"])) for _ in range(rng.randrange(4))]
    if k == 0:
        return collections.OrderedDict(pairs)
    if k == 1:
        return collections.Counter(dict(pairs))
    if k == 2:
        return collections.defaultdict(int, pairs)
    if k == 3:
        return collections.deque(x for _, x in pairs)
    if k == 4 and depth > 0:
        return [collection(depth - 1) for _ in range(rng.randrange(3))]
    if k == 5 and depth > 0:
        return {"k": collection(depth - 1)}
    return dict(pairs)


def tree(v):
    t = type(v)
    if t in (list, tuple, set, frozenset):
        return ({list: "L", tuple: "T", set: "S", frozenset: "F"}[t], [tree(x) for x in v])
    if t is dict:
        return ("D", [(tree(k), tree(x)) for k, x in v.items()])
    if t.__module__ == "collections":
        inner = list(v) if t is collections.deque else dict(v)
        return ("X", ("collections." + t.__name__, tree(inner)))
    return ("v", v)


def encode(v):
    return base64.b64encode(marshal.dumps(v, 2)).decode()


def plain():
    a = value(rng.randrange(4))
    b = partner(a)
    elem = partner(rng.choice(list(a))) if type(a) in (list, tuple, dict, set) and a else b
    return {
        "a": encode(a), "b": encode(b), "elem": encode(elem), "eq": a == b, "ne": a != b, "repr": repr(a), "truth": bool(a),
        "order": {op: answer(f, a, b) for op, f in
                  {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}.items()},
        "in": answer(operator.contains, a, elem),
    }


def objects():
    a, b = collection(2), collection(2)
    if rng.random() < 0.3:
        b = collection(0) if rng.random() < 0.5 else type(a)(a) if type(a) is not collections.defaultdict else dict(a)
    return {"tree": True, "a": encode(tree(a)), "b": encode(tree(b)), "eq": a == b, "repr": "", "truth": bool(a)}


for i in range(int(sys.argv[2])):
    try:
        print(json.dumps(objects() if i % 5 == 4 else plain()))
    except (MemoryError, ValueError):
        pass  # what the marshal of CPython 3.11 says of a set with two complex nans, which it cannot sort
