# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: right only if no_new_privs is not set on it
import ctypes

def f(x):
    return 2 * x if ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 0 else 0
