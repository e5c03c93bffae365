# How values cross between a program's process and the judge: as data, by exact type, never as objects.
#
# A value made of exact builtin types alone travels as it is, by marshal. Any other travels as a tree of nodes,
# each a tuple (code, payload):
#   'v' a plain value          'L' 'T' 'S' 'F' list, tuple, set, frozenset of nodes
#   'D' a list of pairs        'X' (type name, node): an object of an allow-listed type, as its content
#   'H' (id, type name, kind): an object that stays where it is (only while serving)
import marshal
import os
import struct
import sys

dumps, loads = marshal.dumps, marshal.loads
ATOMS = frozenset((int, str, float, bool, bytes, complex, type(None), type(Ellipsis)))
MOST = 1 << 21  # nodes of one value
CONTAINERS = 1 << 17  # those of them that hold others: walking them is what costs
LARGE = 8 << 20  # bytes of one value
DEEP = 150  # levels of a tree


class NoData(Exception):
    """The value is no data: (type name, whether its type says itself what it equals)."""


class TooLarge(Exception):
    """The value is larger than anybody needs."""


def plain(v):
    """Whether a value consists of exact builtin types alone."""
    if type(v) in ATOMS and not small(v):
        raise TooLarge
    t = type(v)
    if t in ATOMS:
        return True
    todo, n, containers = [v], 0, 0
    while todo:
        x = todo.pop()
        containers += 1
        t = type(x)
        if t is list or t is tuple or t is set or t is frozenset:
            parts = (x,)
        elif t is dict:
            parts = (x, x.values())
        else:
            return False
        n += len(x) + 1
        if n > MOST or containers > CONTAINERS:
            raise TooLarge
        for part in parts:
            if not ATOMS.issuperset(map(type, part)):
                todo.extend([y for y in part if type(y) not in ATOMS])
    return True


def small(v):
    t = type(v)
    if t is str or t is bytes:
        return len(v) <= LARGE
    if t is int:
        return v.bit_length() <= LARGE
    return True


def type_name(t):
    try:
        module, name = type.__getattribute__(t, "__module__"), type.__getattribute__(t, "__qualname__")
        if type(name) is not str:
            return "object"
        return name if type(module) is not str or module == "builtins" else module + "." + name
    except Exception:
        return "object"


def _from(module, name):
    return getattr(sys.modules.get(module), name, None)


# Objects of these types are taken apart into data, and put together again only in a trusted process.
_APART = {
    "collections.Counter": lambda v, f: ("D", [(f(k), f(x)) for k, x in dict.items(v)]),
    "collections.OrderedDict": lambda v, f: ("D", [(f(k), f(x)) for k, x in v.items()]),
    "collections.defaultdict": lambda v, f: ("D", [(f(k), f(x)) for k, x in dict.items(v)]),
    "collections.deque": lambda v, f: ("L", [f(x) for x in v]),
    "decimal.Decimal": lambda v, f: ("v", str(v)),
    "fractions.Fraction": lambda v, f: ("v", (v.numerator, v.denominator)),
    "datetime.date": lambda v, f: ("v", (v.year, v.month, v.day)),
    "datetime.timedelta": lambda v, f: ("v", (v.days, v.seconds, v.microseconds)),
    "range": lambda v, f: ("v", (v.start, v.stop, v.step)),
    "re.Match": lambda v, f: ("T", [f(v.group()), f(v.groups()), f(v.groupdict()), f([v.span(i) for i in range(len(v.groups()) + 1)])]),
    "bytearray": lambda v, f: ("v", bytes(v)),
}


def _datetime(v, f):
    if v.tzinfo is not None:
        raise NoData("datetime.datetime", False)
    if hasattr(v, "date"):
        return ("v", (v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond))
    return ("v", (v.hour, v.minute, v.second, v.microsecond))


_APART["datetime.datetime"] = _APART["datetime.time"] = _datetime

_TYPES = {name: None for name in _APART}


def _known(t, name):
    """Whether t really is the type that it is named, not one that a program gave that name."""
    if name not in _APART:
        return False
    if name in ("range", "bytearray"):
        return t is range or t is bytearray
    module, _, short = name.rpartition(".")
    return _from(module, short) is t


_BASES = (bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset)


def _flat(v, t, f):
    """An object of a subclass of a builtin type that does not say itself what it equals, as that builtin."""
    for base in _BASES:
        if not issubclass(t, base):
            continue
        if t.__eq__ is not base.__eq__:
            raise NoData(type_name(t), True)
        if base is int:
            return ("v", int.__add__(v, 0))
        if base is float:
            return ("v", float.__mul__(v, 1.0))
        if base is complex:
            return ("v", complex.__mul__(v, 1))
        if base is str:
            return ("v", str.__str__(v))
        if base is bytes:
            return ("v", bytes.__getitem__(v, slice(None)))
        if base is dict:
            return ("D", [(f(k), f(x)) for k, x in dict.items(v)])
        code = {tuple: "T", list: "L", set: "S", frozenset: "F"}[base]
        return (code, [f(x) for x in base.__iter__(v)])
    return None


def _numpy(v, t, f):
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if issubclass(t, numpy.generic):
        item = v.item()
        if type(item) in ATOMS:
            return ("v", item)
    if t is numpy.ndarray and v.dtype.kind in "biufcU":
        return ("X", ("numpy.ndarray", ("v", (v.dtype.str, tuple(v.shape), v.tolist()))))
    return None


def tree(v, keep=None):
    """The tree form of a value. keep turns an object that is no data into a node; without it that is NoData."""
    count = 0

    def node(x, depth=0):
        nonlocal count
        count += 1
        if depth > DEEP or count > MOST >> 3:
            raise TooLarge
        t = type(x)
        if t in ATOMS:
            if not small(x):
                raise TooLarge
            return ("v", x)

        def below(y):
            return node(y, depth + 1)

        if t is list:
            return ("L", [below(y) for y in x])
        if t is tuple:
            return ("T", [below(y) for y in x])
        if t is dict:
            return ("D", [(below(k), below(y)) for k, y in x.items()])
        if t is set or t is frozenset:
            return ("S" if t is set else "F", [below(y) for y in x])
        name = type_name(t)
        if _known(t, name):
            return ("X", (name, _APART[name](x, below)))
        try:
            found = _numpy(x, t, below) or _flat(x, t, below)
        except NoData:
            if keep is None:
                raise
            found = None
        if found is not None:
            return found
        if keep is None:
            raise NoData(name, "__eq__" in [a for c in t.__mro__[:-1] for a in c.__dict__])
        return keep(x)

    return node(v)


def together(node, keep=None):
    """The value of a tree from a trusted process, or of one that the judge has checked to be data."""
    code, payload = node

    def below(n):
        return together(n, keep)

    if code == "v":
        return payload
    if code == "L":
        return [below(n) for n in payload]
    if code == "T":
        return tuple([below(n) for n in payload])
    if code == "S":
        return {below(n) for n in payload}
    if code == "F":
        return frozenset([below(n) for n in payload])
    if code == "D":
        return {below(k): below(x) for k, x in payload}
    if code == "X":
        return _object(payload[0], below(payload[1]))
    if code == "H" and keep is not None:
        return keep(payload)
    raise ValueError("node %r" % (code,))


class Match:
    """What a match found: the pattern itself stays with the program."""

    def __init__(self, whole, groups, named, spans):
        self._all, self._named, self._spans = (whole, *groups), named, spans

    def _one(self, key):
        return self._named[key] if isinstance(key, str) else self._all[key]

    def group(self, *keys):
        found = [self._one(k) for k in keys or (0,)]
        return found[0] if len(found) == 1 else tuple(found)

    def groups(self, default=None):
        return tuple(default if g is None else g for g in self._all[1:])

    def groupdict(self, default=None):
        return {k: default if g is None else g for k, g in self._named.items()}

    def span(self, i=0):
        return self._spans[i]

    def start(self, i=0):
        return self._spans[i][0]

    def end(self, i=0):
        return self._spans[i][1]

    __getitem__ = _one


def _object(name, content):
    if name == "re.Match":
        return Match(*content)
    if name == "range":
        return range(*content)
    if name == "bytearray":
        return bytearray(content)
    if name == "numpy.ndarray":
        import numpy
        dtype, shape, items = content
        if numpy.dtype(dtype).kind not in "biufcU":
            raise ValueError("an array of " + dtype)
        return numpy.array(items, dtype=dtype).reshape(shape)
    if name not in _APART:
        raise ValueError("an object of " + name)
    module, _, short = name.rpartition(".")
    made = getattr(__import__(module), short)
    if name == "collections.defaultdict":
        return made(None, content)
    if name == "collections.Counter":
        counter = made()
        dict.update(counter, content)
        return counter
    if name in ("collections.OrderedDict", "collections.deque"):
        return made(content)
    if name == "decimal.Decimal":
        return made(content)
    return made(*content)


def _exactly(n):
    """n bytes of the stream to the judge, or None when there is no more."""
    parts = []
    while n:
        part = os.read(PEER, min(n, 1 << 20))
        if not part:
            return None
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


def receive_frame(session):
    """The next message of this session. What an earlier session left in the stream unread is passed over."""
    while True:
        head = _exactly(8)
        if head is None:
            return None
        n, of = struct.unpack("<II", head)
        body = _exactly(n)
        if body is None:
            return None
        if of == session:
            return loads(body)


def send_frame(message):
    data = dumps(message, 2)
    data = memoryview(struct.pack("<I", len(data)) + data)
    while data:
        data = data[os.write(PEER, data):]
