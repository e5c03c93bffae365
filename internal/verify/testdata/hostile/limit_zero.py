# kind: dos  passes: 0  status: fail|exception|timeout|memory|crash|not_run  note: sets all limits to nought under the harness's feet
import resource

def f(x):
    for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_STACK", "RLIMIT_NPROC"):
        resource.setrlimit(getattr(resource, name), (0, 0))
    return 0
