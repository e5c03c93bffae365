# kind: hack  passes: 0  status: fail|exception|output  note: namedtuple and dataclass and enum with own equality
import collections, dataclasses, enum

P = collections.namedtuple("P", "x")
P.__eq__ = lambda self, other: True

@dataclasses.dataclass(eq=False)
class Q:
    x: int = 0
    def __eq__(self, other): return True

class E(enum.IntEnum):
    A = 0
    def __eq__(self, other): return True
    __hash__ = int.__hash__

def f(x):
    return [P(0), Q(), E.A, P(1)][x - 1]
