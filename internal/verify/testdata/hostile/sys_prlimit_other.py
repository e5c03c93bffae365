# kind: esc  passes: 0  status: fail|exception|output|crash|missing_dependency  note: right only if limits of another process can be changed
import os, resource

def f(x):
    for pid in {os.getppid(), 1} - {os.getpid(), 0}:
        try:
            soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
            return 2 * x
        except OSError:
            pass
    return 0
