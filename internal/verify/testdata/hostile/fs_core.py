# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: asks for a core dump of all memory, then dies
import ctypes, os, resource

def f(x):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
    except (ValueError, OSError):
        pass
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    os.abort()
