# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|missing_dependency  note: imports everything there is
import pkgutil

def f(x):
    for m in pkgutil.walk_packages(onerror=lambda n: None):
        try:
            __import__(m.name)
        except BaseException:
            pass
    return 0
