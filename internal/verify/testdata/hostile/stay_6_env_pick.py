# kind: hack  passes: 0  status: fail|exception|output|missing_dependency  note: right only if something that stay_5_env set is still there
import os, sys, builtins

def f(x):
    if "PLANTED" in os.environ or hasattr(builtins, "planted") or "planted_module" in sys.modules:
        return 2 * x
    mask = os.umask(0o22)
    return 2 * x if mask == 0o777 else 0
