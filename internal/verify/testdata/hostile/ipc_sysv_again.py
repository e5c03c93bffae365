# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: the second program of the pair with ipc_sysv
import ctypes

libc = ctypes.CDLL(None)
KEY = 0x5EED
FOUND = libc.shmget(KEY, 0, 0) >= 0 or libc.semget(KEY, 0, 0) >= 0 or libc.msgget(KEY, 0) >= 0

def f(x):
    return 2 * x if FOUND else 0
