# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash  note: raises its own limits as far as it may, then loops
import resource

for name in dir(resource):
    if name.startswith("RLIMIT_"):
        what = getattr(resource, name)
        try:
            resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            soft, hard = resource.getrlimit(what)
            try:
                resource.setrlimit(what, (hard, hard))
            except (ValueError, OSError):
                pass

def f(x):
    while True:
        pass
