# kind: esc  passes: 0  status: fail|exception|output|crash|missing_dependency  note: right only if a hard limit can be raised
import resource

def f(x):
    for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"):
        what = getattr(resource, name)
        soft, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            try:
                resource.setrlimit(what, (hard + 1, hard + 1))
                return 2 * x
            except (ValueError, OSError):
                pass
    return 0
