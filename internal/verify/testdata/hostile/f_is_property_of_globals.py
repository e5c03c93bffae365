# kind: hack  passes: 0  status: fail|exception|output|crash  note: the module's namespace is a dict subclass where it can be made one
import sys

class G(dict):
    def __getitem__(self, k): return lambda *a: True
    def __missing__(self, k): return lambda *a: True

mod = sys.modules.get(__name__)
try:
    mod.__class__ = type("M", (type(mod),), {"f": property(lambda s: lambda x: object()), "__getattr__": lambda s, n: 2})
except TypeError:
    pass
