# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: an exception with a metaclass that lies about its name, module and subclasses
class Meta(type):
    def __instancecheck__(cls, o): return True
    def __subclasscheck__(cls, o): return True
    @property
    def __name__(cls): raise SystemExit(0)
    @property
    def __module__(cls): raise SystemExit(0)
    def __getattribute__(cls, name):
        if name in ("__name__", "__qualname__", "__mro__"):
            raise SystemExit(0)
        return type.__getattribute__(cls, name)

class E(Exception, metaclass=Meta):
    pass

def f(x):
    raise E("\ud800" * 300)
